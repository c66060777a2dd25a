/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.client.HazelcastClientOfflineException;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A client of a dedicated cluster, whose members have our jars, too. It keeps no session. When the connection is lost it looks
 * for members for ever, and after a second every call meanwhile fails at once.
 */
public final class ClusterClient implements ClusterNode {

    private static final Logger log = System.getLogger(ClusterClient.class.getName());

    private static final Duration PULSE = Duration.ofMillis(250);

    /** How long a start looks for the cluster. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** After that, requests are refused although there is a connection. */
    private static final Duration SILENCE = Duration.ofSeconds(5);

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
    private final Clients clients;
    private final RouteClaims routes;
    private final ClusterClock clock;
    private final Contact contact;
    private final Pulse pulse;
    private final SharedValues leases;
    private final SkewLog skews = new SkewLog(log);
    private final Usability usability = new Usability(log, System::nanoTime);
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Of the pulse alone: when it looked at the clock last, and when it did for the first time after this node stood still. */
    private long lookedAt = System.nanoTime();

    private long awakeSince = lookedAt;

    private ClusterClient(
            HazelcastInstance instance, Link link, ClusterSettings settings, UUID nodeId, ClusterClock clock) {
        this.instance = instance;
        this.cluster = instance.getCluster();
        this.link = link;
        this.clusterName = settings.clusterName();
        this.wanted = ClientStart.addresses(settings);
        this.self = new NodeId(nodeId);
        this.clock = clock;
        IExecutorService pings = instance.getExecutorService(MemberConfig.PING_EXECUTOR);
        this.clients = new Clients(cluster, pings);
        this.contact = new Contact(cluster, pings, clock);
        this.pulse = new Pulse(this::membersAnswer, System::nanoTime, PULSE);
        this.routes = new RouteClaims(instance.getMap(MemberConfig.ROUTES_MAP), nodeId, new Claimants());
        this.leases = new SharedValues(
                instance,
                MemberConfig.LEASES_MAP,
                () -> null,
                Peers.of(instance).calls());
    }

    /**
     * Starts a client and waits until it is connected.
     *
     * @throws IllegalStateException if no member answers
     */
    static ClusterClient start(ClusterSettings settings) {
        return start(settings, PATIENCE, InstantSource.system());
    }

    /** As above, with the patience and this node's own clock. */
    static ClusterClient start(ClusterSettings settings, Duration patience, InstantSource wall) {
        return OurLoader.under(() -> {
            MemberStart.HazelcastLog.quiet();
            UUID nodeId = UUID.randomUUID();
            Link link = new Link();
            HazelcastInstance instance = ClientStart.of(
                    ClientStart.config(settings, nodeId), ClientStart.addresses(settings), link, patience);
            MemberStart.HazelcastLog.quietAttempts();
            ClusterClock clock = new ClusterClock(wall, System::nanoTime);
            ClusterClient client = new ClusterClient(instance, link, settings, nodeId, clock);
            client.contact.awaitTime(client.pulse);
            client.pulse.start(OurLoader.LOADER);
            return client;
        });
    }

    /** As a client serves no session unasked, a silence needs no doubt. */
    @Override
    public HazelcastSessionStore sessions(String mapName, LiveCopies live, Duration silence) {
        return new ClientSessionStore(
                instance, mapName, new View(), clients, turns(mapName), live, clock, UnaryOperator.identity());
    }

    @Override
    public SharedValues values(String mapName) {
        Turns turns = turns(mapName);
        try {
            return new SharedValues(
                    instance, mapName, () -> null, Peers.of(instance).calls(), map -> ofThisTurn(map, turns));
        } catch (HazelcastClientOfflineException e) {
            throw new StoreUnavailableException("The values of " + mapName + " cannot be reached", e);
        }
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

    /** The nodes as the store sees them: only members can be spoken to. */
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
                return member(new NodeId(node)) != null || clients.address(node, Deadline.in(within)) != null;
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
                + (seen.size() == 1 ? "1 member: " : seen.size() + " members: ") + String.join(", ", seen);
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
        routes.claim(route, patience);
    }

    /** There is no connection, or members do not answer. */
    @Override
    public @Nullable String trouble() {
        return usability.trouble();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        pulse.close();
        Leaving.within(LONGEST_STOP, log, this::leave);
    }

    private void leave() {
        try {
            if (link.isUp()) {
                routes.release();
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
            answered = link.isUp() && contact.isMade(PULSE);
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
            usability.look(answered ? null : trouble(silence()));
        }
        return answered;
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

    private @Nullable String trouble(Duration silence) {
        if (!instance.getLifecycleService().isRunning()) {
            return "the Hazelcast client of this node has ended; only a restart of Tomcat brings it back";
        }
        if (link.isLost()) {
            return "no member of cluster '" + clusterName + "' can be reached at " + String.join(", ", wanted);
        }
        return silence.compareTo(SILENCE) < 0 ? null : "no member has answered for " + silence.toSeconds() + " s";
    }
}
