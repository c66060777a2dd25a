/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench.floor;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The least that a write can be: runs on the owner and on its backup, and carries what is new. */
public final class Count implements EntryProcessor<String, Cell, Integer>, IdentifiedDataSerializable {
    private static final long serialVersionUID = 1;

    private byte[] first;

    Count() {
        this(new byte[0]);
    }

    public Count(byte[] first) {
        this.first = first;
    }

    @Override
    public @Nullable Integer process(Map.Entry<String, Cell> entry) {
        Cell cell = entry.getValue();
        if (cell == null) {
            return null;
        }
        Cell next = cell.next(first);
        entry.setValue(next);
        return next.counter();
    }

    @Override
    public int getFactoryId() {
        return FloorHook.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return FloorHook.COUNT;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByteArray(first);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        first = in.readByteArray();
    }
}
