/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.util.concurrent.Callable;

/** Asks a member for a sign of life; the answer is true. */
final class Ping implements Callable<Boolean>, IdentifiedDataSerializable {

    /** Factory of what the life of the member needs; the sessions have their own. */
    static final int FACTORY_ID = 7407;

    private static final int CLASS_ID = 100;

    static IdentifiedDataSerializable forClass(int classId) {
        return switch (classId) {
            case CLASS_ID -> new Ping();
            case Stays.CLASS_ID -> new Stays();
            default -> throw new IllegalArgumentException("Factory " + FACTORY_ID + " does not know class " + classId);
        };
    }

    @Override
    public Boolean call() {
        return true;
    }

    @Override
    public int getFactoryId() {
        return FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return CLASS_ID;
    }

    @Override
    public void writeData(ObjectDataOutput out) {
        // Says nothing but hello.
    }

    @Override
    public void readData(ObjectDataInput in) {
        // Says nothing but hello.
    }
}
