/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import io.clowder.store.LiveCopies;
import io.clowder.store.NodeId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.security.CodeSource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The embedded Hazelcast member of this Tomcat, from its start to its stop: one for all web applications, known to the
 * others by a node id that is drawn at each start. All methods may be called from any thread.
 */
public final class ClusterMember implements AutoCloseable {

    private static final Logger log = System.getLogger(ClusterMember.class.getName());

    private static final ClassLoader LOADER = ClusterMember.class.getClassLoader();
    private static final Duration PULSE = Duration.ofMillis(250);

    /** How many others a beat asks: one answer is enough, and all asking all would grow with the square. */
    private static final int ASKED = 3;

    private final HazelcastInstance instance;
    /** Kept, because an instance that was ended by others (out of memory, say) refuses to hand it out. */
    private final Cluster cluster;

    private final String clusterName;
    private final Duration longestLeave;
    private final UUID nodeId;
    private final IExecutorService pings;
    private final RouteClaims routes;
    private final Pulse pulse;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** By member id; only the thread of the pulse uses these two. */
    private final Map<UUID, Future<Boolean>> unanswered = new HashMap<>();

    private int nextAsked;
    private volatile Roster roster = new Roster(Set.of());

    private ClusterMember(HazelcastInstance instance, Config config, UUID nodeId) {
        this.instance = instance;
        this.cluster = instance.getCluster();
        this.clusterName = config.getClusterName();
        this.longestLeave = longestLeave(config);
        this.nodeId = nodeId;
        this.pings = instance.getExecutorService(MemberConfig.PING_EXECUTOR);
        this.routes = new RouteClaims(instance.getMap(MemberConfig.ROUTES_MAP), nodeId, new RouteClaims.Nodes() {
            @Override
            public @Nullable String address(UUID node) {
                return addressOf(node);
            }

            @Override
            public boolean answers(UUID node, Duration within) {
                Member member = member(node);
                return member != null && isAnswered(pings.submitToMember(new Ping(), member), within.toNanos());
            }
        });
        this.pulse = new Pulse(this::othersAnswer, System::nanoTime, PULSE);
        instance.getLifecycleService().addLifecycleListener(event -> {
            // The other cluster's sessions win where both changed them, and its nodes may hold what we held.
            if (event.getState() == LifecycleState.MERGING || event.getState() == LifecycleState.MERGED) {
                pulse.doubtAll();
            }
        });
    }

    /**
     * Starts a member and waits until it has joined the others or found none.
     *
     * @param customizer adds to the configuration before it is completed and checked: serialization, user context
     * @throws IllegalArgumentException if the configuration breaks a rule, naming it and the remedy
     * @throws IllegalStateException if the member cannot start, for instance because no port is free
     */
    static ClusterMember start(ClusterSettings settings, Consumer<Config> customizer) {
        // What Hazelcast's threads inherit must not be the class loader of the web application that happens to start
        // us.
        return underOurLoader(() -> {
            HazelcastLog.quiet();
            UUID nodeId = UUID.randomUUID();
            Config config = MemberConfig.of(settings);
            customizer.accept(config);
            MemberConfig.complete(config, nodeId);
            MemberRules.check(config);
            ClusterMember member = new ClusterMember(start(config), config, nodeId);
            member.pulse.start(LOADER);
            return member;
        });
    }

    /**
     * Starts a member and waits until it has joined the others or found none.
     *
     * @throws IllegalArgumentException if the configuration breaks a rule, naming it and the remedy
     * @throws IllegalStateException if the member cannot start, for instance because no port is free
     */
    public static ClusterMember start(ClusterSettings settings) {
        return start(settings, ClowderSerialization::register);
    }

    /**
     * The store of one web application's sessions.
     *
     * @param mapName the Hazelcast map that keeps them; begins with {@code clowder:}
     * @param live the live copies of this node, spoken to until the store is closed
     * @param silence when this node hears of the cluster again after more than that, all live copies are doubted
     * @throws IllegalArgumentException if the operator's configuration of that map would lose sessions
     */
    public HazelcastSessionStore sessions(String mapName, LiveCopies live, Duration silence) {
        MemberRules.checkSessionMap(instance.getConfig(), mapName);
        var store = new HazelcastSessionStore(instance, mapName, new View(), live, InstantSource.system());
        return store.watchedBy(onGap(silence, live::doubtAll));
    }

    /**
     * Values that all nodes share.
     *
     * @param mapName the Hazelcast map that keeps them; begins with {@code clowder:}, so that the rules of sessions hold for it
     * @throws IllegalArgumentException if the operator's configuration of that map would lose values
     */
    public SharedValues values(String mapName) {
        MemberRules.checkSessionMap(instance.getConfig(), mapName);
        return new SharedValues(instance, mapName, Peers.of(instance).calls());
    }

    /** The nodes as the store sees them. */
    private final class View implements Nodes {
        @Override
        public NodeId self() {
            return new NodeId(nodeId);
        }

        @Override
        public @Nullable Member member(NodeId node) {
            return ClusterMember.this.member(node.uuid());
        }

        @Override
        public long lastContact() {
            return ClusterMember.this.lastContact();
        }
    }

    /** The file names of the jars that hold our classes and Hazelcast's, without folders; none outside of jars. */
    public static Set<String> jarNames() {
        Set<String> names = new LinkedHashSet<>();
        for (Class<?> type : List.of(ClusterMember.class, HazelcastInstance.class)) {
            CodeSource source = type.getProtectionDomain().getCodeSource();
            String path = source == null ? "" : source.getLocation().getPath();
            if (path.endsWith(".jar")) {
                names.add(path.substring(path.lastIndexOf('/') + 1));
            }
        }
        return names;
    }

    /** Who this node is, among all that ever were; unlike Hazelcast's member id it survives a merge of clusters. */
    public UUID nodeId() {
        return nodeId;
    }

    /** Cluster name, own address and the members seen, for a line of the log. */
    public String describe() {
        Set<Member> members = cluster.getMembers();
        return "cluster '" + clusterName + "', member " + address(cluster.getLocalMember()) + ", "
                + (members.size() == 1
                        ? "no other member seen"
                        : members.size() + " members seen: "
                                + members.stream().map(ClusterMember::address).collect(Collectors.joining(", ")));
    }

    /** Whether a member of the cluster, as this one sees it now, is that node. Local and cheap. */
    public boolean isAlive(UUID node) {
        return member(node) != null;
    }

    /** "host:port" of the member that is that node, or null if there is none. Local and cheap. */
    public @Nullable String addressOf(UUID node) {
        Member member = member(node);
        return member == null ? null : address(member);
    }

    /**
     * Claims a jvmRoute for this node, in the whole cluster, until the member is closed; again is fine. The claim of a
     * node that has left is taken over.
     *
     * @param patience how long to wait for a node that has the route, does not answer and has not left: our own former
     *     process, killed a moment ago, is listed for up to {@code hazelcast.max.no.heartbeat.seconds} (10 s)
     * @throws IllegalStateException at once if the node that has the route answers, or else when patience ends
     */
    public void claimRoute(String route, Duration patience) {
        routes.claim(route, patience);
    }

    /**
     * When this node last had a sign of life from another member, or was alone, as {@link System#nanoTime()}. At most
     * about 0.5 s old while all is well; older after the process was frozen or while it is cut off.
     */
    public long lastContact() {
        return pulse.lastContact();
    }

    /**
     * Has the doubt raised each time that contact comes back after more than the threshold, before {@link #lastContact}
     * tells of the contact, and when two clusters merge into one. Runs on the thread of the pulse or one of
     * Hazelcast's: must not block; if it throws it is called again.
     *
     * @return ends this when closed; a web application must, or it cannot be collected
     */
    public Watch onGap(Duration threshold, Runnable doubt) {
        return pulse.onGap(threshold, doubt)::close;
    }

    /** Ends what was begun with {@link #onGap}. */
    @FunctionalInterface
    public interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Leaves the cluster: hands over what this member keeps, for at most 15 s (or what
     * {@code hazelcast.graceful.shutdown.max.wait} says), then ends in any case. Closing again does nothing.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        pulse.close();
        Thread leaving = new Thread(this::leave, "clowder-member-stop");
        leaving.setDaemon(true);
        leaving.setContextClassLoader(LOADER);
        leaving.start();
        try {
            leaving.join(longestLeave.toMillis());
            if (leaving.isAlive()) {
                log.log(Level.WARNING, "Hazelcast has not stopped within {0} s; not waiting", longestLeave.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    HazelcastInstance instance() {
        return instance;
    }

    /** The live member that is that node, or null. */
    @Nullable
    Member member(UUID node) {
        Set<Member> members = cluster.getMembers();
        Roster known = roster;
        // Hazelcast replaces the whole set at each change: no event can be late or lost.
        if (known.members != members) {
            known = new Roster(members);
            roster = known;
        }
        return known.byNode.get(node.toString());
    }

    private void leave() {
        try {
            releaseRoutes();
            instance.shutdown();
        } catch (RuntimeException e) { // whatever it is, Tomcat's stop must not hang on a member that half lives
            log.log(Level.WARNING, "Hazelcast did not stop in order; ending it", e);
            instance.getLifecycleService().terminate();
        }
    }

    private void releaseRoutes() {
        try {
            routes.release();
        } catch (RuntimeException e) { // a claim that stays is taken over once this node has left
            log.log(Level.DEBUG, "Claims of jvmRoutes are left to be taken over", e);
        }
    }

    /** The graceful stop, a call that gets no answer, and something for the rest. */
    private static Duration longestLeave(Config config) {
        HazelcastProperties properties = new HazelcastProperties(config);
        return Duration.ofSeconds(properties.getSeconds(ClusterProperty.GRACEFUL_SHUTDOWN_MAX_WAIT) + 3L);
    }

    private List<Member> others() {
        return cluster.getMembers().stream()
                .filter(member -> !member.localMember())
                .toList();
    }

    private boolean othersAnswer() {
        if (!instance.getLifecycleService().isRunning()) {
            return false;
        }
        List<Member> others = others();
        return others.isEmpty() || isAnyAnswered(ask(others), PULSE);
    }

    /** Asks a few in turn, but nobody who owes an answer: a frozen member would find a heap of questions. */
    private List<Future<Boolean>> ask(List<Member> others) {
        unanswered.values().removeIf(Future::isDone);
        List<Future<Boolean>> answers = new ArrayList<>(ASKED);
        for (int i = 0; i < others.size() && answers.size() < ASKED; i++) {
            Member member = others.get(Math.floorMod(nextAsked++, others.size()));
            if (!unanswered.containsKey(member.getUuid())) {
                Future<Boolean> answer = pings.submitToMember(new Ping(), member);
                unanswered.put(member.getUuid(), answer);
                answers.add(answer);
            }
        }
        return answers;
    }

    private static boolean isAnyAnswered(List<Future<Boolean>> answers, Duration within) {
        long end = System.nanoTime() + within.toNanos();
        for (int i = 0; i < answers.size(); i++) {
            // An even share of what is left, so that a frozen member does not hide the answers of the others.
            long share = Math.max(0, end - System.nanoTime()) / (answers.size() - i);
            if (isAnswered(answers.get(i), share)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAnswered(Future<Boolean> answer, long nanos) {
        try {
            return answer.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static HazelcastInstance start(Config config) {
        try {
            return Hazelcast.newHazelcastInstance(config);
        } catch (RuntimeException e) {
            if (isCausedByBind(e)) {
                throw new IllegalStateException(noPort(config), e);
            }
            throw new IllegalStateException(
                    "Hazelcast did not start (" + e.getMessage() + "); its own messages above say why. If it could not"
                            + " join: a host listed in members that accepts connections but does not answer is given "
                            + new HazelcastProperties(config).getSeconds(ClusterProperty.MAX_JOIN_SECONDS) + " s",
                    e);
        }
    }

    private static boolean isCausedByBind(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return true;
            }
        }
        return false;
    }

    private static String noPort(Config config) {
        if (config.getAdvancedNetworkConfig().isEnabled()) {
            return "No port of the advanced-network in config " + config.getConfigurationFile() + " can be bound";
        }
        NetworkConfig network = config.getNetworkConfig();
        int last = network.getPort() + (network.isPortAutoIncrement() ? network.getPortCount() : 1) - 1;
        return "port " + network.getPort() + " cannot be used, nor any other up to " + last + ": all are taken, or the"
                + " interface is not this machine's; free one or set port to where "
                + ClusterSettings.PORTS + " ports are free";
    }

    private static String address(Member member) {
        Address address = member.getAddress();
        String host = address.getHost();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    private static <T> T underOurLoader(Supplier<T> action) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(LOADER);
        try {
            return action.get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /**
     * Hazelcast's logger, first touched under our class loader: Tomcat's log manager keeps loggers by the thread's one.
     */
    private static final class HazelcastLog {

        /** java.util.logging keeps loggers weakly: without this reference the level would be forgotten. */
        private static final java.util.logging.Logger LOGGER = java.util.logging.Logger.getLogger("com.hazelcast");

        /** A start tells about twenty things at INFO; unless the operator wants them, warnings are enough. */
        static void quiet() {
            if (LOGGER.getLevel() == null && LOGGER.isLoggable(java.util.logging.Level.INFO)) {
                LOGGER.setLevel(java.util.logging.Level.WARNING);
            }
        }
    }

    /** The members of one moment, by node id. */
    private static final class Roster {

        private final Set<Member> members;
        private final Map<String, Member> byNode = new HashMap<>();

        Roster(Set<Member> members) {
            this.members = members;
            for (Member member : members) {
                String node = member.getAttribute(MemberConfig.NODE_ATTRIBUTE);
                if (node != null) {
                    byNode.put(node, member);
                }
            }
        }
    }
}
