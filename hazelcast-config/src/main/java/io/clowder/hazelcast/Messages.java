/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import io.clowder.store.Deadline;
import io.clowder.store.NodeId;
import org.jspecify.annotations.Nullable;

/** How nodes speak to each other, so that the sender knows whether it was heard. */
interface Messages {

    /**
     * The node's answer; null also when the node has left: it serves nothing from a live copy then.
     *
     * @throws io.clowder.store.StoreUnavailableException when it has not left and has not answered by the deadline, or sooner
     *     when too many requests wait
     */
    byte @Nullable [] ask(NodeId node, PeerMessage message, Deadline deadline);

    /**
     * Whether the node has not left.
     *
     * @throws io.clowder.store.StoreUnavailableException when that is not known in a moment
     */
    boolean isThere(NodeId node);
}
