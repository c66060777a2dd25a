/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static io.clowder.store.Change.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.clowder.store.Change;
import io.clowder.store.Deadline;
import io.clowder.store.Loaded;
import io.clowder.store.OperationId;
import io.clowder.store.RecordingCopies;
import io.clowder.store.Saved;
import io.clowder.store.SessionRecord;
import io.clowder.store.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that are clients of real members. */
@Timeout(180)
class ClusterClientTest {

    private static final String CLUSTER = "ClusterClientTest";
    private static final String MAP = "clowder::host:/app";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** A client that ended may have had a lease. */
    private static final Duration LEASE = Lease.LONGEST.plusSeconds(10);

    /** Where members wait for clients; the second pair is where members come back. */
    private static final List<String> ADDRESSES =
            List.of("127.0.0.1:7800", "127.0.0.1:7801", "127.0.0.1:7820", "127.0.0.1:7821");

    private final Deque<ClusterNode> started = new ArrayDeque<>();

    @AfterEach
    void closeAll() {
        while (!started.isEmpty()) {
            started.pop().close();
        }
    }

    private ClusterMember member(int clientPort) {
        return opened(DedicatedMember.start(
                new ClusterSettings(CLUSTER, List.of(), null, clientPort + 900, null), clientPort));
    }

    private ClusterClient client() {
        return opened(ClusterClient.start(settings(CLUSTER, ADDRESSES), PATIENCE, InstantSource.system()));
    }

    private <T extends ClusterNode> T opened(T node) {
        started.push(node);
        return node;
    }

    private static ClusterSettings settings(String cluster, List<String> members) {
        return new ClusterSettings(cluster, members, null, ClusterSettings.DEFAULT_PORT, null, Topology.CLIENT);
    }

    private static HazelcastSessionStore store(ClusterNode node) {
        return node.sessions(MAP, new RecordingCopies(), PATIENCE);
    }

    private static Deadline soon() {
        return Deadline.in(PATIENCE);
    }

    /** As kill -9. */
    private static void end(ClusterMember member) {
        member.instance().getLifecycleService().terminate();
    }

    private static void end(ClusterClient client) {
        client.instance().getLifecycleService().terminate();
    }

    private static long now() {
        return System.currentTimeMillis();
    }

    @Test
    void aClientSaysWhatItIsConnectedTo() {
        member(7800);
        ClusterClient a = client();
        assertThat(a.describe()).isEqualTo("cluster 'ClusterClientTest', client of 1 member: 127.0.0.1:7800");
        member(7800);
        await().untilAsserted(() -> assertThat(a.describe())
                .isEqualTo("cluster 'ClusterClientTest', client of 2 members: 127.0.0.1:7800, 127.0.0.1:7801"));
        assertThat(a.addresses()).containsExactly("127.0.0.1:7800", "127.0.0.1:7801");
        assertThat(a.clusterName()).isEqualTo(CLUSTER);
        assertThat(a.trouble()).isNull();
        HazelcastSessionStore store = store(a);
        assertThat(store.hasNearCache()).isFalse();
        assertThat(store.isHome(UUID.randomUUID().toString())).isTrue();
    }

    @Test
    void aClientHasTheTimeOfTheOldestMember() {
        ClusterMember a = member(7800);
        ClusterClient ahead = opened(ClusterClient.start(
                settings(CLUSTER, ADDRESSES), PATIENCE, () -> Instant.now().plusSeconds(600)));
        assertThat(ahead.clock().millis() - a.clock().millis()).isBetween(-500L, 500L);
        assertThat(ahead.clock().skew()).isBetween(599_000L, 601_000L);
    }

    @Test
    void withoutAClusterTheStartFailsInTime() {
        long began = System.nanoTime();
        assertThatIllegalStateException()
                .isThrownBy(() -> ClusterClient.start(
                        settings("nobody", List.of("127.0.0.1:7830")).failingFast(),
                        Duration.ofSeconds(2),
                        InstantSource.system()))
                .withMessageStartingWith(
                        "no member of cluster 'nobody' has let this client in at 127.0.0.1:7830 within 2 s;"
                                + " start the dedicated members first");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
        assertThat(ownThreads()).isEmpty();
    }

    @Test
    void aClusterOfAnotherNameIsNone() {
        member(7800);
        assertThatIllegalStateException()
                .isThrownBy(() -> ClusterClient.start(
                        settings("another", List.of("127.0.0.1:7800")).failingFast(),
                        Duration.ofSeconds(2),
                        InstantSource.system()))
                .withMessageStartingWith("no member of cluster 'another' has let this client in");
    }

    private static List<String> ownThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("clowder-pulse") || name.contains("hz.client"))
                .toList();
    }

    @Test
    void aRouteIsClaimedByOneClientUntilItLeaves() {
        member(7800);
        member(7800);
        ClusterClient a = client();
        ClusterClient b = client();
        a.claimRoute("r", PATIENCE);
        a.claimRoute("r", PATIENCE);
        assertThatIllegalStateException()
                .isThrownBy(() -> b.claimRoute("r", PATIENCE))
                .withMessageMatching(
                        "jvmRoute 'r' is already used by the node at 127\\.0\\.0\\.1:\\d+; give each Tomcat its"
                                + " own jvmRoute");
        assertThat(b.isAlive(a.nodeId())).isTrue();

        end(a);
        await().until(() -> !b.isAlive(a.nodeId()));
        b.claimRoute("r", PATIENCE);
        b.close();
        client().claimRoute("r", Duration.ZERO);
    }

    @Test
    void aClientThatIsConnectedIsAtWorkAndOneThatDiedIsNot() {
        member(7800);
        member(7800);
        ClusterClient dying = client();
        HazelcastSessionStore a = store(dying);
        HazelcastSessionStore b = store(client());
        String id = UUID.randomUUID().toString();
        a.save(id, Change.by(a).set("n", "1").delta(), soon());
        assertThat(a.end(id, null, soon())).isNotNull();
        assertThat(b.reap(id, soon())).as("a is about to announce it").isNull();

        end(dying);
        await().until(() -> b.reap(id, soon()) != null);
        b.announced(id, soon());
        assertThat(b.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
    }

    @Test
    void oneClientLooksForAllAndAnotherWhenItDies() {
        member(7800);
        ClusterClient dying = client();
        HazelcastSessionStore a = store(dying);
        HazelcastSessionStore b = store(client());
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String id = UUID.randomUUID().toString();
            long longAgo = now() - 1_000_000;
            a.save(
                    id,
                    Change.by(a)
                            .created(longAgo)
                            .accessed(longAgo)
                            .timeout(60)
                            .set("n", "1")
                            .delta(),
                    soon());
            ids.add(id);
        }
        await().atMost(LEASE).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> {
            Collection<String> first = a.due(1, soon());
            assertThat(first).containsExactlyInAnyOrderElementsOf(ids);
            assertThat(b.due(1, soon())).isEmpty();
        });

        end(dying);
        await().atMost(LEASE)
                .untilAsserted(() -> assertThat(b.due(1, soon())).containsExactlyInAnyOrderElementsOf(ids));
        // Each session has its turn in one of the parts.
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            parts.addAll(b.due(4, soon()));
        }
        assertThat(parts).containsExactlyInAnyOrderElementsOf(ids);
        for (String id : ids) {
            SessionRecord last = Objects.requireNonNull(b.reap(id, soon()));
            assertThat(values(last.attributes())).isEqualTo(Map.of("n", "1"));
        }
    }

    @Test
    void valuesAreSharedAndLookedAfterByOneClient() {
        member(7800);
        SharedValues a = client().values("clowder-sso::host");
        SharedValues b = client().values("clowder-sso::host");
        for (int i = 0; i < 50; i++) {
            assertThat(a.swap("key" + i, null, new byte[] {(byte) i}, Duration.ofMinutes(1), soon()))
                    .isTrue();
        }
        assertThat(b.get("key7", soon())).containsExactly(7);
        assertThat(b.swap("key7", new byte[] {8}, new byte[] {9}, Duration.ofMinutes(1), soon()))
                .isFalse();
        a.here(); // from now on it has the lease, if it goes on
        List<String> looked = new ArrayList<>();
        // The lease lasts two and a half times the pause.
        await().atMost(LEASE).pollInterval(Duration.ofMillis(500)).until(() -> {
            looked.addAll(a.here().keySet());
            assertThat(b.here()).isEmpty();
            return Stream.iterate(0, i -> i + 1).limit(50).allMatch(i -> looked.contains("key" + i));
        });
    }

    @Test
    void whileTheClusterIsAwayCallsFailAtOnceAndAfterwardsTheSameClientGoesOn() {
        ClusterMember first = member(7800);
        ClusterMember second = member(7800);
        ClusterClient client = client();
        HazelcastSessionStore store = store(client);
        String id = UUID.randomUUID().toString();
        store.save(id, Change.by(store).set("n", "1").delta(), soon());
        OperationId before = store.nextOperation();
        client.claimRoute("r", PATIENCE);

        end(first);
        assertThat(values(found(store.load(id, null, soon())).changes().set())).isEqualTo(Map.of("n", "1"));
        assertThat(client.trouble()).isNull();

        end(second);
        await().until(() -> client.trouble() != null);
        assertThat(client.trouble())
                .isEqualTo("no member of cluster 'ClusterClientTest' can be reached at 127.0.0.1:7800, 127.0.0.1:7801,"
                        + " 127.0.0.1:7820, 127.0.0.1:7821");
        assertThat(client.addresses()).isEmpty();
        long began = System.nanoTime();
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> store.load(id, null, soon()));
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> store.save(
                        UUID.randomUUID().toString(), Change.by(store).delta(), soon()));
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> store.due(1, soon()));
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(store::sessionCount);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> client.values("clowder-sso:x").get("key", soon()));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));

        member(7820);
        await().atMost(Duration.ofSeconds(30)).until(() -> client.trouble() == null);
        assertThat(client.addresses()).containsExactly("127.0.0.1:7820");
        String next = UUID.randomUUID().toString();
        assertThat(store.save(next, Change.by(store).set("n", "2").delta(), soon()))
                .isInstanceOf(Saved.Applied.class);
        assertThat(store.nextOperation().sequence()).isGreaterThan(before.sequence());
        assertThatIllegalStateException()
                .as("the claim was made again")
                .isThrownBy(() -> client().claimRoute("r", PATIENCE))
                .withMessageStartingWith("jvmRoute 'r' is already used by the node at 127.0.0.1:");
        assertThat(store.sessionIds()).containsExactly(next);
        assertThat(store.sessionCount()).isEqualTo(1);
    }

    @Test
    void aClientThatIsClosedLeavesNoThread() {
        member(7800);
        ClusterClient client = client();
        String name = client.instance().getName();
        assertThat(threadsOf(name)).isNotEmpty();
        assertThat(threadsOf(name))
                .allMatch(thread -> thread.getContextClassLoader() == ClusterClient.class.getClassLoader());
        client.close();
        client.close();
        await().untilAsserted(() -> assertThat(threadsOf(name)).isEmpty());
    }

    @Test
    void aClientIsClosedAtOnceAlsoWhileTheClusterIsAway() {
        ClusterMember member = member(7800);
        ClusterClient client = client();
        client.claimRoute("r", PATIENCE);
        String name = client.instance().getName();
        end(member);
        await().until(() -> client.trouble() != null);
        long began = System.nanoTime();
        client.close();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        await().untilAsserted(() -> assertThat(threadsOf(name)).isEmpty());
    }

    private static List<Thread> threadsOf(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains(name))
                .toList();
    }

    private static Loaded.Found found(Loaded loaded) {
        assertThat(loaded).isInstanceOf(Loaded.Found.class);
        return (Loaded.Found) loaded;
    }
}
