/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.query.Predicate;
import io.clowder.store.StoredSession;
import java.io.IOException;
import java.util.Map;

/** {@link StoredSession#isDueAt} or {@link StoredSession#isOverdueAt} a time. The map keeps objects, so nothing is decoded for it. */
final class DuePredicate implements Predicate<String, StoredEntry>, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1;

    private long millis;
    private boolean overdue;

    /** For deserialization. */
    DuePredicate() {}

    private DuePredicate(long millis, boolean overdue) {
        this.millis = millis;
        this.overdue = overdue;
    }

    /** Due at that time, milliseconds since the epoch. */
    static DuePredicate due(long millis) {
        return new DuePredicate(millis, false);
    }

    /** Overdue at that time, milliseconds since the epoch. */
    static DuePredicate overdue(long millis) {
        return new DuePredicate(millis, true);
    }

    @Override
    public boolean apply(Map.Entry<String, StoredEntry> entry) {
        StoredSession session = entry.getValue().session();
        return overdue ? session.isOverdueAt(millis) : session.isDueAt(millis);
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(millis);
        out.writeBoolean(overdue);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        millis = in.readLong();
        overdue = in.readBoolean();
    }

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.DUE;
    }
}
