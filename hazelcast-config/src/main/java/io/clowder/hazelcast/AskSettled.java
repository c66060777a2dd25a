/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Asks a member whether it counts the asker among the members, and has nothing to merge any more; if asked, also nothing to join
 * that it did while it was alone.
 */
final class AskSettled implements Callable<Boolean>, IdentifiedDataSerializable, HazelcastInstanceAware {

    private UUID asker;
    private boolean joined;
    private transient @Nullable HazelcastInstance instance;

    /** For deserialization. */
    AskSettled() {
        this(new UUID(0, 0), false);
    }

    /**
     * Asked by the member of that id, which is Hazelcast's and changes when clusters merge.
     *
     * @param joined whether to ask, too, if the cluster has what the member did while it was alone
     */
    AskSettled(UUID asker, boolean joined) {
        this.asker = asker;
        this.joined = joined;
    }

    @Override
    public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
        instance = hazelcastInstance;
    }

    @Override
    public Boolean call() {
        HazelcastInstance asked = Objects.requireNonNull(instance);
        Peers peers = Peers.of(asked);
        return !peers.isMerging()
                && !(joined && peers.isApart())
                && asked.getCluster().getMembers().stream()
                        .anyMatch(member -> member.getUuid().equals(asker));
    }

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.ASK_SETTLED;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(asker.getMostSignificantBits());
        out.writeLong(asker.getLeastSignificantBits());
        out.writeBoolean(joined);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        asker = new UUID(in.readLong(), in.readLong());
        joined = in.readBoolean();
    }
}
