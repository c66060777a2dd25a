/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import io.clowder.store.Deadline;
import io.clowder.store.NodeId;
import io.clowder.store.StoreUnavailableException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Delivers messages to other nodes, and waits for their answers as long as they are in the cluster. */
final class Post {

    /** The executor, on each member, that messages are delivered on. */
    static final String EXECUTOR = "clowder:messages";

    private final HazelcastInstance instance;
    private final Nodes nodes;
    private final IExecutorService executor;
    private final Bulkhead bulkhead;

    Post(HazelcastInstance instance, Nodes nodes) {
        this.instance = instance;
        this.nodes = nodes;
        this.executor = instance.getExecutorService(EXECUTOR);
        this.bulkhead = Peers.of(instance).bulkhead();
    }

    /**
     * The node's answer; null also when the node has left the cluster: it has no live copy then.
     *
     * @throws StoreUnavailableException when the node is in the cluster and has not answered by the deadline, or at once
     *     when too many wait for it already
     */
    byte @Nullable [] ask(NodeId node, PeerMessage message, Deadline deadline) {
        if (node.equals(nodes.self())) {
            return message.answer(Peers.of(instance));
        }
        try (Passage passage = Passage.through(bulkhead, deadline)) {
            return ask(node, message, passage);
        }
    }

    private byte @Nullable [] ask(NodeId node, PeerMessage message, Passage passage) {
        Throwable last = null;
        Deadline deadline = passage.deadline();
        while (!deadline.isOver()) {
            Member member = nodes.member(node);
            if (member == null) {
                return null;
            }
            try {
                return passage.answer(() -> member, () -> executor.submitToMember(message, member));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreUnavailableException("The " + message + " was interrupted", e);
            } catch (TimeoutException e) {
                throw unanswered(message, e);
            } catch (ExecutionException e) {
                last = e.getCause() == null ? e : e.getCause();
            } catch (RuntimeException e) {
                // Hazelcast has no common type: mayPass tells them apart, the rest is rethrown.
                last = e;
            }
            if (!Calls.mayPass(last, instance)) {
                throw new StoreUnavailableException("The " + message + " failed", last);
            }
            passage.goOn();
            Calls.pause(deadline);
        }
        throw unanswered(message, last);
    }

    /** Whether the node has the application of this map; also true when it does not answer. */
    boolean mayHave(NodeId node, String mapName, Deadline deadline) {
        try {
            return ask(node, PeerMessage.present(new Peers.Name(mapName, node)), deadline) != null;
        } catch (StoreUnavailableException e) {
            return true;
        }
    }

    private static StoreUnavailableException unanswered(PeerMessage message, @Nullable Throwable cause) {
        return new StoreUnavailableException("The " + message + " was not answered in time", cause);
    }
}
