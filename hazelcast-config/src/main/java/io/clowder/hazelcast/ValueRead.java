/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The value as its owner has it. */
final class ValueRead implements ValueProcessor, ReadOnly {

    private static final long serialVersionUID = 1;

    @Override
    public byte[] process(Map.Entry<String, byte[]> entry) {
        byte[] value = entry.getValue();
        return value == null ? NO : value;
    }

    @Override
    public @Nullable EntryProcessor<String, byte[], byte[]> getBackupProcessor() {
        return null;
    }

    @Override
    public void writeData(ObjectDataOutput out) {}

    @Override
    public void readData(ObjectDataInput in) {}

    @Override
    public int getClassId() {
        return ClowderSerialization.VALUE_READ;
    }
}
