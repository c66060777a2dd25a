/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import io.clowder.store.LiveCopies;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.RecordFormat;
import io.clowder.store.RecordingCopies;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionStore;
import io.clowder.store.SessionTimes;
import io.clowder.store.Steps;
import io.clowder.store.StoredSession;
import io.clowder.store.TestClock;
import io.clowder.store.TestCluster;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Three nodes on one or two members, or clients of those, and a map of their own. Nodes die and freeze; members live on. */
final class HazelcastTestCluster implements TestCluster {

    private final String mapName = "clowder:" + UUID.randomUUID();
    private final TestClock clock = new TestClock();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<NodeId, Member> living = new ConcurrentHashMap<>();
    private final Set<NodeId> frozen = ConcurrentHashMap.newKeySet();
    private final CountDownLatch thaw = new CountDownLatch(1);
    private final HazelcastInstance first;

    private final BoundedCalls calls;

    /** A client of stock members that keep the entries, and how it calls; null where members of ours do. */
    private final @Nullable HazelcastInstance stock;

    private final @Nullable OwnThreads threads;

    /** Places the nodes on the members in turn. */
    HazelcastTestCluster(BoundedCalls calls, HazelcastInstance... members) {
        this.calls = calls;
        this.stock = null;
        this.threads = null;
        first = members[0];
        for (int i = 0; i < 3; i++) {
            nodes.add(new Node(members[i % members.length], null));
        }
    }

    /**
     * Nodes that are clients of members. A client cannot be spoken to; so that what the contract says of holders holds, each
     * node has a member that takes its messages.
     */
    HazelcastTestCluster(BoundedCalls calls, List<HazelcastInstance> clients, HazelcastInstance... members) {
        this.calls = calls;
        this.stock = null;
        this.threads = null;
        first = members[0];
        for (int i = 0; i < 3; i++) {
            nodes.add(new Node(members[i % members.length], clients.get(i % clients.size())));
        }
    }

    /** Nodes that are clients, speak by letters, and hold sessions for a tenure; who dies says so. */
    HazelcastTestCluster(
            BoundedCalls calls, OwnThreads threads, List<HazelcastInstance> clients, HazelcastInstance... members) {
        this.calls = calls;
        this.stock = null;
        this.threads = threads;
        first = members[0];
        for (int i = 0; i < 3; i++) {
            nodes.add(new Node(members[i % members.length], clients.get(i % clients.size())));
        }
        awaitTenures();
    }

    /**
     * Nodes whose entries are in stock members. So that what the contract says of holders holds, messages are exchanged by members
     * of ours.
     *
     * @param stock a client of those that keep the entries
     */
    HazelcastTestCluster(OwnThreads threads, HazelcastInstance stock, HazelcastInstance... members) {
        this.calls = BoundedCalls.onOwnThreads();
        this.stock = stock;
        this.threads = threads;
        first = members[0];
        for (int i = 0; i < 3; i++) {
            nodes.add(new Node(members[i % members.length], null));
        }
    }

    private final class Node implements Nodes {

        private final NodeId id = NodeId.random();
        private final RecordingCopies copies = new RecordingCopies();
        private final Steps steps = new Steps();
        private final HazelcastSessionStore store;
        private @Nullable Holding holding;

        Node(HazelcastInstance member, @Nullable HazelcastInstance client) {
            living.put(id, member.getCluster().getLocalMember());
            Freezing live = new Freezing(id, copies);
            store = client != null
                    ? store(client, live)
                    : stock != null ? stockStore(member, live) : store(member, live, clock);
            if (client != null) {
                Peers.of(member).register(new Peers.Name(mapName, id), new Peers.Peer(live, store::isAtWork));
            }
        }

        private HazelcastSessionStore store(HazelcastInstance member, LiveCopies live, TestClock time) {
            return new HazelcastSessionStore(
                    member, mapName, this, live, time, ignored -> observed(new MapEntries(member, mapName, calls)));
        }

        private ClientSessionStore store(HazelcastInstance client, LiveCopies live) {
            IExecutorService executor = client.getExecutorService(MemberConfig.PING_EXECUTOR);
            return clientStore(
                    client,
                    client,
                    live,
                    new Clients(client.getCluster(), () -> executor),
                    ValueCalls.where(calls),
                    new MapEntries(client, mapName, calls, false));
        }

        /** Speaks by letters, if there are threads for that, else by messages of members. */
        private Messages messages(HazelcastInstance from, HazelcastInstance client, LiveCopies live) {
            if (threads == null || stock != null) {
                return new Post(from, this);
            }
            ClusterKind kind = new ClusterKind(client.getCluster(), () -> {});
            Holding held = new Holding(client, withoutConnections(), kind);
            ClusterMember.Watch unused = held.begin(live);
            holding = held;
            return held.mail();
        }

        private Nodes withoutConnections() {
            return new Nodes() {
                @Override
                public NodeId self() {
                    return id;
                }

                @Override
                public @Nullable Member member(NodeId node) {
                    return null;
                }

                @Override
                public Collection<Member> all() {
                    return Node.this.all();
                }

                @Override
                public long lastContact() {
                    return Node.this.lastContact();
                }
            };
        }

        private ClientSessionStore stockStore(HazelcastInstance member, LiveCopies live) {
            HazelcastInstance client = Objects.requireNonNull(stock);
            OwnThreads own = Objects.requireNonNull(threads);
            return clientStore(
                    member,
                    client,
                    live,
                    (node, deadline) -> null,
                    ValueCalls.plain(own),
                    new StockEntries(client, mapName, own));
        }

        private ClientSessionStore clientStore(
                HazelcastInstance messages,
                HazelcastInstance client,
                LiveCopies live,
                Connected connected,
                ValueCalls values,
                SessionEntries entries) {
            SharedValues leases = new SharedValues(client, mapName + "-leases", () -> null, values, IMap::localKeySet);
            return new ClientSessionStore(
                    messages,
                    mapName,
                    this,
                    connected,
                    new Turns(new Lease(leases, mapName, id, clock), client.getPartitionService()),
                    live,
                    clock,
                    entries,
                    this::observed,
                    messages(messages, client, live),
                    holding == null ? null : holding.tenure());
        }

        private Entries observed(Entries entries) {
            return (session, command, deadline) ->
                    steps.around(command, () -> entries.execute(session, command, deadline));
        }

        @Override
        public NodeId self() {
            return id;
        }

        @Override
        public @Nullable Member member(NodeId node) {
            return living.get(node);
        }

        @Override
        public @Nullable NodeId node(Member member) {
            return living.entrySet().stream()
                    .filter(each -> each.getValue().getUuid().equals(member.getUuid()))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public Collection<Member> all() {
            return first.getCluster().getMembers();
        }

        @Override
        public long lastContact() {
            return System.nanoTime();
        }
    }

    /** Live copies that do not answer while their node is frozen. */
    private final class Freezing implements LiveCopies {

        private final NodeId node;
        private final LiveCopies copies;

        Freezing(NodeId node, LiveCopies copies) {
            this.node = node;
            this.copies = copies;
        }

        private LiveCopies reached() {
            try {
                if (frozen.contains(node)) {
                    thaw.await();
                }
                return copies;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public @Nullable SessionTimes release(String id, long counter) {
            return reached().release(id, counter);
        }

        @Override
        public void changed(String id, long counter) {
            reached().changed(id, counter);
        }

        @Override
        public @Nullable SessionDelta whole(String id, OperationId operation) {
            return reached().whole(id, operation);
        }

        @Override
        public boolean remembers(String id) {
            return reached().remembers(id);
        }

        @Override
        public void doubtAll() {
            reached().doubtAll();
        }
    }

    @Override
    public SessionStore store(int node) {
        return nodes.get(node).store;
    }

    @Override
    public RecordingCopies copies(int node) {
        return nodes.get(node).copies;
    }

    @Override
    public Steps steps(int node) {
        return nodes.get(node).steps;
    }

    @Override
    public TestClock clock() {
        return clock;
    }

    @Override
    public void kill(int node) {
        living.remove(nodes.get(node).id);
        close(nodes.get(node).holding);
    }

    private static void close(@Nullable Holding holding) {
        if (holding != null) {
            holding.close();
            holding.leave();
        }
    }

    /** Each has set its own once: from then on it is there, as long as nobody misses its answer. */
    private void awaitTenures() {
        for (Node node : nodes) {
            Objects.requireNonNull(node.holding).tenure().renewNow();
            node.copies.clear(); // of the doubt that each tenure begins with
        }
    }

    @Override
    public void freeze(int node) {
        frozen.add(nodes.get(node).id);
    }

    @Override
    public void plant(String id, StoredSession entry) {
        if (stock != null) {
            stock.getMap(mapName).set(id, RecordFormat.write(entry));
        } else {
            map().set(id, new StoredEntry(entry));
        }
    }

    @Override
    public @Nullable StoredSession peek(String id) {
        if (stock != null) {
            byte[] kept = stock.<String, byte[]>getMap(mapName).get(id);
            return kept == null
                    ? null
                    : StockEntries.session(
                            kept,
                            stock.<String, Long>getMap(StockEntries.notesOf(mapName))
                                    .get(id));
        }
        // Not by get, which looks into the near cache.
        StoredEntry entry = map().executeOnKey(
                        id, (EntryProcessor<String, StoredEntry, StoredEntry> & ReadOnly) Map.Entry::getValue);
        return entry == null ? null : entry.session();
    }

    private IMap<String, StoredEntry> map() {
        return first.getMap(mapName);
    }

    @Override
    public void close() {
        thaw.countDown();
        nodes.forEach(node -> node.store.close());
        nodes.forEach(node -> close(node.holding));
        if (stock != null) {
            stock.getMap(mapName).destroy();
        } else {
            map().destroy();
        }
    }
}
