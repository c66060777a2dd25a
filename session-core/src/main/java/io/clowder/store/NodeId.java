/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.util.UUID;

/**
 * One life of one node: drawn when a Tomcat joins the cluster, never used again after it has left.
 *
 * @param uuid the random identity
 */
public record NodeId(UUID uuid) implements Comparable<NodeId> {

    /** Draws the identity of a node that starts now. */
    public static NodeId random() {
        return new NodeId(UUID.randomUUID());
    }

    @Override
    public int compareTo(NodeId other) {
        return uuid.compareTo(other.uuid);
    }

    @Override
    public String toString() {
        return uuid.toString().substring(0, 8);
    }
}
