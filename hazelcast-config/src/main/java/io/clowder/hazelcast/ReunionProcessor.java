/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.clowder.store.RecordFormat;
import io.clowder.store.Reunion;
import io.clowder.store.StoredSession;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts together an entry and what the other side of a split had of it; changes nothing where that was done already. */
final class ReunionProcessor
        implements EntryProcessor<String, StoredEntry, byte[]>, IdentifiedDataSerializable, HazelcastInstanceAware {

    private static final long serialVersionUID = 1;
    private static final byte[] DONE = {};

    private transient @Nullable StoredSession theirs;
    private transient @Nullable BackupProcessor backup;
    private transient @Nullable HazelcastInstance instance;

    /** For deserialization. */
    ReunionProcessor() {}

    ReunionProcessor(StoredSession theirs) {
        this.theirs = theirs;
    }

    @Override
    public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
        instance = hazelcastInstance;
    }

    @Override
    public byte[] process(Map.Entry<String, StoredEntry> entry) {
        StoredSession ours = StoredEntry.in(entry);
        StoredSession other = Objects.requireNonNull(theirs);
        Reunion reunion = ours == null ? new Reunion(other, 0) : Reunion.of(ours, other);
        StoredSession next = reunion.entry();
        if (!next.equals(ours)) {
            StoredEntry.put(entry, next);
            backup = BackupProcessor.replacing(next);
            if (ours != null && instance != null && !next.stamp().equals(ours.stamp())) {
                Peers.of(instance).merged(reunion);
            }
        }
        return DONE;
    }

    @Override
    public @Nullable BackupProcessor getBackupProcessor() {
        return backup;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByteArray(RecordFormat.write(Objects.requireNonNull(theirs)));
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        theirs = RecordFormat.readSession(Objects.requireNonNull(in.readByteArray()));
    }

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.REUNION;
    }
}
