/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import io.clowder.store.Change;
import io.clowder.store.Deadline;
import io.clowder.store.Loaded;
import io.clowder.store.RecordingCopies;
import io.clowder.store.Saved;
import io.clowder.store.SessionRecord;
import io.clowder.store.StoredSession;
import io.clowder.store.Version;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The near cache of the shipped configuration, and uses that are noted past it, on three members. */
@Timeout(120)
class NearCacheTest {

    private static final int OWNER = 0;
    private static final int READER = 1;
    private static final int OTHER = 2;

    private static final Logger log = System.getLogger(NearCacheTest.class.getName());
    private static StoreMembers members;

    private final String map = "clowder:" + UUID.randomUUID();
    private final List<HazelcastSessionStore> stores = new ArrayList<>();
    private String id;
    private Version created;

    @BeforeAll
    static void start() {
        members = new StoreMembers(3);
    }

    @AfterAll
    static void stop() {
        members.close();
    }

    @BeforeEach
    void create() {
        for (int i = 0; i < 3; i++) {
            HazelcastInstance member = members.get(i);
            stores.add(new HazelcastSessionStore(
                    member, map, StoreMembers.nodes(member), new RecordingCopies(), InstantSource.system()));
        }
        do {
            id = UUID.randomUUID().toString();
        } while (!stores.get(OWNER).isHome(id));
        Saved saved = stores.get(OWNER)
                .save(
                        id,
                        Change.by(stores.get(OWNER))
                                .set("n", "1")
                                .set("m", "x".repeat(1000))
                                .delta(),
                        soon());
        created = ((Saved.Applied) saved).version();
    }

    @AfterEach
    void close() {
        stores.forEach(HazelcastSessionStore::close);
    }

    @Test
    void aSecondLookNearbyAsksNobody() {
        HazelcastSessionStore reader = stores.get(READER);
        assertThat(near(READER, null).changes().set()).containsOnlyKeys("n", "m");
        assertThat(reader.nearHits() + reader.nearMisses())
                .as("an answer may be there before it is looked for")
                .isEqualTo(1);
        awaitCached();
        long misses = reader.nearMisses();
        for (int i = 0; i < 100; i++) {
            Loaded.Found same = near(READER, created);
            assertThat(same.changes().isEmpty()).isTrue();
        }
        assertThat(reader.nearMisses()).isEqualTo(misses);
        assertThat(reader.operations()).as("commands").isZero();
    }

    @Test
    void theMemberThatKeepsASessionLooksForNothingNearby() {
        assertThat(stores.get(OWNER).near(id, null, 0, soon())).isNull();
        assertThat(stores.get(OWNER).nearMisses()).isZero();
    }

    @Test
    void whatIsGoneOrOlderIsNotNearby() {
        assertThat(stores.get(READER).near("nobody" + id, null, 0, soon())).isNull();
        assertThat(stores.get(READER).near(id, null, 2, soon())).isNull();
        assertThat(stores.get(READER).near(id, null, 1, soon())).isNotNull();
        Version other = new Version(1, stores.get(READER).nextOperation());
        assertThat(stores.get(READER).near(id, other, 0, soon()))
                .as("another state of the same counter")
                .isNull();
        assertThat(stores.get(READER).near(id, created, 0, Deadline.in(Duration.ZERO)))
                .isNull();
        Thread.currentThread().interrupt();
        assertThat(stores.get(READER).near("other" + id, null, 0, soon())).isNull();
        assertThat(Thread.interrupted()).isTrue();
        stores.get(OWNER).end(id, null, soon());
        await().atMost(Duration.ofSeconds(20)).until(() -> stores.get(READER).near(id, created, 0, soon()) == null);
    }

    @Test
    void aChangeIsHeardOf() {
        awaitCached();
        Version second = change(OTHER, created, "2");
        // The event is on its way: a few milliseconds, as the other test measures.
        await().atMost(Duration.ofSeconds(20))
                .until(() -> second.equals(near(READER, created).version()));
        Loaded.Found found = near(READER, created);
        assertThat(found.changes().whole()).isFalse();
        assertThat(found.changes().set()).containsOnlyKeys("n");
    }

    /** docs/consistency.md has the figures that this logs. */
    @Test
    void aChangeIsHeardOfSoon() {
        awaitCached();
        Version known = created;
        long[] nanos = new long[2_000];
        int outdated = 0;
        for (int i = 0; i < nanos.length; i++) {
            known = change(OTHER, known, "" + i);
            long answered = System.nanoTime();
            boolean first = true;
            while (!known.equals(near(READER, null).version())) {
                outdated += first ? 1 : 0;
                first = false;
                assertThat(System.nanoTime() - answered)
                        .isLessThan(Duration.ofSeconds(20).toNanos());
            }
            nanos[i] = System.nanoTime() - answered;
        }
        Arrays.sort(nanos);
        log.log(
                Level.INFO,
                "{0} changes, {1} first reads outdated; heard of after {2} us in the middle, {3} us at 99 %, {4} us at most",
                nanos.length,
                outdated,
                nanos[nanos.length / 2] / 1_000,
                nanos[nanos.length * 99 / 100] / 1_000,
                nanos[nanos.length - 1] / 1_000);
        assertThat(nanos[nanos.length / 2]).isLessThan(Duration.ofMillis(100).toNanos());
    }

    @Test
    void anOwnWriteIsNeverUnseen() {
        Version known = created;
        for (int i = 0; i < 500; i++) {
            near(READER, known);
            known = change(READER, known, "" + i);
            Loaded.Found near = stores.get(READER).near(id, known, 0, soon());
            // What the cache has not heard of yet is not answered, and never an older state.
            assertThat(near == null || near.version().equals(known)).isTrue();
        }
    }

    @Test
    void aNotedUseInvalidatesNothingAndIsKnownToAll() {
        awaitCached();
        long misses = stores.get(READER).nearMisses();
        for (int i = 1; i <= 100; i++) {
            Loaded.Found found =
                    (Loaded.Found) stores.get(i % 2 == 0 ? READER : OTHER).load(id, created, 1_000_000L + i, soon());
            assertThat(found.times().accessedAt()).isEqualTo(i == 1 ? 1000 : 999_999L + i);
            near(READER, created);
        }
        assertThat(stores.get(READER).nearMisses()).isEqualTo(misses);
        SessionRecord kept = (SessionRecord) kept();
        assertThat(kept.notedAt()).isEqualTo(1_000_100);
        assertThat(kept.times().accessedAt()).isEqualTo(1000);
        assertThat(kept.version()).isEqualTo(created);
    }

    @Test
    void aNotedUseMovesWithItsSession() {
        try (StoreMembers growing = new StoreMembers(1)) {
            HazelcastInstance first = growing.get(0);
            HazelcastSessionStore store = new HazelcastSessionStore(
                    first, map, StoreMembers.nodes(first), new RecordingCopies(), InstantSource.system());
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                ids.add("s" + i);
                store.save("s" + i, Change.by(store).set("n", "1").delta(), soon());
                store.load("s" + i, null, 5000L + i, soon());
            }
            HazelcastInstance second = growing.start();
            assertThat(ids).anyMatch(each -> !store.isHome(each));
            HazelcastSessionStore there = new HazelcastSessionStore(
                    second, map, StoreMembers.nodes(second), new RecordingCopies(), InstantSource.system());
            for (int i = 0; i < 40; i++) {
                Loaded.Found found = (Loaded.Found) there.load("s" + i, null, soon());
                assertThat(found.times().accessedAt()).isEqualTo(5000 + i);
                assertThat(found.changes().times().accessedAt()).isEqualTo(1000);
            }
        }
    }

    /** Not by get, which looks into the near cache. */
    private StoredSession kept() {
        EntryProcessor<String, StoredEntry, StoredEntry> whole =
                (EntryProcessor<String, StoredEntry, StoredEntry> & ReadOnly) Map.Entry::getValue;
        return members.get(OWNER)
                .<String, StoredEntry>getMap(map)
                .executeOnKey(id, whole)
                .session();
    }

    /** Hazelcast fills the cache after it has answered. */
    private void awaitCached() {
        HazelcastSessionStore reader = stores.get(READER);
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            long hits = reader.nearHits();
            near(READER, null);
            return reader.nearHits() > hits;
        });
    }

    /** What was not got within half a second, as when this machine stands still, is asked for again. */
    private Loaded.Found near(int node, Version known) {
        Deadline end = soon();
        Loaded.Found found;
        do {
            assertThat(end.isOver()).as("not got").isFalse();
            found = stores.get(node).near(id, known, 0, soon());
        } while (found == null);
        return found;
    }

    private Version change(int node, Version base, String value) {
        return ((Saved.Applied) stores.get(node)
                        .save(
                                id,
                                Change.by(stores.get(node))
                                        .upon(base)
                                        .set("n", value)
                                        .delta(),
                                soon()))
                .version();
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }
}
