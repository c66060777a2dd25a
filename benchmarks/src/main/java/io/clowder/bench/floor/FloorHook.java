/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench.floor;

import com.hazelcast.internal.serialization.DataSerializerHook;
import com.hazelcast.nio.serialization.DataSerializableFactory;

/** Tells Hazelcast how the floor's classes are made; found as a service. */
public final class FloorHook implements DataSerializerHook {
    static final int FACTORY_ID = 7_301;
    static final int CELL = 1;
    static final int COUNT = 2;
    static final int LOOK = 3;

    @Override
    public int getFactoryId() {
        return FACTORY_ID;
    }

    @Override
    public DataSerializableFactory createFactory() {
        return id -> switch (id) {
            case CELL -> new Cell();
            case COUNT -> new Count();
            case LOOK -> new Look();
            default -> throw new IllegalArgumentException("No class " + id);
        };
    }
}
