/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench.floor;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;

/** An entry of the floor's map: a counter, and as many bytes as a session has. */
public final class Cell implements IdentifiedDataSerializable {
    private int counter;
    private byte[][] attributes;

    Cell() {
        this(0, new byte[0][]);
    }

    public Cell(int counter, byte[][] attributes) {
        this.counter = counter;
        this.attributes = attributes;
    }

    int counter() {
        return counter;
    }

    /** One more, and another first attribute. */
    Cell next(byte[] first) {
        byte[][] changed = attributes.clone();
        changed[0] = first;
        return new Cell(counter + 1, changed);
    }

    @Override
    public int getFactoryId() {
        return FloorHook.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return FloorHook.CELL;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeInt(counter);
        out.writeInt(attributes.length);
        for (byte[] attribute : attributes) {
            out.writeByteArray(attribute);
        }
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        counter = in.readInt();
        attributes = new byte[in.readInt()][];
        for (int i = 0; i < attributes.length; i++) {
            attributes[i] = in.readByteArray();
        }
    }
}
