/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import io.clowder.store.NodeId;
import org.jspecify.annotations.Nullable;

/** The nodes of the cluster as this member sees them. */
interface Nodes {

    /** This node. */
    NodeId self();

    /** The member that a node is, null when it is not in the cluster. */
    @Nullable
    Member member(NodeId node);

    /** Whether this node does not know what became of it, and must not take what it has for the cluster's. */
    default boolean isSuspect() {
        return false;
    }

    /** {@link System#nanoTime()} when this node last heard of the cluster. */
    long lastContact();
}
