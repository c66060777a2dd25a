/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.Deadline;
import io.clowder.store.NodeId;
import io.clowder.store.StoreUnavailableException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Delivers messages to other nodes, and waits for their answers as long as they are in the cluster. */
final class Post implements Messages {

    /** The executor, on each member, that messages are delivered on. */
    static final String EXECUTOR = "clowder:messages";

    /** How often a waiting sender looks whether the addressee is still in the cluster. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final HazelcastInstance instance;
    private final Nodes nodes;
    private final Bulkhead bulkhead;

    Post(HazelcastInstance instance, Nodes nodes) {
        this.instance = instance;
        this.nodes = nodes;
        this.bulkhead = Peers.of(instance).bulkhead();
    }

    /**
     * The node's answer; null also when the node has left the cluster: it has no live copy then.
     *
     * @throws StoreUnavailableException when the node is in the cluster and has not answered by the deadline, or
     *     sooner when too many requests wait
     */
    @Override
    public byte @Nullable [] ask(NodeId node, PeerMessage message, Deadline deadline) {
        if (node.equals(nodes.self())) {
            return message.answer(Peers.of(instance));
        }
        try (Bulkhead.Wait wait = bulkhead.waiting(() -> nodes.member(node), deadline)) {
            return ask(node, message, wait, deadline);
        }
    }

    private byte @Nullable [] ask(NodeId node, PeerMessage message, Bulkhead.Wait wait, Deadline deadline) {
        Throwable last = null;
        while (!deadline.isOver()) {
            Member member = nodes.member(node);
            if (member == null) {
                return null;
            }
            try {
                wait.look();
                Future<byte[]> answer = instance.getExecutorService(EXECUTOR).submitToMember(message, member);
                return await(answer, node, wait, deadline);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreUnavailableException("The " + message + " was interrupted", e);
            } catch (TimeoutException e) {
                throw unanswered(message, e);
            } catch (ExecutionException e) {
                last = e.getCause() == null ? e : e.getCause();
            } catch (StoreUnavailableException e) { // it was refused
                throw e;
            } catch (RuntimeException e) {
                // Hazelcast has no common type: mayPass tells them apart, the rest is rethrown.
                last = e;
            }
            if (!Calls.mayPass(last, instance)) {
                throw new StoreUnavailableException("The " + message + " failed", last);
            }
            Calls.pause(deadline);
        }
        throw unanswered(message, last);
    }

    @Override
    public boolean isThere(NodeId node) {
        return nodes.member(node) != null;
    }

    /** Whether the node has the application of this map; also true when it does not answer. */
    boolean mayHave(NodeId node, String mapName, Deadline deadline) {
        try {
            return ask(node, PeerMessage.present(new Peers.Name(mapName, node)), deadline) != null;
        } catch (StoreUnavailableException e) {
            return true;
        }
    }

    /** Does not cancel what is not answered: Hazelcast would ask the member to do that, and wait for its answer. */
    private byte @Nullable [] await(Future<byte[]> answer, NodeId node, Bulkhead.Wait wait, Deadline deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        while (true) {
            long left = deadline.remaining().toNanos();
            try {
                return answer.get(Math.min(LOOK_NANOS, left), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (nodes.member(node) == null) {
                    return null;
                }
                if (left <= LOOK_NANOS) {
                    throw e;
                }
                wait.look();
            }
        }
    }

    private static StoreUnavailableException unanswered(PeerMessage message, @Nullable Throwable cause) {
        return new StoreUnavailableException("The " + message + " was not answered in time", cause);
    }
}
