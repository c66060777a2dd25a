/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.Config;
import com.hazelcast.core.DistributedObject;
import com.hazelcast.core.EntryView;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.clowder.store.Change;
import io.clowder.store.Command;
import io.clowder.store.Deadline;
import io.clowder.store.RecordingCopies;
import io.clowder.store.SessionStore;
import io.clowder.store.Steps;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession;
import io.clowder.store.TestClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** EX-8: each entry goes one day, unless its session has no timeout; and then nothing is left of all of them. */
@Timeout(120)
class EX8NothingLeftTest {

    private static final String MAP = "clowder:leaks";
    private static final Duration TOMBSTONE = StoredSession.Tombstone.LIFE;

    private final TestClock clock = new TestClock();
    private final Steps steps = new Steps();
    private final List<String> sessions = new ArrayList<>();

    @AfterEach
    void resetClock() {
        MovedClock.reset();
    }

    @Test
    void whateverBecomesOfSessionsNoEntryStays() {
        // What has expired, Hazelcast takes away each 5 s, a tenth of all at a time.
        Consumer<Config> atOnce =
                config -> config.setProperty("hazelcast.internal.map.expiration.task.period.seconds", "1")
                        .setProperty("hazelcast.internal.map.expiration.cleanup.percentage", "100");
        try (StoreMembers members = new StoreMembers(2, atOnce)) {
            SessionStore living = store(members.get(0));
            SessionStore dying = store(members.get(1));
            IMap<String, StoredEntry> map = members.get(0).getMap(MAP);
            for (SessionStore store : List.of(living, dying)) {
                for (int timeout : new int[] {30, 1800, 31_536_000, 0, -1}) {
                    create(store, timeout);
                    end(store, create(store, timeout));
                    String renamed = id();
                    store.rename(create(store, timeout), renamed, soon());
                    sessions.add(renamed);
                    idle(store, create(store, timeout), timeout);
                }
                // Without an outcome: half a rename, an announcement that is not noted; below, an end without an
                // announcement.
                steps.after(Command.Seal.class, () -> fail());
                String sealed = create(store, 1800);
                assertThatExceptionOfType(StoreUnavailableException.class)
                        .isThrownBy(() -> store.rename(sealed, id(), soon()));
                String unnoted = create(store, 1800);
                assertThat(store.end(unnoted, null, soon())).isNotNull();
                steps.failBefore(Command.Bury.class);
                assertThatExceptionOfType(StoreUnavailableException.class)
                        .isThrownBy(() -> store.announced(unnoted, soon()));
            }
            assertThat(dying.end(create(dying, -1), null, soon())).isNotNull();
            members.terminate(1);
            members.awaitSafe();
            assertEachGoes(map);
            while (clock.millis() < 1_740_000_000_000L) {
                sweep(living);
                assertEachGoes(map);
                clock.advance(Duration.ofDays(30));
            }
            // What has no timeout is still there: one as created and one renamed of each kind on each node.
            List<String> left = sessions.stream().filter(id -> isInUse(map, id)).toList();
            assertThat(left).hasSize(8);
            left.forEach(id -> end(living, id));
            assertThat(map.size()).isPositive();

            MovedClock.advance(TOMBSTONE.plusSeconds(1));
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                assertThat(map.size()).isZero();
                assertThat(map.getLocalMapStats().getOwnedEntryCount()).isZero();
                for (DistributedObject object : members.get(0).getDistributedObjects()) {
                    if (object instanceof IMap<?, ?> other && !other.getName().equals("warm-up")) {
                        assertThat(other.size()).as(other.getName()).isZero();
                    }
                }
            });
        }
    }

    /** A tombstone by Hazelcast's clock; all else by a sweep, never by the map's clocks, unless it has no timeout. */
    private void assertEachGoes(IMap<String, StoredEntry> map) {
        for (String id : map.keySet()) {
            StoredSession session = map.get(id).session();
            EntryView<String, StoredEntry> view = map.getEntryView(id);
            if (session instanceof StoredSession.Tombstone) {
                assertThat(view.getTtl()).isEqualTo(TOMBSTONE.toMillis());
                assertThat(view.getExpirationTime())
                        .isLessThanOrEqualTo(System.currentTimeMillis() + TOMBSTONE.toMillis() + 2_000);
            } else {
                assertThat(view.getExpirationTime()).as("%s", session).isEqualTo(Long.MAX_VALUE);
                boolean ends = session.isDueAt(clock.millis() + TimeUnit.SECONDS.toMillis(31_536_000L * 11 / 10));
                assertThat(ends)
                        .as("%s", session)
                        .isEqualTo(!session.toString().matches(".*idle for (0|-1) s.*")
                                || session instanceof StoredSession.Ending);
            }
        }
    }

    private static boolean isInUse(IMap<String, StoredEntry> map, String id) {
        StoredEntry entry = map.get(id);
        return entry != null && !(entry.session() instanceof StoredSession.Tombstone);
    }

    private String create(SessionStore store, int timeout) {
        String id = id();
        long now = clock.millis();
        store.save(
                id,
                Change.by(store)
                        .heldBy(store.node())
                        .created(now)
                        .accessed(now)
                        .timeout(timeout)
                        .set("n", id)
                        .delta(),
                soon());
        sessions.add(id);
        return id;
    }

    private static void end(SessionStore store, String id) {
        assertThat(store.end(id, null, soon())).isNotNull();
        store.announced(id, soon());
    }

    /** Its holder ends it at its timeout, if it has one. */
    private void idle(SessionStore store, String id, int timeout) {
        if (timeout > 0) {
            assertThat(store.end(id, clock.millis() + timeout * 1000L, soon())).isNotNull();
            store.announced(id, soon());
        } else {
            end(store, id);
        }
    }

    private static void sweep(SessionStore store) {
        for (String id : store.due(1, soon())) {
            if (store.reap(id, soon()) != null) {
                store.announced(id, soon());
            }
        }
    }

    private static void fail() {
        throw new StoreUnavailableException("planted", null);
    }

    private static String id() {
        return UUID.randomUUID().toString();
    }

    private SessionStore store(HazelcastInstance instance) {
        return new HazelcastSessionStore(
                instance,
                MAP,
                StoreMembers.nodes(instance),
                new RecordingCopies(),
                clock,
                entries ->
                        (id, command, deadline) -> steps.around(command, () -> entries.execute(id, command, deadline)));
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30));
    }
}
