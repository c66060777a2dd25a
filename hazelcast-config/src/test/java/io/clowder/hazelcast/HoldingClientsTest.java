/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static io.clowder.store.Change.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.DistributedObject;
import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.Change;
import io.clowder.store.Deadline;
import io.clowder.store.LiveCopies;
import io.clowder.store.Loaded;
import io.clowder.store.NodeId;
import io.clowder.store.RecordingCopies;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoreUnavailableException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients of real members that hold sessions, speak to each other by letters, die and stand still. */
@Timeout(180)
class HoldingClientsTest {

    private static final String CLUSTER = "HoldingClientsTest";
    private static final String MAP = "clowder::host:/app";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final List<String> ADDRESSES = List.of("127.0.0.1:8560", "127.0.0.1:8561");

    private final Deque<ClusterNode> started = new ArrayDeque<>();

    @AfterEach
    void closeAll() {
        while (!started.isEmpty()) {
            started.pop().close();
        }
    }

    private ClusterMember member() {
        return opened(DedicatedMember.start(new ClusterSettings(CLUSTER, List.of(), null, 8580, null), 8560));
    }

    private ClusterClient client() {
        return opened(ClusterClient.start(
                new ClusterSettings(CLUSTER, ADDRESSES, null, ClusterSettings.DEFAULT_PORT, null, Topology.CLIENT),
                PATIENCE,
                InstantSource.system()));
    }

    private <T extends ClusterNode> T opened(T node) {
        started.push(node);
        return node;
    }

    /** As kill -9. */
    private static void end(HazelcastInstance instance) {
        instance.getLifecycleService().terminate();
    }

    private static Deadline soon() {
        return Deadline.in(PATIENCE);
    }

    private static String id() {
        return UUID.randomUUID().toString();
    }

    /** A client with the sessions that it holds. */
    private final class Holder {

        private final ClusterClient node = client();
        private final RecordingCopies copies = new RecordingCopies();
        private final HazelcastSessionStore store;

        Holder() {
            this.store = node.heldSessions(MAP, copies, PATIENCE);
            awaitProof();
        }

        Holder(LiveCopies live) {
            this.store = node.heldSessions(MAP, live, PATIENCE);
            awaitProof();
        }

        private void awaitProof() {
            await().until(this::isInTouch);
        }

        private boolean isInTouch() {
            return store.isInTouch(System.nanoTime(), PATIENCE);
        }

        private String creates() {
            String id = id();
            store.save(id, Change.by(store).heldBy(store.node()).set("n", "1").delta(), soon());
            return id;
        }

        private Loaded.Found takes(String id, Deadline deadline) {
            Loaded taken = store.take(id, null, deadline);
            assertThat(taken).isInstanceOf(Loaded.Found.class);
            Loaded.Found found = (Loaded.Found) taken;
            assertThat(found.holder()).isEqualTo(store.node());
            return found;
        }
    }

    @Test
    void aHolderLetsGoBeforeAnotherServes() {
        member();
        member();
        Holder a = new Holder();
        Holder b = new Holder();
        String id = a.creates();
        a.copies.clear();
        a.copies.knows(id, new SessionTimes(1, 4_000_000_000_000L, 60));
        Loaded.Found found = b.takes(id, soon());
        assertThat(a.copies.told()).containsExactly("released " + id);
        assertThat(values(found.changes().set())).isEqualTo(Map.of("n", "1"));
        assertThat(found.times().accessedAt()).as("what a knew").isEqualTo(4_000_000_000_000L);

        b.copies.clear();
        a.store.save(
                id, Change.by(a.store).upon(found.version()).set("late", "1").delta(), soon());
        assertThat(b.copies.told()).containsExactly("changed " + id);
    }

    @Test
    void manyTakeoversTakeNoTimeToSpeakOf() {
        member();
        Holder a = new Holder();
        Holder b = new Holder();
        List<String> ids = IntStream.range(0, 300).mapToObj(i -> a.creates()).toList();
        long began = System.nanoTime();
        ids.forEach(id -> b.takes(id, soon()));
        long micros = (System.nanoTime() - began) / 1_000 / ids.size();
        System.out.printf("A takeover from another client: %d us%n", micros);
        assertThat(micros).isLessThan(50_000);
    }

    @Test
    void aHolderThatDiedIsWaitedForOnceAndForSeconds() {
        member();
        Holder a = new Holder();
        Holder b = new Holder();
        List<String> ids = List.of(a.creates(), a.creates(), a.creates());
        end(a.node.instance());
        long began = System.nanoTime();
        b.takes(ids.get(0), soon());
        Duration first = Duration.ofNanos(System.nanoTime() - began);
        System.out.printf("A takeover from a client that died: %d ms%n", first.toMillis());
        assertThat(first).isBetween(Tenure.LIMIT, Duration.ofSeconds(10));
        for (String id : ids) {
            b.takes(id, Deadline.in(Duration.ofSeconds(1)));
        }
        await().untilAsserted(() -> assertThat(queues(b.node.instance()))
                .containsExactly(Mail.QUEUE + b.store.node().uuid()));
    }

    @Test
    void aHolderThatLeftIsNotWaitedFor() {
        member();
        Holder a = new Holder();
        Holder b = new Holder();
        String id = a.creates();
        a.node.close();
        long began = System.nanoTime();
        b.takes(id, soon());
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Tenure.LIMIT);
        assertThat(queues(b.node.instance()))
                .doesNotContain(Mail.QUEUE + a.store.node().uuid());
    }

    @Test
    void aHolderThatDoesNotAnswerIsNotTakenToHaveLetGo() {
        member();
        RecordingCopies copies = new RecordingCopies();
        CompletableFuture<Void> thaw = new CompletableFuture<>();
        Holder a = new Holder(new StuckCopies(copies, new CompletableFuture<>(), thaw));
        Holder b = new Holder();
        String id = a.creates();
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> b.store.take(id, null, Deadline.in(Duration.ofSeconds(4))))
                .withMessageContaining("was not answered in time");
        thaw.complete(null);
        b.takes(id, soon());
        assertThat(a.isInTouch()).isTrue();
    }

    @Test
    void lettersThatWereLostWithAMemberAreSentAgain() {
        ClusterMember first = member();
        member();
        Holder a = new Holder();
        Holder b = new Holder();
        List<String> ids = IntStream.range(0, 40).mapToObj(i -> a.creates()).toList();
        a.copies.clear();
        Thread killer = new Thread(() -> end(first.instance()));
        for (int i = 0; i < ids.size(); i++) {
            if (i == 5) {
                killer.start();
            }
            b.takes(ids.get(i), soon());
        }
        assertThat(a.copies.told()).contains("released " + ids.get(0));
        a.awaitProof(); // until then b may take what a cannot be asked for
        String next = a.creates();
        b.takes(next, soon());
        assertThat(a.copies.told()).contains("released " + next);
    }

    @Test
    void aClientThatHoldsNothingSpeaksToOneThatDoes() {
        member();
        Holder a = new Holder();
        HazelcastSessionStore roaming = client().sessions(MAP, new RecordingCopies(), PATIENCE);
        String id = a.creates();
        Loaded.Found found = (Loaded.Found) roaming.load(id, null, soon());
        a.copies.clear();
        roaming.save(id, Change.by(roaming).upon(found.version()).set("n", "2").delta(), soon());
        assertThat(a.copies.told()).containsExactly("changed " + id);
    }

    @Test
    void whereNothingIsHeldThereIsNothingMore() {
        ClusterMember member = member();
        ClusterClient client = client();
        HazelcastSessionStore store = client.sessions(MAP, new RecordingCopies(), PATIENCE);
        String id = id();
        store.save(id, Change.by(store).set("n", "1").delta(), soon());
        assertThat(store.load(id, null, soon())).isInstanceOf(Loaded.Found.class);
        assertThat(store.isInTouch(System.nanoTime(), PATIENCE)).isFalse();
        assertThat(objects(member.instance())).noneMatch(name -> name.equals(Tenure.MAP));
        assertThat(queues(member.instance())).isEmpty();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("clowder-mail"));
    }

    private static List<String> objects(HazelcastInstance instance) {
        return instance.getDistributedObjects().stream()
                .map(DistributedObject::getName)
                .toList();
    }

    private static List<String> queues(HazelcastInstance instance) {
        return objects(instance).stream()
                .filter(name -> name.startsWith(Mail.QUEUE))
                .toList();
    }

    @Test
    void whenAMemberJoinsNothingIsServedUntilItsChangesAreKnown() {
        member();
        Holder a = new Holder();
        a.copies.clear();
        member();
        await().until(() -> a.copies.told().contains("doubt"));
        a.awaitProof();
    }

    @Test
    void whoCannotBeAskedHoldsNothing() {
        member();
        HazelcastInstance client = client().instance();
        Holding holding = new Holding(client, withoutMembers(), new ClusterKind(client.getCluster(), () -> {}));
        ClusterMember.Watch unused = holding.begin(new RecordingCopies());
        await().until(() -> isProven(holding));
        holding.close(); // its letters are not read any more
        await().until(() -> !isProven(holding));
    }

    private static boolean isProven(Holding holding) {
        holding.renew();
        return holding.tenure().isProven(System.nanoTime());
    }

    private static Nodes withoutMembers() {
        NodeId self = new NodeId(UUID.randomUUID());
        return new Nodes() {
            @Override
            public NodeId self() {
                return self;
            }

            @Override
            public @Nullable Member member(NodeId node) {
                return null;
            }

            @Override
            public List<Member> all() {
                return List.of();
            }

            @Override
            public long lastContact() {
                return System.nanoTime();
            }
        };
    }

    @Test
    void whileTheClusterIsAwayNothingIsProvenAndAfterwardsAllIsDoubted() {
        ClusterMember member = member();
        Holder a = new Holder();
        String id = a.creates();
        end(member.instance());
        await().until(() -> !a.isInTouch());
        await().until(a.store::isAway);
        a.copies.clear();
        member();
        await().atMost(Duration.ofSeconds(30)).until(() -> !a.store.isAway());
        a.awaitProof();
        assertThat(a.copies.told()).contains("doubt");
        Holder b = new Holder();
        assertThat(b.store.take(id, null, soon())).isInstanceOf(Loaded.Gone.class);
        String next = a.creates();
        b.takes(next, Deadline.in(Duration.ofSeconds(2)));
        assertThat(a.copies.told()).contains("released " + next);
    }
}
