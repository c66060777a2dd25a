/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static io.clowder.store.Change.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.Change;
import io.clowder.store.Deadline;
import io.clowder.store.Loaded;
import io.clowder.store.RecordingCopies;
import io.clowder.store.Saved;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionStore;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.TestClock;
import io.clowder.store.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Members that die while others work. */
@Timeout(180)
class HazelcastCrashTest {

    private static final String MAP = "clowder:crashes";
    private static final int SESSIONS = 8;

    @Test
    void everyAcknowledgedWriteOfTwoNodesOutlivesTheMemberThatKeptIt() {
        try (StoreMembers members = new StoreMembers(3)) {
            List<String> ids = new ArrayList<>();
            SessionStore first = store(members.get(0));
            while (ids.size() < SESSIONS) {
                String id = UUID.randomUUID().toString();
                if (members.get(2)
                        .getPartitionService()
                        .getPartition(id)
                        .getOwner()
                        .localMember()) {
                    ids.add(id);
                    first.save(id, Change.by(first).set("start", "0").delta(), soon());
                }
            }
            AtomicInteger acknowledged = new AtomicInteger();
            var one = new Writer(first, "one", ids, acknowledged);
            var two = new Writer(store(members.get(1)), "two", ids, acknowledged);
            CompletableFuture<Void> both = CompletableFuture.allOf(one.start(), two.start());
            Awaitility.await().until(() -> acknowledged.get() > 400);
            members.terminate(2);
            int atTheCrash = acknowledged.get();
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged.get() > atTheCrash + 400);
            one.stopped = true;
            two.stopped = true;
            both.join();

            for (String id : ids) {
                Loaded.Found found = (Loaded.Found) first.load(id, null, soon());
                Map<String, String> values = values(found.changes().set());
                assertThat(values.remove("start")).isEqualTo("0");
                Map<String, String> expected = new ConcurrentHashMap<>(one.written.get(id));
                expected.putAll(two.written.get(id));
                assertThat(values).isEqualTo(expected);
                // Each write counted exactly once, although some were repeated.
                assertThat(found.version().counter()).isEqualTo(1 + one.count(id) + two.count(id));
            }
        }
    }

    @Test
    void aStoppedMemberIsUnavailableAndSaysSo() {
        try (StoreMembers members = new StoreMembers(1)) {
            SessionStore store = store(members.get(0));
            String id = UUID.randomUUID().toString();
            members.terminate(0);
            assertThatThrownBy(() -> store.load(id, null, soon()))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("Load")
                    .hasMessageNotContaining(id);
        }
    }

    @Test
    void itIsUnavailableWhileAnotherIsSilentToo() {
        try (StoreMembers members = new StoreMembers(2)) {
            SessionStore store = store(members.get(0));
            Peers.of(members.get(0))
                    .bulkhead()
                    .silent(List.of(members.get(1).getCluster().getLocalMember()));
            members.terminate(0);
            assertThatThrownBy(() -> store.load(UUID.randomUUID().toString(), null, soon()))
                    .isInstanceOf(StoreUnavailableException.class);
        }
    }

    @Test
    void aFormerHolderWhoseMemberDiesWhileItIsAskedHasLetGo() {
        try (StoreMembers members = new StoreMembers(2)) {
            var waits = new CompletableFuture<Void>();
            var asked = new CompletableFuture<Void>();
            RecordingCopies stuck = new RecordingCopies();
            SessionStore dying = new HazelcastSessionStore(
                    members.get(1),
                    MAP,
                    StoreMembers.nodes(members.get(1)),
                    new StuckCopies(stuck, asked, waits),
                    new TestClock());
            SessionStore taker = store(members.get(0));
            String id = UUID.randomUUID().toString();
            dying.save(id, Change.by(dying).heldBy(dying.node()).set("n", "1").delta(), soon());
            var taken =
                    CompletableFuture.supplyAsync(() -> taker.take(id, null, soon()), task -> new Thread(task).start());
            asked.join();
            assertThat(taken).isNotDone();
            members.terminate(1);
            Loaded.Found found = (Loaded.Found) taken.join();
            assertThat(found.holder()).isEqualTo(taker.node());
            assertThat(values(found.changes().set())).isEqualTo(Map.of("n", "1"));
            waits.complete(null);
        }
    }

    /** Saves one attribute after the other until it is told to stop, each until it is acknowledged. */
    private static final class Writer {

        private final SessionStore store;
        private final String name;
        private final AtomicInteger acknowledged;
        private final Map<String, Map<String, String>> written = new ConcurrentHashMap<>();
        private final Map<String, Version> known = new ConcurrentHashMap<>();
        private final Map<String, Integer> counts = new ConcurrentHashMap<>();
        private volatile boolean stopped;

        Writer(SessionStore store, String name, List<String> ids, AtomicInteger acknowledged) {
            this.store = store;
            this.name = name;
            this.acknowledged = acknowledged;
            for (String id : ids) {
                written.put(id, new ConcurrentHashMap<>());
                known.put(id, ((Loaded.Found) store.load(id, null, soon())).version());
            }
        }

        CompletableFuture<Void> start() {
            return CompletableFuture.runAsync(this::write, task -> new Thread(task).start());
        }

        private void write() {
            for (int i = 0; !stopped; i++) {
                for (String id : known.keySet()) {
                    String attribute = name + i % 50;
                    SessionDelta delta = Change.by(store)
                            .upon(known.get(id))
                            .set(attribute, "" + i)
                            .delta();
                    Saved.Applied saved = (Saved.Applied) untilAcknowledged(id, delta);
                    known.put(id, saved.version());
                    written.get(id).put(attribute, "" + i);
                    counts.merge(id, 1, Integer::sum);
                    acknowledged.incrementAndGet();
                }
            }
        }

        private Saved untilAcknowledged(String id, SessionDelta delta) {
            while (true) {
                try {
                    return store.save(id, delta, Deadline.in(Duration.ofSeconds(2)));
                } catch (StoreUnavailableException e) {
                    assertThat(e).hasMessageNotContaining(id);
                }
            }
        }

        int count(String id) {
            return counts.get(id);
        }
    }

    private static SessionStore store(HazelcastInstance instance) {
        return new HazelcastSessionStore(
                instance, MAP, StoreMembers.nodes(instance), new RecordingCopies(), new TestClock());
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(60));
    }
}
