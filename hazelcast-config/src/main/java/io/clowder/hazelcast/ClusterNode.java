/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.ClusterClock;
import io.clowder.store.LiveCopies;
import java.security.CodeSource;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What makes this Tomcat a node of the cluster, from its start to its stop: one for all web applications, known to the others
 * by a node id that is drawn at each start. A {@link ClusterMember}, or a {@link ClusterClient} of members elsewhere. All
 * methods may be called from any thread.
 */
public interface ClusterNode extends AutoCloseable {

    /**
     * Starts what the settings ask for, and waits until it is in the cluster.
     *
     * @throws IllegalArgumentException if the configuration breaks a rule, naming it and the remedy
     * @throws IllegalStateException if it cannot start: no port is free, there is no member whose client it could be, or no
     *     instance of the name
     */
    static ClusterNode start(ClusterSettings settings) {
        String instanceName = settings.instanceName();
        if (instanceName != null) {
            return ClusterMember.of(instanceName, settings);
        }
        return settings.topology() == Topology.CLIENT ? ClusterClient.start(settings) : ClusterMember.start(settings);
    }

    /** The file names of the jars that hold our classes and Hazelcast's, without folders; none outside of jars. */
    static Set<String> jarNames() {
        Set<String> names = new LinkedHashSet<>();
        for (Class<?> type : List.of(ClusterNode.class, HazelcastInstance.class)) {
            CodeSource source = type.getProtectionDomain().getCodeSource();
            String path = source == null ? "" : source.getLocation().getPath();
            if (path.endsWith(".jar")) {
                names.add(path.substring(path.lastIndexOf('/') + 1));
            }
        }
        return names;
    }

    /**
     * Gives a map of sessions a near cache on all members, unless its configuration has one. Before its sessions are used; a
     * map that members have used without stays so until all of them have been started anew. A client keeps nothing near.
     *
     * @throws IllegalArgumentException if only the operator's file can say it
     */
    default void keepNear(String mapName) {}

    /**
     * The store of one web application's sessions.
     *
     * @param mapName the Hazelcast map that keeps them; begins with {@code clowder:}
     * @param live the live copies of this node, spoken to until the store is closed
     * @param silence when this node hears of the cluster again after more than that, all live copies are doubted
     * @throws IllegalArgumentException if the operator's configuration of that map would lose sessions
     */
    HazelcastSessionStore sessions(String mapName, LiveCopies live, Duration silence);

    /**
     * As {@link #sessions}, for live copies that serve unasked what this node holds.
     *
     * @throws IllegalArgumentException as the other
     */
    default HazelcastSessionStore heldSessions(String mapName, LiveCopies live, Duration silence) {
        return sessions(mapName, live, silence);
    }

    /**
     * Values that all nodes share.
     *
     * @param mapName the Hazelcast map that keeps them; begins with {@code clowder-sso:}
     * @throws IllegalArgumentException if the operator's configuration of that map would lose values
     */
    SharedValues values(String mapName);

    /** The time that all nodes of the cluster share: that of sessions. */
    ClusterClock clock();

    /** Who this node is, among all that ever were. */
    UUID nodeId();

    /**
     * Whether that node is in the cluster. A member looks at what it sees; a client asks the members.
     *
     * @throws io.clowder.store.StoreUnavailableException when they do not answer
     */
    boolean isAlive(UUID node);

    /** The name of the cluster. */
    String clusterName();

    /** Cluster name, what this node is to it, and the members seen, for a line of the log. */
    String describe();

    /** "host:port" of all members that this node sees; if it is one, its own address first. */
    List<String> addresses();

    /**
     * Claims a jvmRoute for this node, in the whole cluster, until it is closed; again is fine. The claim of a node that has
     * left is taken over.
     *
     * @param patience how long to wait for a node that has the route, does not answer and has not left: our own former
     *     process, killed a moment ago, may be listed for up to {@code hazelcast.max.no.heartbeat.seconds} (10 s)
     * @throws IllegalStateException at once if the node that has the route answers, or else when patience ends
     */
    void claimRoute(String route, Duration patience);

    /** Why this node cannot use the cluster, for a reader of a log; null when it can. At most about 0.5 s old. */
    @Nullable
    String trouble();

    /** Whether requests are well served here: also while this node goes on alone because the whole cluster is away. */
    boolean isReady();

    /** Whether it goes on alone: there is no cluster that it could ask, and it is known. */
    boolean isAlone();

    /** Has this done each time that this node can use the cluster again after it went on alone; until closed. */
    ClusterMember.Watch onReturn(Return work);

    /** What there is to do when this node can use the cluster again. Runs on a thread for that, of which there is one. */
    interface Return {

        /**
         * Before the cluster is used: tells it what has ended meanwhile. Repeated when it throws, and also when it does not.
         *
         * @param forgotten whether the cluster has lost everything, as after all members were started anew
         */
        void replay(boolean forgotten);

        /**
         * From now on the cluster is used: tells it what has changed meanwhile. Until it has, other nodes say of no session that there
         * is none.
         *
         * @return whether the cluster has all of it; if not, this is called again in a moment
         */
        boolean back();
    }

    /**
     * How many calls of requests were refused, because as many as may waited for a member that does not answer. A request
     * gets a 503 for that.
     */
    long refused();

    /** Leaves the cluster, in order if that does not take too long. Closing again does nothing. */
    @Override
    void close();
}
