/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Which node uses which jvmRoute: each at most one, in the whole cluster. */
final class RouteClaims {

    /** What a claim has to know about other nodes. */
    interface Nodes {
        /** Address of the member that is this node, or null if none in the cluster is. */
        @Nullable
        String address(UUID node);

        /** Whether the node answers within the time; false if it has left. */
        boolean answers(UUID node, Duration within);
    }

    private static final Logger log = System.getLogger(RouteClaims.class.getName());
    private static final Duration PING = Duration.ofSeconds(1);
    private static final long PAUSE_MILLIS = 100;

    private final Supplier<ConcurrentMap<String, String>> routes;
    private final UUID self;
    private final Nodes nodes;
    private final Set<String> claimed = ConcurrentHashMap.newKeySet();

    RouteClaims(Supplier<ConcurrentMap<String, String>> routes, UUID self, Nodes nodes) {
        this.routes = routes;
        this.self = self;
        this.nodes = nodes;
    }

    /**
     * Claims the route; see {@link ClusterMember#claimRoute}.
     *
     * @throws IllegalStateException if another node has it
     */
    void claim(String route, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            HazelcastException failure = null;
            try {
                UUID holder = holder(route);
                if (holder == null) {
                    claimed.add(route);
                    return;
                }
                refuseIfAnswering(route, holder, end);
            } catch (HazelcastException e) {
                // Timed out, or the backup left before it acknowledged: a claim repeated is the same claim.
                failure = e;
            }
            if (System.nanoTime() - end >= 0) {
                throw outOfPatience(route, patience, failure);
            }
            pause(route);
        }
    }

    /** Claims the route at the next {@link #renew}: the cluster is away. */
    void claimLater(String route) {
        claimed.add(route);
    }

    /** Claims again what it had: a cluster that has come back empty does not know of it. */
    void renew() {
        for (String route : claimed) {
            String holder = routes.get().putIfAbsent(route, self.toString());
            if (holder != null && !holder.equals(self.toString())) {
                log.log(
                        Level.WARNING,
                        "jvmRoute ''{0}'' was claimed by another node while the cluster was away; give each Tomcat its own"
                                + " jvmRoute",
                        route);
            }
        }
    }

    /** Gives up all claims; what cannot be reached is taken over by the next claimant anyway. */
    void release() {
        for (String route : claimed) {
            routes.get().remove(route, self.toString());
        }
        claimed.clear();
    }

    /** The other node of the cluster that has the route; null if it is ours now. */
    private @Nullable UUID holder(String route) {
        String own = self.toString();
        while (true) {
            String holder = routes.get().putIfAbsent(route, own);
            if (holder == null || holder.equals(own)) {
                return null;
            }
            UUID node = UUID.fromString(holder);
            if (nodes.address(node) != null) {
                return node;
            }
            if (routes.get().replace(route, holder, own)) {
                log.log(Level.INFO, "jvmRoute ''{0}'' taken over from a node that has left the cluster", route);
                return null;
            }
        }
    }

    private void refuseIfAnswering(String route, UUID holder, long end) {
        String address = nodes.address(holder);
        Duration within =
                Duration.ofNanos(Math.max(PING.toNanos() / 10, Math.min(PING.toNanos(), end - System.nanoTime())));
        if (address != null && nodes.answers(holder, within)) {
            throw new IllegalStateException("jvmRoute '" + route + "' is already used by the node at " + address
                    + "; give each Tomcat its own jvmRoute");
        }
    }

    private IllegalStateException outOfPatience(String route, Duration patience, @Nullable HazelcastException failure) {
        if (failure != null) {
            return new IllegalStateException(
                    "jvmRoute '" + route + "' could not be claimed within " + patience.toSeconds() + " s", failure);
        }
        return new IllegalStateException(
                "jvmRoute '" + route + "' is still claimed by a node that neither answers nor has"
                        + " left the cluster within " + patience.toSeconds()
                        + " s; give each Tomcat its own jvmRoute, or start this one again when the other is gone");
    }

    private static void pause(String route) {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while claiming jvmRoute '" + route + "'", e);
        }
    }
}
