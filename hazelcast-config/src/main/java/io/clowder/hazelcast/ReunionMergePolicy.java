/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.merge.MergingEntry;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import io.clowder.store.Reunion;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes one session of the two that the sides of a split have, attribute by attribute: {@link Reunion}. Runs where the entry
 * lives in the larger cluster. Named in the configuration of the maps that keep sessions.
 */
/* Hazelcast gives what comes out of a merge the time to live of the smaller side's entry, whatever the policy says. A
 * tombstone can lose its life by that, and a sweep puts it again; a session that began under the id of an ended one, and
 * meets that one's tombstone from the smaller side, can get 60 minutes, until its next save. */
public final class ReunionMergePolicy
        implements SplitBrainMergePolicy<StoredEntry, MergingEntry<String, StoredEntry>, StoredEntry>,
                IdentifiedDataSerializable,
                HazelcastInstanceAware {

    private transient @Nullable HazelcastInstance instance;

    /** For the configuration, which names the class. */
    public ReunionMergePolicy() {}

    @Override
    public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
        instance = hazelcastInstance;
    }

    @Override
    public StoredEntry merge(
            MergingEntry<String, StoredEntry> merging, @Nullable MergingEntry<String, StoredEntry> existing) {
        StoredEntry theirs = Objects.requireNonNull(merging.getDeserializedValue());
        StoredEntry ours = existing == null ? null : existing.getDeserializedValue();
        if (ours == null) {
            return theirs;
        }
        Reunion reunion = Reunion.of(ours.session(), theirs.session());
        if (instance != null) {
            Peers.of(instance).merged(reunion);
        }
        return new StoredEntry(reunion.entry());
    }

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.MERGE_POLICY;
    }

    @Override
    public void writeData(ObjectDataOutput out) {
        // It has no settings.
    }

    @Override
    public void readData(ObjectDataInput in) {
        // It has no settings.
    }
}
