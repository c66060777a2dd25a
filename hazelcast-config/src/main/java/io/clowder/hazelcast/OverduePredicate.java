/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.query.Predicate;
import java.io.IOException;
import java.util.Map;

/** {@link io.clowder.store.StoredSession#isOverdueAt} a time. The map keeps objects, so nothing is decoded for it. */
final class OverduePredicate implements Predicate<String, StoredEntry>, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1;

    private long millis;

    /** For deserialization. */
    OverduePredicate() {}

    /** Overdue at that time, milliseconds since the epoch. */
    OverduePredicate(long millis) {
        this.millis = millis;
    }

    @Override
    public boolean apply(Map.Entry<String, StoredEntry> entry) {
        return entry.getValue().session().isOverdueAt(millis);
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(millis);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        millis = in.readLong();
    }

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.OVERDUE;
    }
}
