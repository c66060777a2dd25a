/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import io.clowder.store.NodeId;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The nodes of the cluster as this member sees them. */
interface Nodes {

    /** This node. */
    NodeId self();

    /** The member that a node is, null when it is not in the cluster. */
    @Nullable
    Member member(NodeId node);

    /** Why this node must not take what it has for the cluster's, as the end of a sentence; null when it may. Cheap. */
    default @Nullable String obstacle() {
        return null;
    }

    /** Whether this node goes on alone, and has to leave the cluster alone. */
    default boolean isAway() {
        return false;
    }

    /** Whether two clusters are becoming one: an entry may be missing that is just on its way. */
    default boolean isMerging() {
        return false;
    }

    /** Whether {@link #isMerging}, or a node that was alone may have begun sessions that the cluster does not know yet. */
    default boolean isJoining() {
        return isMerging();
    }

    /** How often this node has begun to give up its cluster, to join a larger one: what that answers from then on may be behind. */
    default int arrivals() {
        return 0;
    }

    /** The node that a member is, null when it is none. */
    default @Nullable NodeId node(Member member) {
        String node = member.getAttribute(MemberConfig.NODE_ATTRIBUTE);
        return node == null ? null : new NodeId(UUID.fromString(node));
    }

    /** All members of the cluster, the oldest first; also those that are no nodes. */
    Collection<Member> all();

    /** {@link System#nanoTime()} when this node last heard of the cluster. */
    long lastContact();
}
