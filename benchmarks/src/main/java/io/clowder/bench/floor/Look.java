/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench.floor;

import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The least that a question can be: runs on the owner only, and brings back the counter. */
public final class Look implements EntryProcessor<String, Cell, Integer>, ReadOnly, IdentifiedDataSerializable {
    private static final long serialVersionUID = 1;

    @Override
    public @Nullable Integer process(Map.Entry<String, Cell> entry) {
        Cell cell = entry.getValue();
        return cell == null ? null : cell.counter();
    }

    @Override
    public @Nullable EntryProcessor<String, Cell, Integer> getBackupProcessor() {
        return null;
    }

    @Override
    public int getFactoryId() {
        return FloorHook.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return FloorHook.LOOK;
    }

    @Override
    public void writeData(ObjectDataOutput out) {}

    @Override
    public void readData(ObjectDataInput in) {}
}
