/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static io.clowder.store.Change.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.MapConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.clowder.store.Change;
import io.clowder.store.Command;
import io.clowder.store.Deadline;
import io.clowder.store.Loaded;
import io.clowder.store.RecordingCopies;
import io.clowder.store.Saved;
import io.clowder.store.SessionRecord;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession;
import io.clowder.store.Version;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that are clients of a server that has nothing of ours. */
@Timeout(180)
class StockClientTest {

    private static final String MAP = "clowder::host:/app";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** A client that ended may have had a lease. */
    private static final Duration LEASE = Lease.LONGEST.plusSeconds(10);

    private static StockServer server;

    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    @BeforeAll
    static void start() {
        server = new StockServer(7964);
        server.start(1);
    }

    @AfterAll
    static void stop() {
        server.close();
        server.assertNothingMissed();
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!started.isEmpty()) {
            started.pop().close();
        }
    }

    private <T extends AutoCloseable> T opened(T one) {
        started.push(one);
        return one;
    }

    private ClusterClient client() {
        return opened(ClusterClient.start(server.settings(), PATIENCE, InstantSource.system()));
    }

    private static HazelcastSessionStore store(ClusterNode node, String map) {
        return node.sessions(map, new RecordingCopies(), PATIENCE);
    }

    private static Deadline soon() {
        return Deadline.in(PATIENCE);
    }

    private static String id() {
        return UUID.randomUUID().toString();
    }

    /** As kill -9. */
    private static void end(ClusterClient client) {
        client.instance().getLifecycleService().terminate();
    }

    @Test
    void aClientSaysWhatItsMembersAre() {
        ClusterClient a = client();
        assertThat(a.describe())
                .isEqualTo("cluster '" + server.cluster()
                        + "', client of 1 member: 127.0.0.1:7964; stock members: compare-and-set");
        assertThat(a.trouble()).isNull();
        HazelcastSessionStore store = store(a, MAP);
        assertThat(store.hasNearCache()).isFalse();
        assertThat(store.isHome(id())).isTrue();
        assertThat(a.clock().skew()).isBetween(-100L, 100L);
    }

    @Test
    void concurrentChangesOfDifferentAttributesAllWin() {
        List<HazelcastSessionStore> stores =
                Stream.generate(() -> store(client(), MAP)).limit(4).toList();
        String id = id();
        Version first =
                ((Saved.Applied) stores.get(0).save(id, Change.by(stores.get(0)).delta(), soon())).version();
        Map<String, String> expected = new TreeMap<>();
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (HazelcastSessionStore store : stores) { // a node has one change of a session on its way
            String name = "of " + store.node();
            expected.put(name, "49");
            writers.add(CompletableFuture.runAsync(
                    () -> {
                        for (int value = 0; value < 50; value++) {
                            assertThat(store.save(
                                            id,
                                            Change.by(store)
                                                    .upon(first)
                                                    .set(name, "" + value)
                                                    .delta(),
                                            soon()))
                                    .isInstanceOf(Saved.Applied.class);
                        }
                    },
                    task -> new Thread(task).start()));
        }
        writers.forEach(CompletableFuture::join);
        Loaded.Found found = found(stores.get(1).load(id, null, soon()));
        assertThat(values(found.changes().set())).isEqualTo(expected);
        assertThat(found.version().counter()).as("each change once").isEqualTo(201);
    }

    @Test
    void aClientIsThereAndAtWorkUntilItLeavesOrWasNotHeardOfForAWhile() {
        ClusterClient a = client();
        ClusterClient b = client();
        HazelcastSessionStore ending = store(a, MAP);
        HazelcastSessionStore reaping = store(b, MAP);
        String id = id();
        ending.save(id, Change.by(ending).set("n", "1").delta(), soon());
        assertThat(ending.end(id, null, soon())).isNotNull();
        a.claimRoute("r", PATIENCE);
        a.claimRoute("r", PATIENCE);
        assertThatIllegalStateException()
                .isThrownBy(() -> b.claimRoute("r", Duration.ofSeconds(1)))
                .withMessage(
                        "jvmRoute 'r' is still claimed by a node that neither answers nor has left the cluster within 1"
                                + " s; give each Tomcat its own jvmRoute, or start this one again when the other is gone");
        assertThat(b.isAlive(a.nodeId())).isTrue();
        assertThat(reaping.reap(id, soon())).as("a is about to announce it").isNull();

        end(a);
        b.claimRoute("r", Presences.LIFE.plusSeconds(5)); // as a Tomcat that is started again at once
        assertThat(b.isAlive(a.nodeId())).isFalse();
        assertThat(reaping.reap(id, soon())).isNotNull();
        reaping.announced(id, soon());
        assertThat(reaping.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
        b.close();
        ClusterClient c = client();
        assertThat(c.isAlive(b.nodeId())).as("it has said that it leaves").isFalse();
        c.claimRoute("r", Duration.ZERO);
    }

    @Test
    void oneClientLooksForAllAndAnotherWhenItDies() {
        String map = MAP + "-looked";
        ClusterClient dying = client();
        HazelcastSessionStore a = store(dying, map);
        HazelcastSessionStore b = store(client(), map);
        List<String> ids = new ArrayList<>();
        long longAgo = System.currentTimeMillis() - 1_000_000;
        for (int i = 0; i < 120; i++) {
            Change change = Change.by(a).created(longAgo).accessed(longAgo).timeout(60);
            ids.add(id());
            a.save(ids.get(i), change.set("n", "1").delta(), soon());
        }
        await().atMost(LEASE).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> {
            Collection<String> first = a.due(1, soon());
            assertThat(first).containsExactlyInAnyOrderElementsOf(ids);
            assertThat(b.due(1, soon())).isEmpty();
        });

        end(dying);
        await().atMost(LEASE)
                .untilAsserted(() -> assertThat(b.due(1, soon())).containsExactlyInAnyOrderElementsOf(ids));
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            parts.addAll(b.due(4, soon()));
        }
        assertThat(parts).as("each in one of the parts").containsExactlyInAnyOrderElementsOf(ids);
        for (String id : ids) {
            SessionRecord last = Objects.requireNonNull(b.reap(id, soon()));
            assertThat(values(last.attributes())).isEqualTo(Map.of("n", "1"));
            b.announced(id, soon());
        }
        assertThat(b.sessionCount()).isZero();
        assertThat(b.sessionIds()).isEmpty();
    }

    @Test
    void aLookReadsWhatMayBeDueAndTakesAwayWhatIsLeftOfSessions() {
        HazelcastInstance instance = client().instance();
        String name = MAP + "-swept";
        StockEntries entries = new StockEntries(instance, name, new OwnThreads());
        IMap<String, byte[]> map = instance.getMap(name);
        HazelcastSessionStore store = store(client(), name);
        Set<String> all = new PartitionKeys(instance.getPartitionService()).ofPart(0, 1);
        long now = System.currentTimeMillis();
        String used = id();
        String ended = id();
        Version version = ((Saved.Applied) store.save(
                        used,
                        Change.by(store)
                                .accessed(now)
                                .timeout(100)
                                .set("n", "1")
                                .delta(),
                        soon()))
                .version();
        store.save(ended, Change.by(store).accessed(now).timeout(100).delta(), soon());
        assertThat(store.end(ended, null, soon())).isNotNull();
        store.announced(ended, soon());
        assertThat(map.keySet()).containsExactlyInAnyOrder(used, ended);
        assertThat(store.sessionIds()).containsExactly(used);

        assertThat(entries.due(all, now)).isEmpty();
        long read = entries.bytesRead();
        assertThat(read).isPositive();
        assertThat(entries.due(all, now + 1)).isEmpty();
        assertThat(entries.bytesRead()).as("ids only").isEqualTo(read);
        store.load(used, version, now + 50_000, soon());
        assertThat(entries.due(all, now + 159_999)).as("a use was noted").isEmpty();
        assertThat(entries.bytesRead()).isGreaterThan(read);
        assertThat(entries.due(all, now + 160_000)).containsExactly(used);
        assertThat(entries.due(all, now + 160_001)).as("until it is ended").containsExactly(used);

        long life = StoredSession.Tombstone.LIFE.toMillis();
        long buried = ((StoredSession.Tombstone) StockEntries.session(Objects.requireNonNull(map.get(ended)), null))
                .endedAt();
        entries.due(all, buried + life - 1);
        assertThat(map.keySet()).containsExactlyInAnyOrder(used, ended);
        entries.due(all, buried + life);
        assertThat(map.keySet()).containsExactly(used);
    }

    @Test
    void valuesAreSharedAndLookedAfterByOneClient() {
        SharedValues a = client().values("clowder-sso::host");
        SharedValues b = client().values("clowder-sso::host");
        Duration minute = Duration.ofMinutes(1);
        for (int i = 0; i < 50; i++) {
            assertThat(a.swap("key" + i, null, new byte[] {(byte) i}, minute, soon()))
                    .isTrue();
        }
        assertThat(a.get("none", soon())).isNull();
        assertThat(b.get("key7", soon())).containsExactly(7);
        assertThat(b.swap("key7", new byte[] {8}, new byte[] {9}, minute, soon()))
                .isFalse();
        assertThat(b.swap("key7", null, new byte[] {9}, minute, soon())).isFalse();
        assertThat(b.swap("key7", null, null, minute, soon())).isFalse();
        assertThat(b.swap("key7", new byte[] {7}, new byte[] {9}, minute, soon()))
                .isTrue();
        assertThat(a.swap("key7", new byte[] {7}, new byte[] {9}, minute, soon()))
                .as("a repeat")
                .isTrue();
        assertThat(a.swap("key8", new byte[] {7}, null, minute, soon())).isFalse();
        assertThat(a.swap("key8", new byte[] {8}, null, minute, soon())).isTrue();
        assertThat(a.swap("key8", new byte[] {8}, null, minute, soon()))
                .as("a repeat")
                .isTrue();
        assertThat(b.get("key8", soon())).isNull();
        assertThat(a.swap("short", null, new byte[] {1}, minute, soon())).isTrue();
        assertThat(a.swap("short", new byte[] {1}, new byte[] {2}, Duration.ofSeconds(1), soon()))
                .isTrue();
        await().until(() -> b.get("short", soon()) == null);
        a.here(); // from now on it has the lease, if it goes on
        List<String> looked = new ArrayList<>();
        // The lease lasts two and a half times the pause.
        await().atMost(LEASE).pollInterval(Duration.ofMillis(500)).until(() -> {
            looked.addAll(a.here().keySet());
            assertThat(b.here()).isEmpty();
            return Stream.iterate(0, i -> i + 1).limit(50).allMatch(i -> i == 8 || looked.contains("key" + i));
        });
    }

    @Test
    void whoHasNothingOfOursCanListTheSessions() {
        String name = MAP + "-listed";
        HazelcastSessionStore store = store(client(), name);
        for (int i = 0; i < 20; i++) {
            String id = id();
            store.save(id, Change.by(store).set("n", "1").delta(), soon());
            store.load(id, null, System.currentTimeMillis(), soon());
        }
        IMap<String, Object> map = server.bareClient().getMap(name);
        assertThat(map.size()).isEqualTo(20);
        assertThat(map.keySet()).containsExactlyInAnyOrderElementsOf(store.sessionIds());
        assertThat(map.values()).hasSize(20).allMatch(byte[].class::isInstance);
        server.assertNothingMissed();
    }

    @Test
    void whatItCostsIsSaid() {
        for (int[] shape : new int[][] {{10, 200}, {100, 1024}}) {
            StockEntries entries = new StockEntries(server.client(), MAP, new OwnThreads());
            cost(entries, shape[0], shape[1]);
        }
    }

    /** A read, and a write of one attribute, of a session of so many attributes of that size. */
    private void cost(StockEntries entries, int attributes, int size) {
        HazelcastSessionStore ids = store(client(), MAP);
        String id = id();
        Change creation = Change.by(ids).accessed(System.currentTimeMillis() - 1_000);
        for (int i = 0; i < attributes; i++) {
            creation.set("attribute" + i, "x".repeat(size));
        }
        entries.execute(id, new Command.Save(creation.delta()), soon());
        SessionRecord record = (SessionRecord) Objects.requireNonNull(StockEntries.session(
                Objects.requireNonNull(
                        server.client().<String, byte[]>getMap(MAP).get(id)),
                null));
        long calls = entries.calls();
        long read = entries.bytesRead();
        long written = entries.bytes();
        entries.execute(id, new Command.Load(record.version(), System.currentTimeMillis()), soon());
        long readCalls = entries.calls() - calls;
        long readBytes = entries.bytesRead() - read;
        assertThat(entries.bytes()).isEqualTo(written);

        entries.execute(
                id,
                new Command.Save(Change.by(ids)
                        .upon(record.version())
                        .set("attribute0", "y".repeat(size))
                        .delta()),
                soon());
        long writeCalls = entries.calls() - calls - readCalls;
        long writeBytes = entries.bytesRead() - read - readBytes + entries.bytes() - written;
        System.out.printf(
                "%d attributes of %d B: a read %d calls and %,d B, a write %d calls and %,d B%n",
                attributes, size, readCalls, readBytes, writeCalls, writeBytes);
        assertThat(readCalls).isEqualTo(3);
        assertThat(writeCalls).isEqualTo(3);
        assertThat(readBytes).isBetween((long) attributes * size, attributes * (size + 100L) + 200);
        assertThat(writeBytes).isBetween(3L * attributes * size, 3 * (attributes * (size + 100L) + 400));
    }

    @Test
    void aClusterOfBothKindsIsRefused() {
        try (StockServer mixed = new StockServer(7970)) {
            mixed.start(1);
            opened(DedicatedMember.start(
                    new ClusterSettings(mixed.cluster(), List.of("127.0.0.1:7970", "127.0.0.1:7940"), null, 7940, null),
                    7910));
            assertThatIllegalStateException()
                    .isThrownBy(() -> ClusterClient.start(mixed.settings()))
                    .withMessage(
                            "members 127.0.0.1:7910 of the cluster have Clowder's jars, and 127.0.0.1:7970 have not;"
                                    + " start all of them with the jars, or none");
        }
    }

    @Test
    void whenAllMembersHaveBeenReplacedTheSameClientGoesOn() {
        try (StockServer restarted = new StockServer(7978)) {
            Process first = restarted.start(1);
            // What the operator has said of one of our maps stays.
            restarted.bareClient().getConfig().addMapConfig(new MapConfig(MemberConfig.LEASES_MAP).setBackupCount(2));
            ClusterClient client = opened(ClusterClient.start(restarted.settings()));
            HazelcastSessionStore store = store(client, MAP);
            SharedValues values = client.values("clowder-sso::host");
            String id = id();
            store.save(id, Change.by(store).set("n", "1").delta(), soon());
            client.claimRoute("r", PATIENCE);

            first.destroyForcibly();
            await().until(() -> client.trouble() != null);
            assertThat(client.trouble()).startsWith("no member of cluster '" + restarted.cluster());
            assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> store.load(id, null, soon()));

            restarted.start(1);
            await().atMost(Duration.ofSeconds(30)).until(() -> client.trouble() == null);
            assertThat(store.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
            long began = System.nanoTime();
            store.save(id, Change.by(store).set("n", "2").delta(), soon());
            values.swap("key", null, new byte[] {1}, Duration.ofMinutes(1), soon());
            assertThatIllegalStateException()
                    .as("the claim was made again")
                    .isThrownBy(() ->
                            opened(ClusterClient.start(restarted.settings())).claimRoute("r", Duration.ofSeconds(1)))
                    .withMessageStartingWith("jvmRoute 'r' is still claimed by a node");
            await().pollDelay(Duration.ofSeconds(4))
                    .untilAsserted(() -> assertThat(Duration.ofNanos(System.nanoTime() - began))
                            .isGreaterThan(Duration.ofSeconds(4)));
            assertThat(values(found(store.load(id, null, soon())).changes().set()))
                    .as("longer than the members' default")
                    .isEqualTo(Map.of("n", "2"));
            assertThat(values.get("key", soon())).containsExactly(1);
            assertThat(client.instance().getMap(MemberConfig.ROUTES_MAP).keySet())
                    .containsExactly("r");
            assertThat(restarted.said()).doesNotContain("ClassNotFound", "HazelcastSerializationException");
        }
    }

    private static Loaded.Found found(Loaded loaded) {
        assertThat(loaded).isInstanceOf(Loaded.Found.class);
        return (Loaded.Found) loaded;
    }
}
