/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import io.clowder.store.ClusterClock;
import io.clowder.store.LiveCopies;
import io.clowder.store.NodeId;
import java.lang.System.Logger;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The embedded Hazelcast member of this Tomcat, from its start to its stop: one for all web applications, known to the
 * others by a node id that is drawn at each start. All methods may be called from any thread.
 */
public final class ClusterMember implements ClusterNode {

    private static final Logger log = System.getLogger(ClusterMember.class.getName());

    private static final Duration PULSE = Duration.ofMillis(250);

    /** Longer ago than any silence that is allowed, and a difference that does not overflow. */
    private static final long NEVER = Long.MAX_VALUE / 2;

    /** After that, requests that need another member are refused. */
    private static final Duration SILENCE = Duration.ofSeconds(5);

    private final HazelcastInstance instance;
    /** Kept, because an instance that was ended by others (out of memory, say) refuses to hand it out. */
    private final Cluster cluster;

    private final String clusterName;
    private final UUID nodeId;
    private final IExecutorService pings;
    private final RouteClaims routes;
    private final Pulse pulse;
    private final Standing standing;
    private final CarriedEntries carried;
    private final Bulkhead bulkhead;
    private final ClusterClock clock;
    private final Contact contact;
    private final Farewell farewell;
    private final SkewLog skews = new SkewLog(log);
    private final Usability usability = new Usability(log, System::nanoTime);
    private final Solitude solitude = new Solitude(Duration.ZERO);
    private final int minimumSize;
    private final Unheard unheard;
    private final boolean borrowed;
    private final UUID listener;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Roster roster = new Roster(Set.of());

    private ClusterMember(
            HazelcastInstance instance,
            Config config,
            UUID nodeId,
            ClusterClock clock,
            int minimumSize,
            Unheard unheard,
            boolean borrowed) {
        this.instance = instance;
        this.borrowed = borrowed;
        this.minimumSize = minimumSize;
        this.unheard = unheard;
        this.clock = clock;
        this.cluster = instance.getCluster();
        this.clusterName = config.getClusterName();
        this.nodeId = nodeId;
        this.pings = instance.getExecutorService(MemberConfig.PING_EXECUTOR);
        this.routes = new RouteClaims(() -> instance.getMap(MemberConfig.ROUTES_MAP), nodeId, new RouteClaims.Nodes() {
            @Override
            public @Nullable String address(UUID node) {
                return addressOf(node);
            }

            @Override
            public boolean answers(UUID node, Duration within) {
                Member member = member(node);
                return member != null
                        && Contact.answer(pings.submitToMember(new Ping(), member), within.toNanos()) != null;
            }
        });
        this.bulkhead = Peers.of(instance).bulkhead();
        this.contact = new Contact(
                cluster, Ping.by(() -> pings), clock, Peers.of(instance).heard(), bulkhead::silent);
        this.farewell = new Farewell(instance, config, pings, routes);
        this.pulse = new Pulse(this::othersAnswer, System::nanoTime, PULSE);
        this.carried = new CarriedEntries(instance, Peers.of(instance).calls());
        Peers.of(instance).apart(solitude::isApart);
        this.standing = new Standing(System::nanoTime, longestPause(config), longestSearch(config));
        this.listener = instance.getLifecycleService().addLifecycleListener(event -> {
            switch (event.getState()) {
                case MERGING -> merging(true);
                case MERGED, MERGE_FAILED -> merging(false);
                default -> {
                    // Nothing that changes what copies are worth.
                }
            }
        });
    }

    /**
     * Starts the member of a Tomcat and waits until it has joined the others or found none.
     *
     * @param customizer adds to the configuration before it is completed and checked: serialization, user context
     * @param wall this node's own clock
     * @throws IllegalArgumentException if the configuration breaks a rule, naming it and the remedy
     * @throws IllegalStateException if the member cannot start, for instance because no port is free
     */
    static ClusterMember start(ClusterSettings settings, Consumer<Config> customizer, InstantSource wall) {
        return start(settings, customizer.andThen(MemberConfig::shareProcessors), MemberEndpoint::replaceNetwork, wall);
    }

    /** As above, with what decides on the server sockets of a configuration that is completed and checked. */
    static ClusterMember start(
            ClusterSettings settings, Consumer<Config> customizer, Consumer<Config> sockets, InstantSource wall) {
        // What Hazelcast's threads inherit must not be the class loader of the web application that happens to start
        // us.
        return OurLoader.under(() -> {
            MemberStart.HazelcastLog.quiet();
            UUID nodeId = UUID.randomUUID();
            Config config = MemberConfig.of(settings);
            customizer.accept(config);
            MemberConfig.complete(config, nodeId);
            MemberRules.check(config);
            sockets.accept(config);
            ClusterClock clock = new ClusterClock(wall, System::nanoTime);
            config.getUserContext().put(Ping.CLOCK, clock);
            Unheard unheard = settings.failFast() ? new Unheard() : Unheard.of(config);
            HazelcastInstance instance = MemberStart.without(unheard, config);
            ClusterMember member =
                    new ClusterMember(instance, config, nodeId, clock, settings.minimumClusterSize(), unheard, false);
            member.begin(settings.failFast());
            return member;
        });
    }

    /**
     * The member that somebody else has started in this process, and will end.
     *
     * @param settings beside its name
     * @throws IllegalArgumentException if its configuration breaks a rule, naming it and the remedy
     * @throws IllegalStateException if there is none of that name, or it is another Tomcat's
     */
    static ClusterMember of(String instanceName, ClusterSettings settings) {
        return OurLoader.under(() -> {
            HazelcastInstance instance = BorrowedInstance.named(instanceName);
            Config config = instance.getConfig();
            UUID nodeId = BorrowedInstance.nodeId(instance);
            MemberRules.check(config);
            BorrowedInstance.take(instance);
            try {
                ClusterClock clock = new ClusterClock(InstantSource.system(), System::nanoTime);
                instance.getUserContext().put(Ping.CLOCK, clock);
                ClusterMember member = new ClusterMember(
                        instance, config, nodeId, clock, settings.minimumClusterSize(), new Unheard(), true);
                member.begin(settings.failFast());
                return member;
            } catch (RuntimeException e) { // of any kind: who comes next may use it
                BorrowedInstance.giveBack(instance);
                throw e;
            }
        });
    }

    /**
     * Makes a configuration what it has to be for a member that Clowder uses by its {@code instanceName}: adds what we need and it
     * does not say, and checks the rest. To be called once for each member, before it is started.
     *
     * @return the same
     * @throws IllegalArgumentException if it breaks a rule, naming it and the remedy
     */
    public static Config prepare(Config config) {
        ClowderSerialization.register(config);
        MemberConfig.complete(config, UUID.randomUUID());
        MemberRules.check(config);
        MemberEndpoint.replaceNetwork(config);
        return config;
    }

    private void begin(boolean failFast) {
        contact.awaitTime(pulse);
        if (failFast && isTooSmall()) {
            instance.getLifecycleService().removeLifecycleListener(listener);
            if (!borrowed) {
                instance.shutdown();
            }
            throw new IllegalStateException(sizes() + "; start the others first, or leave failFast out");
        }
        judge(true);
        pulse.start(OurLoader.LOADER);
    }

    /**
     * Starts a member and waits until it has joined the others or found none.
     *
     * @throws IllegalArgumentException if the configuration breaks a rule, naming it and the remedy
     * @throws IllegalStateException if the member cannot start, for instance because no port is free
     */
    public static ClusterMember start(ClusterSettings settings) {
        return start(settings, ClowderSerialization::register, InstantSource.system());
    }

    @Override
    public void keepNear(String mapName) {
        Config config = instance.getConfig();
        MapConfig map = config.findMapConfig(mapName);
        if (map.getNearCacheConfig() == null) {
            if (map.getMapStoreConfig().isEnabled()) {
                throw new IllegalArgumentException(
                        "reads=\"near\" needs a near-cache element in the configuration of map " + mapName
                                + ", as it has a map-store");
            }
            config.addMapConfig(new MapConfig(map)
                    .setName(mapName)
                    .setNearCacheConfig(MemberConfig.nearCache())
                    // There is none; its properties would travel in Java serialization, which members do not let in.
                    .setMapStoreConfig(null));
        }
    }

    @Override
    public HazelcastSessionStore sessions(String mapName, LiveCopies live, Duration silence) {
        MemberRules.checkSessionMap(instance.getConfig(), mapName);
        var store = new HazelcastSessionStore(instance, mapName, new View(), live, clock);
        return store.watchedBy(onGap(silence, live::doubtAll));
    }

    @Override
    public SharedValues values(String mapName) {
        MemberRules.checkValueMap(instance.getConfig(), mapName);
        return new SharedValues(
                instance, mapName, this::obstacle, Peers.of(instance).calls());
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
        public @Nullable String obstacle() {
            return ClusterMember.this.obstacle();
        }

        @Override
        public boolean isAway() {
            if (isUnusable()) {
                solitude.begin(); // at once, and not when the pulse notices
            }
            return solitude.isAlone();
        }

        @Override
        public Collection<Member> all() {
            return cluster.getMembers();
        }

        @Override
        public boolean isMerging() {
            roster(); // so that a node which has come back is noticed by the first who asks
            return standing.isMerging();
        }

        @Override
        public boolean isJoining() {
            roster();
            return standing.isJoining();
        }

        @Override
        public int arrivals() {
            return standing.arrivals();
        }

        @Override
        public long lastContact() {
            // While clusters merge, or this one is too small, no contact is good enough to serve from a copy unasked.
            return isMerging() || isIncomplete() ? System.nanoTime() - NEVER : pulse.lastContact();
        }
    }

    @Override
    public ClusterClock clock() {
        return clock;
    }

    /** Unlike Hazelcast's member id it survives a merge of clusters. */
    @Override
    public UUID nodeId() {
        return nodeId;
    }

    @Override
    public String describe() {
        Set<Member> members = cluster.getMembers();
        return "cluster '" + clusterName + "', member " + address(cluster.getLocalMember()) + ", "
                + (members.size() == 1
                        ? "no other member seen"
                        : members.size() + " members seen: "
                                + members.stream().map(ClusterMember::address).collect(Collectors.joining(", ")));
    }

    /** Local and cheap. */
    @Override
    public boolean isAlive(UUID node) {
        return member(node) != null;
    }

    /** "host:port" of the member that is that node, or null if there is none. Local and cheap. */
    public @Nullable String addressOf(UUID node) {
        Member member = member(node);
        return member == null ? null : address(member);
    }

    @Override
    public void claimRoute(String route, Duration patience) {
        routes.claim(route, patience);
    }

    /** Its member has ended, it stood still, or the others do not answer. */
    @Override
    public @Nullable String trouble() {
        return usability.trouble();
    }

    @Override
    public boolean isReady() {
        return usability.trouble() == null;
    }

    @Override
    public boolean isAlone() {
        return solitude.isAlone();
    }

    @Override
    public Watch onReturn(Return work) {
        return solitude.onReturn(work);
    }

    @Override
    public long refused() {
        return bulkhead.refused();
    }

    @Override
    public String clusterName() {
        return clusterName;
    }

    @Override
    public List<String> addresses() {
        return Stream.concat(
                        Stream.of(cluster.getLocalMember()),
                        cluster.getMembers().stream().filter(member -> !member.localMember()))
                .map(ClusterMember::address)
                .toList();
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
        solitude.close();
        if (!borrowed) {
            farewell.take();
            return;
        }
        instance.getLifecycleService().removeLifecycleListener(listener);
        farewell.releaseRoutes();
        BorrowedInstance.giveBack(instance);
    }

    /** "host:port" where clients connect, or null if they cannot. */
    @Nullable
    String clientAddress() {
        Address address = ClientPort.of(cluster.getLocalMember());
        return address == null ? null : address(address);
    }

    HazelcastInstance instance() {
        return instance;
    }

    /** The live member that is that node, or null. */
    @Nullable
    Member member(UUID node) {
        return roster().byNode.get(node);
    }

    private Roster roster() {
        Set<Member> members = cluster.getMembers();
        Roster known = roster;
        // Hazelcast replaces the whole set at each change: no event can be late or lost.
        if (known.members != members) {
            known = new Roster(members);
            standing.saw(known.others());
            roster = known;
        }
        return known;
    }

    /**
     * How long it may take Hazelcast to find a cluster that this member can merge into: when it looks, it waits 5 s at each
     * address where nobody listens (AbstractJoiner of 5.7), and a port that is not named stands for several addresses.
     */
    private static Duration longestSearch(Config config) {
        HazelcastProperties properties = new HazelcastProperties(config);
        int ports = properties.getInteger(ClusterProperty.TCP_JOIN_PORT_TRY_COUNT);
        long addresses = MemberRules.join(config).getTcpIpConfig().getMembers().stream()
                .mapToLong(member -> member.matches(".*[^:]:\\d+") ? 1 : ports)
                .sum();
        int first = properties.getSeconds(ClusterProperty.MERGE_FIRST_RUN_DELAY_SECONDS);
        int next = properties.getSeconds(ClusterProperty.MERGE_NEXT_RUN_DELAY_SECONDS);
        return Duration.ofSeconds(first + 2L * next + 6 * addresses);
    }

    private void merging(boolean begins) {
        if (begins) {
            Peers.of(instance).merging(true);
            roster(); // of its own side
            standing.merging(true);
            carried.take();
        } else {
            carried.reunite();
        }
        pulse.doubtAll();
        if (!begins) {
            standing.merging(false);
            Peers.of(instance).merging(false);
        }
    }

    /** Others drop a node of which they have heard nothing for that long; what it sent last may be a second older. */
    static Duration longestPause(Config config) {
        HazelcastProperties properties = new HazelcastProperties(config);
        int silence = properties.getSeconds(ClusterProperty.MAX_NO_HEARTBEAT_SECONDS);
        int interval = properties.getSeconds(ClusterProperty.HEARTBEAT_INTERVAL_SECONDS);
        return Duration.ofSeconds(Math.max(1, silence - 2 * interval));
    }

    private boolean othersAnswer() {
        standing.beat();
        boolean answered = false;
        if (instance.getLifecycleService().isRunning()) {
            roster();
            standing.inquire(node -> isSettled(node, false), node -> isSettled(node, true), pulse::doubtAll);
            answered = contact.isMade(PULSE);
            unheard.look(cluster.getMembers().size() > 1);
            skews.look(clock.skew());
        }
        if (!closed.get()) { // else it leaves, which is no trouble
            judge(answered);
        }
        return answered;
    }

    private void judge(boolean answered) {
        String trouble = trouble(answered);
        if (isUnusable()) {
            solitude.begin();
        } else if (trouble == null) {
            solitude.end(() -> false);
        }
        bulkhead.alone(solitude.isAlone());
        usability.look(trouble, solitude.isAlone());
    }

    /**
     * Whether it is known that there is no cluster that this node could use. While it is not known whether others went on without
     * it, or two clusters become one, it has no business of its own.
     */
    private boolean isUnusable() {
        boolean ended = !instance.getLifecycleService().isRunning();
        return (ended || isIncomplete()) && !standing.isSuspect() && !standing.isMerging();
    }

    private boolean isIncomplete() {
        return isTooSmall() || unheard.isAny();
    }

    /** Another side of a split may go on meanwhile, and end or change what this one has. */
    private boolean isTooSmall() {
        return minimumSize > 1 && cluster.getMembers().size() < minimumSize;
    }

    private @Nullable String obstacle() {
        if (standing.isSuspect()) {
            return "this node stood still, and does not know yet whether the others went on without it";
        }
        if (standing.isArriving()) {
            return "two clusters are becoming one, and what this node's side has done is not all there yet";
        }
        if (isTooSmall()) {
            return "the cluster has fewer members than minimumClusterSize";
        }
        return unheard.isAny() ? "a process at the address of another member has not answered since the start" : null;
    }

    private @Nullable String trouble(boolean answered) {
        if (!instance.getLifecycleService().isRunning()) {
            return "the Hazelcast member of this node has ended; only a restart of Tomcat brings it back";
        }
        if (standing.isSuspect()) {
            return "this node stood still for " + standing.stoodStill().toSeconds()
                    + " s, and does not know yet whether the others went on without it";
        }
        if (isTooSmall()) {
            return sizes();
        }
        if (unheard.isAny()) {
            return "a process listens at " + unheard
                    + " and has not answered since the start; it may stand still, and have"
                    + " sessions. If it is none of this cluster, take it out of members";
        }
        Duration silence = Duration.ofNanos(System.nanoTime() - pulse.lastContact());
        return answered || silence.compareTo(SILENCE) < 0
                ? null
                : "no other member has answered for " + silence.toSeconds() + " s";
    }

    private String sizes() {
        return "the cluster has " + cluster.getMembers().size() + " of the " + minimumSize
                + " members that minimumClusterSize asks for";
    }

    private boolean isSettled(UUID node, boolean joined) {
        Member member = member(node);
        UUID self = cluster.getLocalMember().getUuid();
        return member != null
                && Boolean.TRUE.equals(
                        Contact.answer(pings.submitToMember(new AskSettled(self, joined), member), PULSE.toNanos()));
    }

    /** "host:port" where members reach it, and clients if a client asks. */
    static String address(Member member) {
        return address(member.getAddress());
    }

    /** "host:port". */
    static String address(Address address) {
        String host = address.getHost();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    /** The members of one moment, by node id. */
    private static final class Roster {

        private final Set<Member> members;
        private final Map<UUID, Member> byNode = new HashMap<>();

        Roster(Set<Member> members) {
            this.members = members;
            for (Member member : members) {
                String node = member.getAttribute(MemberConfig.NODE_ATTRIBUTE);
                if (node != null) {
                    byNode.put(UUID.fromString(node), member);
                }
            }
        }

        /** Node ids and member ids of all but this one. */
        Map<UUID, UUID> others() {
            Map<UUID, UUID> others = new HashMap<>();
            byNode.forEach((node, member) -> {
                if (!member.localMember()) {
                    others.put(node, member.getUuid());
                }
            });
            return others;
        }
    }
}
