/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.partition.Partition;
import com.hazelcast.partition.PartitionService;
import io.clowder.store.Deadline;
import io.clowder.store.NodeId;
import io.clowder.store.StoreUnavailableException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * The looks of one application on this member for sessions that are due: through its own partitions, and, if it is the oldest
 * member that has the application, through those of members that have not. With them it drops {@link Orphans}. Some partitions at each look, so that the work is
 * spread over time. One thread uses it.
 */
final class Looks {

    private static final Logger log = System.getLogger(Looks.class.getName());

    private final PartitionService partitions;
    private final String mapName;
    private final Nodes nodes;
    private final SessionEntries entries;
    private final Post post;
    private final Orphans orphans;

    private final PartitionKeys keys;
    private int turn;
    private Set<UUID> lacking = Set.of();

    Looks(HazelcastInstance instance, String mapName, Nodes nodes, SessionEntries entries, Post post) {
        this.partitions = instance.getPartitionService();
        this.keys = new PartitionKeys(partitions);
        this.mapName = mapName;
        this.nodes = nodes;
        this.entries = entries;
        this.post = post;
        this.orphans = new Orphans(instance, nodes, post);
    }

    /**
     * The ids that are due at that time, of one of so many parts.
     *
     * @throws StoreUnavailableException if this member's own entries cannot be looked through
     */
    Set<String> due(long millis, int parts, Deadline deadline) {
        int part = turn % parts;
        turn = part + 1;
        if (part == 0) {
            lacking = lacking(deadline);
            orphans.drop(millis, deadline);
        }
        Set<String> own = new HashSet<>();
        Set<String> others = new HashSet<>();
        for (Partition partition : partitions.getPartitions()) {
            Member owner = partition.getOwner();
            if (owner != null && partition.getPartitionId() % parts == part) {
                if (owner.localMember()) {
                    own.add(keys.of(partition));
                } else if (lacking.contains(owner.getUuid())) {
                    others.add(keys.of(partition));
                }
            }
        }
        Set<String> due = new HashSet<>(entries.due(own, millis));
        try {
            due.addAll(entries.due(others, millis));
        } catch (StoreUnavailableException e) { // as when that member has just died: the next look has another owner
            log.log(Level.DEBUG, "Entries of members without the application were not looked through", e);
        }
        return due;
    }

    /** The members whose entries nobody else looks through; none if an older member has the application, too. */
    private Set<UUID> lacking(Deadline deadline) {
        Set<UUID> without = new HashSet<>();
        boolean older = true;
        for (Member member : nodes.all()) {
            if (member.localMember()) {
                older = false;
            } else if (!hasApplication(member, deadline)) {
                without.add(member.getUuid());
            } else if (older) {
                return Set.of();
            }
        }
        return without;
    }

    /** Who does not answer is left alone. */
    private boolean hasApplication(Member member, Deadline deadline) {
        NodeId node = nodes.node(member);
        return node != null && post.mayHave(node, mapName, deadline);
    }
}
