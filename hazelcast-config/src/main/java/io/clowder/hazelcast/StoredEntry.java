/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.clowder.store.RecordFormat;
import io.clowder.store.StoredSession;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The value in the map: one session's entry, kept as an object, and as bytes only while it moves to another member. */
final class StoredEntry implements IdentifiedDataSerializable {

    private volatile @Nullable StoredSession session;

    /** For deserialization. */
    StoredEntry() {}

    StoredEntry(StoredSession session) {
        this.session = session;
    }

    StoredSession session() {
        return Objects.requireNonNull(session);
    }

    /** Keeps the same state with a later use. Called on the owner only; moves with the entry to another member. */
    void note(StoredSession used) {
        session = used;
    }

    /** What an entry has, null when it has nothing. */
    static @Nullable StoredSession in(Map.Entry<String, StoredEntry> entry) {
        StoredEntry value = entry.getValue();
        return value == null ? null : value.session();
    }

    /**
     * Sets an entry, and when it goes by itself: a tombstone later, a session never. Each call says it anew, because a plain
     * {@code setValue} would fall back to what the map's configuration says.
     */
    static void put(Map.Entry<String, StoredEntry> entry, StoredSession session) {
        long minutes = session instanceof StoredSession.Tombstone ? StoredSession.Tombstone.LIFE.toMinutes() : 0;
        ((ExtendedMapEntry<String, StoredEntry>) entry).setValue(new StoredEntry(session), minutes, TimeUnit.MINUTES);
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByteArray(RecordFormat.write(session()));
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        session = RecordFormat.readSession(Objects.requireNonNull(in.readByteArray()));
    }

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.STORED_ENTRY;
    }

    @Override
    public String toString() {
        return String.valueOf(session);
    }
}
