/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import com.hazelcast.map.IMap;
import com.hazelcast.query.Predicates;
import io.clowder.store.ClusterClock;
import io.clowder.store.Deadline;
import io.clowder.store.LiveCopies;
import io.clowder.store.NodeId;
import io.clowder.store.StoreUnavailableException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A client of a dedicated cluster, whose members have our jars, too, or are Hazelcast as it comes. It keeps no session. When there is no connection it looks
 * for members for ever; after a second without one this node goes on alone.
 */
public final class ClusterClient implements ClusterNode {

    private static final Logger log = System.getLogger(ClusterClient.class.getName());

    private static final Duration PULSE = Duration.ofMillis(250);

    /** How long a start waits for the cluster. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    /** How long it waits when it is not to start without. */
    private static final Duration LONG_PATIENCE = Duration.ofSeconds(10);

    /** After that it goes on alone although there is a connection; before requests give up that wait for as long as they may. */
    private static final Duration SILENCE = Duration.ofSeconds(4);

    /** Others may come back that much later: they try at least once in 5 s, and a name is resolved anew. */
    private static final Duration GRACE = Duration.ofSeconds(6);

    /** Under this key stands a value that is drawn for a cluster that has nothing. */
    private static final String INCARNATION = "incarnation";

    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    private static final Duration ANSWER = Duration.ofSeconds(1);
    private static final Duration LONGEST_STOP = Duration.ofSeconds(8);

    /** From one look at the clock to the next the pulse takes less, unless this node stood still. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** In so many turns a client looks through all values. */
    private static final int VALUE_PARTS = 6;

    private final HazelcastInstance instance;
    private final Cluster cluster;
    private final Link link;
    private final String clusterName;
    private final List<String> wanted;
    private final NodeId self;
    private final ClusterKind kind;
    private final OwnThreads threads = new OwnThreads();
    private final Presences presences;
    private final Connected clients;
    private final ValueCalls valueCalls;
    private final RouteClaims routes;
    private final ClusterClock clock;
    private final Contact contact;
    private final Bulkhead bulkhead;
    private final Pulse pulse;
    private final SharedValues leases;
    private final Nodes view = new View();
    private final Holding holding;
    private final SkewLog skews = new SkewLog(log);
    private final Usability usability = new Usability(log, System::nanoTime);
    private final Solitude solitude = new Solitude(GRACE);

    /** What stood under {@link #INCARNATION} when this node last looked; null before it did. */
    private volatile @Nullable String incarnation;

    private final AtomicBoolean closed = new AtomicBoolean();

    /** Of the pulse alone: when it looked at the clock last, and when it did for the first time after this node stood still. */
    private long lookedAt = System.nanoTime();

    private long awakeSince = lookedAt;

    private ClusterClient(
            HazelcastInstance instance,
            Link link,
            ClusterSettings settings,
            UUID nodeId,
            InstantSource wall,
            ClusterClock clock) {
        this.instance = instance;
        this.cluster = instance.getCluster();
        this.link = link;
        this.clusterName = settings.clusterName();
        this.wanted = ClientStart.addresses(settings);
        this.self = new NodeId(nodeId);
        this.clock = clock;
        Supplier<IExecutorService> pings = () -> instance.getExecutorService(MemberConfig.PING_EXECUTOR);
        this.kind = new ClusterKind(cluster, () -> StockMaps.configure(instance));
        this.presences = new Presences(instance, nodeId, threads, wall);
        Clients connected = new Clients(cluster, pings);
        this.clients = (node, deadline) ->
                kind.isStock(deadline) ? presences.address(node, deadline) : connected.address(node, deadline);
        this.valueCalls =
                ValueCalls.of(kind, ValueCalls.where(Peers.of(instance).calls()), ValueCalls.plain(threads));
        Function<Member, Future<Long>> ping = Ping.by(pings);
        this.bulkhead = Peers.of(instance).bulkhead();
        this.contact = new Contact(
                cluster,
                member -> kind.isStock() ? presences.ask(member) : ping.apply(member),
                clock,
                new Heard(System::nanoTime),
                this::silent);
        this.pulse = new Pulse(this::membersAnswer, System::nanoTime, PULSE);
        this.routes = new RouteClaims(() -> instance.getMap(MemberConfig.ROUTES_MAP), nodeId, new Claimants());
        this.holding = new Holding(instance, view, kind);
        this.leases = new SharedValues(instance, MemberConfig.LEASES_MAP, () -> null, valueCalls, IMap::localKeySet);
    }

    /**
     * Starts a client and waits until it is connected, or for a while.
     *
     * @throws IllegalStateException if no member lets it in, and it is to fail then
     */
    static ClusterClient start(ClusterSettings settings) {
        return start(settings, settings.failFast() ? LONG_PATIENCE : PATIENCE, InstantSource.system());
    }

    /** As above, with the patience and this node's own clock. */
    static ClusterClient start(ClusterSettings settings, Duration patience, InstantSource wall) {
        return OurLoader.under(() -> {
            MemberStart.HazelcastLog.quiet();
            UUID nodeId = UUID.randomUUID();
            Link link = new Link();
            HazelcastInstance instance = ClientStart.of(
                    ClientStart.config(settings, nodeId),
                    ClientStart.addresses(settings),
                    link,
                    patience,
                    settings.failFast());
            MemberStart.HazelcastLog.quietAttempts();
            ClusterClock clock = new ClusterClock(wall, System::nanoTime);
            ClusterClient client = new ClusterClient(instance, link, settings, nodeId, wall, clock);
            client.begin();
            client.pulse.start(OurLoader.LOADER);
            return client;
        });
    }

    private void begin() {
        if (link.isUp()) {
            refuseMixture();
            contact.awaitTime(pulse);
            try {
                hasForgotten();
            } catch (StoreUnavailableException e) { // the cluster has gone again: then it is asked at the return
                log.log(Level.DEBUG, "The cluster did not say which it is", e);
            }
        } else {
            solitude.begin();
            usability.look(lost(), true);
        }
    }

    private void refuseMixture() {
        String mixture = kind.mixture();
        if (mixture != null) {
            instance.shutdown();
            throw new IllegalStateException(mixture);
        }
    }

    /** As a client serves no session unasked, a silence needs no doubt. */
    @Override
    public HazelcastSessionStore sessions(String mapName, LiveCopies live, Duration silence) {
        return store(mapName, live, null);
    }

    /** Here the doubts are those of the tenure. */
    @Override
    public HazelcastSessionStore heldSessions(String mapName, LiveCopies live, Duration silence) {
        return store(mapName, live, holding.tenure()).watchedBy(holding.begin(live));
    }

    private HazelcastSessionStore store(String mapName, LiveCopies live, @Nullable Tenure held) {
        SessionEntries entries = new ClientEntries(
                kind,
                new MapEntries(instance, mapName, Peers.of(instance).calls(), false),
                new StockEntries(instance, mapName, threads));
        return new ClientSessionStore(
                instance,
                mapName,
                view,
                clients,
                turns(mapName),
                live,
                clock,
                entries,
                UnaryOperator.identity(),
                holding.mail(),
                held);
    }

    @Override
    public SharedValues values(String mapName) {
        Turns turns = turns(mapName);
        return new SharedValues(instance, mapName, () -> null, valueCalls, map -> ofThisTurn(map, turns));
    }

    private static Set<String> ofThisTurn(IMap<String, byte[]> map, Turns turns) {
        Set<String> keys = turns.next(VALUE_PARTS, Deadline.in(ANSWER));
        return keys.isEmpty()
                ? Set.of()
                : map.keySet(Predicates.multiPartitionPredicate(keys, Predicates.alwaysTrue()));
    }

    private Turns turns(String mapName) {
        return new Turns(new Lease(leases, mapName, self, clock), instance.getPartitionService());
    }

    /** The nodes as the store sees them: only members can be spoken to directly. */
    private final class View implements Nodes {
        @Override
        public NodeId self() {
            return self;
        }

        @Override
        public @Nullable Member member(NodeId node) {
            return ClusterClient.this.member(node);
        }

        @Override
        public Collection<Member> all() {
            return cluster.getMembers();
        }

        @Override
        public boolean isAway() {
            if (link.isLost()) {
                solitude.begin(); // at once, and not when the pulse notices
            }
            return solitude.isAlone();
        }

        @Override
        public long lastContact() {
            return pulse.lastContact();
        }
    }

    /** The nodes as claims of routes see them: who is connected would answer, if clients could be asked. */
    private final class Claimants implements RouteClaims.Nodes {
        @Override
        public @Nullable String address(UUID node) {
            Member member = member(new NodeId(node));
            if (member != null) {
                return ClusterMember.address(member);
            }
            try {
                return clients.address(node, Deadline.in(ANSWER));
            } catch (StoreUnavailableException e) {
                return "an address that no member tells now";
            }
        }

        @Override
        public boolean answers(UUID node, Duration within) {
            try {
                // Stock members tell of one that was killed, too, until its presence has run out.
                return member(new NodeId(node)) != null
                        || (!kind.isAllStock() && clients.address(node, Deadline.in(within)) != null);
            } catch (StoreUnavailableException e) {
                return false;
            }
        }
    }

    private @Nullable Member member(NodeId node) {
        return cluster.getMembers().stream()
                .filter(member -> node.uuid().toString().equals(member.getAttribute(MemberConfig.NODE_ATTRIBUTE)))
                .findFirst()
                .orElse(null);
    }

    @Override
    public ClusterClock clock() {
        return clock;
    }

    @Override
    public UUID nodeId() {
        return self.uuid();
    }

    @Override
    public String clusterName() {
        return clusterName;
    }

    @Override
    public String describe() {
        List<String> seen = addresses();
        return "cluster '" + clusterName + "', client of "
                + switch (seen.size()) {
                    case 0 -> "no member yet";
                    case 1 -> "1 member: ";
                    default -> seen.size() + " members: ";
                }
                + String.join(", ", seen)
                + (!seen.isEmpty() && kind.isAllStock() ? "; stock members: compare-and-set" : "");
    }

    /** None while the connection is lost. */
    @Override
    public List<String> addresses() {
        return link.isUp()
                ? cluster.getMembers().stream().map(ClusterMember::address).toList()
                : List.of();
    }

    @Override
    public boolean isAlive(UUID node) {
        return node.equals(nodeId())
                || member(new NodeId(node)) != null
                || clients.address(node, Deadline.in(ANSWER)) != null;
    }

    @Override
    public void claimRoute(String route, Duration patience) {
        if (solitude.isAlone()) {
            routes.claimLater(route);
            return;
        }
        if (kind.isAllStock()) {
            presences.begin(Deadline.in(ANSWER)); // who finds the claim must find this node, too
        }
        routes.claim(route, patience);
    }

    /** There is no connection, or members do not answer. */
    @Override
    public @Nullable String trouble() {
        return usability.trouble();
    }

    @Override
    public long refused() {
        return bulkhead.refused();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        pulse.close();
        solitude.close();
        holding.close();
        Leaving.within(LONGEST_STOP, log, this::leave);
    }

    private void leave() {
        try {
            if (link.isUp()) {
                routes.release();
                presences.end();
                holding.leave();
            }
        } catch (RuntimeException e) { // a claim that stays is taken over once this node has left
            log.log(Level.DEBUG, "Claims of jvmRoutes are left to be taken over", e);
        }
        instance.shutdown();
    }

    HazelcastInstance instance() {
        return instance;
    }

    private boolean membersAnswer() {
        look();
        boolean answered = false;
        try {
            answered = link.isUp() && kind.prepare() && contact.isMade(PULSE);
            if (answered && kind.isAllStock()) {
                presences.renew();
            }
            if (answered) {
                holding.renew();
            }
            if (answered && usability.trouble() != null) {
                routes.renew();
            }
        } catch (RuntimeException e) { // of any kind: the connection was lost meanwhile
            log.log(Level.DEBUG, "No contact with the cluster", e);
        }
        if (answered) {
            skews.look(clock.skew());
        }
        if (!closed.get()) { // else it leaves, which is no trouble
            judge(answered ? null : trouble(silence()), answered);
        }
        return answered;
    }

    /** When all are silent, this node goes on alone in a moment, and who has waited until then is served. */
    private void silent(Collection<Member> members) {
        bulkhead.silent(members.size() < cluster.getMembers().size() ? members : List.of());
    }

    private void judge(@Nullable String trouble, boolean answered) {
        if (trouble != null) {
            solitude.begin();
        } else if (answered) {
            solitude.end(this::hasForgotten);
        }
        bulkhead.alone(solitude.isAlone());
        usability.look(trouble, solitude.isAlone());
    }

    /** Whether the cluster has lost everything since this node last looked. */
    private boolean hasForgotten() {
        Deadline deadline = Deadline.in(SILENCE);
        byte[] drawn = UUID.randomUUID().toString().getBytes(US_ASCII);
        byte[] present = leases.get(INCARNATION, deadline);
        while (present == null) {
            leases.swap(INCARNATION, null, drawn, FOR_EVER, deadline);
            present = leases.get(INCARNATION, deadline);
        }
        String now = new String(present, US_ASCII);
        String before = incarnation;
        incarnation = now;
        return before != null && !before.equals(now);
    }

    @Override
    public boolean isReady() {
        return usability.trouble() == null || solitude.isAlone();
    }

    @Override
    public boolean isAlone() {
        return solitude.isAlone();
    }

    @Override
    public ClusterMember.Watch onReturn(Return work) {
        return solitude.onReturn(work);
    }

    private long look() {
        long now = System.nanoTime();
        if (now - lookedAt > PAUSE.toNanos()) {
            awakeSince = now; // before that, it would have heard nobody
        }
        lookedAt = now;
        return now;
    }

    private Duration silence() {
        long now = look();
        return Duration.ofNanos(Math.min(now - pulse.lastContact(), now - awakeSince));
    }

    private String lost() {
        return "no member of cluster '" + clusterName + "' can be reached at " + String.join(", ", wanted);
    }

    private @Nullable String trouble(Duration silence) {
        if (!instance.getLifecycleService().isRunning()) {
            return "the Hazelcast client of this node has ended; only a restart of Tomcat brings it back";
        }
        if (link.isLost()) {
            return lost();
        }
        String mixture = kind.mixture();
        if (mixture != null) {
            return mixture;
        }
        return silence.compareTo(SILENCE) < 0 ? null : "no member has answered for " + silence.toSeconds() + " s";
    }
}
