/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;

/** How a member leaves: it hands over what it keeps, and the last one tells what is lost with it. */
final class Farewell {

    private static final Logger log = System.getLogger(ClusterMember.class.getName());

    /** How long a member that leaves asks whether another one stays. */
    private static final Duration STAYING = Duration.ofSeconds(1);

    private final HazelcastInstance instance;
    private final IExecutorService pings;
    private final RouteClaims routes;
    private final String clusterName;
    private final Duration longest;

    Farewell(HazelcastInstance instance, Config config, IExecutorService pings, RouteClaims routes) {
        this.instance = instance;
        this.pings = pings;
        this.routes = routes;
        this.clusterName = config.getClusterName();
        // The graceful stop, a call that gets no answer, and something for the rest.
        this.longest = Duration.ofSeconds(
                new HazelcastProperties(config).getSeconds(ClusterProperty.GRACEFUL_SHUTDOWN_MAX_WAIT) + 3L);
    }

    /** Leaves, and returns when that is done or takes too long. */
    void take() {
        if (instance.getLifecycleService().isRunning()) {
            Stays.leaves(instance);
        }
        Leaving.within(longest, log, this::leave);
    }

    private void leave() {
        try {
            tellLoss();
            releaseRoutes();
            instance.shutdown();
        } catch (RuntimeException e) { // whatever it is, Tomcat's stop must not hang on a member that half lives
            log.log(Level.WARNING, "Hazelcast did not stop in order; ending it", e);
            instance.getLifecycleService().terminate();
        }
    }

    /** The last member takes the sessions with it; when several leave at the same time, each takes what it keeps. */
    private void tellLoss() {
        try {
            int sessions = isAnyStaying() ? 0 : livingHere();
            if (sessions > 0) {
                log.log(
                        Level.WARNING,
                        "The last member of cluster ''{0}'' stops. The sessions that it keeps are lost, as they are in memory"
                                + " only: {1}. To keep sessions, leave one node running until another has joined",
                        clusterName,
                        sessions);
            }
        } catch (RuntimeException e) { // an instance that others ended has nothing any more
            log.log(Level.DEBUG, "It is not known how many sessions are lost", e);
        }
    }

    private boolean isAnyStaying() {
        List<Future<Boolean>> answers = instance.getCluster().getMembers().stream()
                .filter(member -> !member.localMember())
                .map(member -> pings.submitToMember(new Stays(), member))
                .toList();
        long end = System.nanoTime() + STAYING.toNanos();
        int left = answers.size();
        for (Future<Boolean> answer : answers) {
            if (Boolean.TRUE.equals(Contact.answer(answer, Math.max(0, end - System.nanoTime()) / left--))) {
                return true;
            }
        }
        return false;
    }

    private int livingHere() {
        return MapEntries.sessionMaps(instance).stream()
                .mapToInt(MapEntries::livingHere)
                .sum();
    }

    /** Of a member that goes on without us. */
    void releaseRoutes() {
        try {
            routes.release();
        } catch (RuntimeException e) { // a claim that stays is taken over once this node has left
            log.log(Level.DEBUG, "Claims of jvmRoutes are left to be taken over", e);
        }
    }
}
