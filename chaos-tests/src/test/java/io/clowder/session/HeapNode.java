/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.NodeId;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** A node of the core's tests, for tests of other packages. */
public final class HeapNode {
    private final Node node;

    /** Joins the cluster; evicts copies of sessions when there are more than {@code most}. */
    public HeapNode(InMemoryCluster cluster, boolean sticky, int most) {
        node = new Node(cluster, sticky);
        node.sessions.limit(most);
        node.sessions.refuseStrangers();
        node.sessions.rememberEnds();
    }

    /** What a request does with the attributes of its session. */
    public interface Work {
        void on(Request request) throws InterruptedException;
    }

    /** A request that has found its session. */
    public final class Request {
        private final LiveSession live;

        private Request(LiveSession live) {
            this.live = live;
        }

        public ConcurrentMap<String, Object> attributes() {
            return live.attributes();
        }

        public void rename(String newId) {
            node.sessions.rename(live, newId, node.soon());
        }

        public void end() {
            if (node.sessions.end(live, null, node.soon())) {
                node.sessions.announced(live);
            }
        }
    }

    public NodeId id() {
        return node.store().node();
    }

    /** A request that creates the session with these attributes. */
    public void create(String id, Map<String, ?> attributes) {
        node.create(id, attributes);
    }

    /** A whole request; false if there is no such session. */
    public boolean request(String id, boolean ownRoute, Work work) throws InterruptedException {
        @Nullable LiveSession live = node.sessions.open(id, ownRoute, node.soon());
        if (live == null) {
            return false;
        }
        try {
            work.on(new Request(live));
            node.save(live);
        } finally {
            live.leave();
        }
        return true;
    }

    /** From now on the node goes on alone. */
    public void leave() {
        node.store().leave();
    }

    /** It reaches the store again, and tells it what has ended; what it can fail with, another call makes up for. */
    public void replay(boolean forgotten) {
        node.store().reach();
        node.sessions.replay(forgotten);
    }

    /** It uses the store again, which gets all that it lacks. */
    public void comeBack() {
        node.sessions.replay(false);
        node.store().comeBack();
        node.sessions.replay(false);
        for (LiveSession copy : node.sessions.copies()) {
            if (copy.isWorn() && copy.enter()) {
                try {
                    node.save(copy);
                } finally {
                    copy.leave();
                }
            }
        }
    }

    /** Something happens before the next command of this node reaches its entry. */
    public void before(Runnable what) {
        node.steps().before(Command.class, what);
    }

    /** Something happens before this node gets the answer of its next command. */
    public void after(Runnable what) {
        node.steps().after(Command.class, what);
    }
}
