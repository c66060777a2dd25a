/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static io.clowder.store.Change.values;
import static io.clowder.store.Rendered.render;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Three nodes with live copies over the real protocol: they write, save, load, take over, rename, end and create again, while
 * commands and answers are lost and any command arrives once more at any later time.
 */
class DeliveryTest {

    private static final int STEPS = 60;

    @Test
    void whateverIsLostLateOrRepeatedCopiesAndBackupsAreTrueAndTheEndedStayEnded() {
        Property.holds(300, STEPS, (seed, steps) -> {
            History history = new History(seed);
            for (int i = 0; i < steps; i++) {
                history.step();
            }
            history.settle();
        });
    }

    @Test
    void theHistoriesAreNotPoor() {
        Map<String, Integer> seen = new TreeMap<>();
        for (int seed = 1; seed <= 200; seed++) {
            History history = new History(seed);
            for (int i = 0; i < STEPS; i++) {
                history.step();
            }
            history.seen.forEach((what, count) -> seen.merge(what, count, Integer::sum));
        }
        assertThat(seen)
                .containsKeys("lost Save", "unanswered Save", "late Save", "late Create", "late Seal", "late Unseal")
                .containsKeys("lost Create", "unanswered Create", "unanswered Bury", "late Claim", "late Bury");
        assertThat(seen.get("renamed")).isGreaterThan(100);
        assertThat(seen.get("ended")).isGreaterThan(100);
        assertThat(seen.get("created again")).isGreaterThan(50);
        assertThat(seen.get("end taken over")).isGreaterThan(10);
        assertThat(seen.get("reaped")).isGreaterThan(50);
        assertThat(seen.get("with others' changes")).isGreaterThan(50);
    }

    /** What one node has of the session under one id. */
    private static final class Copy {
        final Map<String, String> values = new TreeMap<>();
        final Map<String, @Nullable String> unsaved = new TreeMap<>();
        final boolean reused;
        String id;
        long createdAt;

        @Nullable
        Version version;

        @Nullable
        SessionDelta pending;

        Copy(String id, long createdAt, boolean reused) {
            this.id = id;
            this.createdAt = createdAt;
            this.reused = reused;
        }

        void write(String name, @Nullable String value) {
            put(values, name, value);
            unsaved.put(name, value);
        }

        void merge(Version newer, Changes changes) {
            if (changes.whole()) {
                values.clear();
            }
            values.keySet().removeAll(changes.removed());
            values.putAll(values(changes.set()));
            unsaved.forEach((name, value) -> put(values, name, value));
            version = newer;
            createdAt = changes.times().createdAt();
        }

        private static void put(Map<String, String> map, String name, @Nullable String value) {
            if (value == null) {
                map.remove(name);
            } else {
                map.put(name, value);
            }
        }
    }

    private record Sent(String id, Command command) {}

    private static final class History implements InMemoryCluster.Network {

        private final InMemoryCluster cluster = new InMemoryCluster();
        private final List<Map<String, Copy>> copies = List.of(new HashMap<>(), new HashMap<>(), new HashMap<>());
        private final List<String> ids = new ArrayList<>();
        private final List<Sent> sent = new ArrayList<>();
        private final Map<String, StoredSession> owner = new HashMap<>();
        private final Map<String, StoredSession> backup = new HashMap<>();
        private final Set<Long> ended = new HashSet<>();
        private final Map<String, Integer> seen = new TreeMap<>();
        private final Random random;
        private boolean reliable;
        private long lives;
        private int written;

        History(long seed) {
            random = new Random(seed);
            cluster.goesThrough(this);
        }

        private void saw(String what) {
            seen.merge(what, 1, Integer::sum);
        }

        void step() {
            int node = random.nextInt(3);
            String id = ids.isEmpty() ? "" : ids.get(Math.max(0, ids.size() - 1 - random.nextInt(3)));
            try {
                switch (random.nextInt(ids.isEmpty() ? 1 : 13)) {
                    case 0 -> create(node);
                    case 1 -> late();
                    case 2 -> rename(node, id);
                    case 3 -> end(node, id);
                    case 4 -> sweep(node);
                    case 5, 6, 7 -> open(node, id);
                    default -> use(node, id);
                }
            } catch (StoreUnavailableException e) {
                saw("unavailable");
            }
        }

        /** Delivers everything once more, then looks at each node's copy, with a network that loses nothing. */
        void settle() {
            reliable = true;
            for (Sent each : sent) {
                Answer unused = cluster.execute(each.id(), each.command());
            }
            for (int node = 0; node < 3; node++) {
                for (String id : ids) {
                    open(node, id);
                }
            }
            for (int node = 0; node < 3; node++) {
                for (Copy copy : List.copyOf(copies.get(node).values())) {
                    save(node, copy);
                }
            }
        }

        private void create(int node) {
            List<String> free = ids.stream()
                    .filter(each -> owner.get(each) instanceof StoredSession.Tombstone tomb && tomb.newId() == null)
                    .filter(each -> !copies.get(node).containsKey(each))
                    .toList();
            boolean again = !free.isEmpty() && random.nextInt(4) > 0;
            String under = again ? free.get(random.nextInt(free.size())) : "s" + ids.size();
            if (again) {
                saw("created again");
            } else {
                ids.add(under);
            }
            Copy copy = new Copy(under, ++lives, again);
            copies.get(node).put(under, copy);
            write(copy);
            save(node, copy);
        }

        private void use(int node, String id) {
            Copy copy = copies.get(node).get(id);
            if (copy == null) {
                open(node, id);
                return;
            }
            write(copy);
            if (random.nextBoolean()) {
                save(node, copy);
            }
        }

        private void write(Copy copy) {
            for (int i = random.nextInt(3); i >= 0; i--) {
                boolean many = random.nextInt(30) == 0;
                for (int n = many ? 40 : 0; n >= 0; n--) {
                    String name = "n" + random.nextInt(many ? 60 : 6);
                    copy.write(name, many || random.nextInt(3) == 0 ? null : "v" + ++written);
                }
            }
        }

        private void save(int node, Copy copy) {
            resend(node, copy);
            if (isHere(node, copy) && (!copy.unsaved.isEmpty() || copy.version == null)) {
                Change change = Change.by(cluster.store(node)).created(copy.createdAt);
                if (copy.version == null) {
                    change.heldBy(cluster.store(node).node());
                    if (copy.reused) {
                        change.whole();
                    }
                } else {
                    change.upon(copy.version);
                }
                copy.unsaved.forEach((name, value) -> {
                    if (value == null) {
                        change.remove(name);
                    } else {
                        change.set(name, value);
                    }
                });
                copy.unsaved.clear();
                copy.pending = change.delta();
                resend(node, copy);
            }
        }

        private void resend(int node, Copy copy) {
            SessionDelta pending = copy.pending;
            if (pending == null) {
                return;
            }
            Saved saved;
            try {
                saved = cluster.store(node).save(copy.id, pending, Deadline.in(Duration.ofSeconds(20)));
            } catch (IllegalStateException e) { // the id is in use
                copies.get(node).remove(copy.id);
                return;
            }
            copy.pending = null;
            if (saved instanceof Saved.Applied applied) {
                if (!applied.changes().isEmpty()) {
                    saw("with others' changes");
                }
                copy.merge(applied.version(), applied.changes());
                compare(copy);
            } else {
                copies.get(node).remove(copy.id);
            }
        }

        private boolean isHere(int node, Copy copy) {
            return copies.get(node).get(copy.id) == copy;
        }

        private void open(int node, String id) {
            giveUpOthers(node, id);
            Copy copy = copies.get(node).computeIfAbsent(id, fresh -> new Copy(id, 0, false));
            boolean found = false;
            try {
                resend(node, copy);
                if (isHere(node, copy)) {
                    found = ask(node, copy);
                }
            } finally {
                if (!found && copy.version == null && copy.pending == null) {
                    copies.get(node).remove(id, copy);
                }
            }
        }

        /**
         * A node has one copy of a session: its writes are numbered in one order, and what it wrote itself it is not told.
         * After a rename on another node the copy under the old id has to be through before one under the new id begins.
         */
        private void giveUpOthers(int node, String id) {
            StoredSession entry = owner.get(id);
            if (entry instanceof StoredSession.Sealed sealed) {
                entry = sealed.record();
            }
            if (entry instanceof SessionRecord record) {
                for (Copy other : List.copyOf(copies.get(node).values())) {
                    if (!other.id.equals(id)
                            && other.createdAt == record.times().createdAt()) {
                        save(node, other);
                        copies.get(node).remove(other.id, other);
                    }
                }
            }
        }

        private boolean ask(int node, Copy copy) {
            Deadline deadline = Deadline.in(Duration.ofSeconds(20));
            SessionStore store = cluster.store(node);
            Loaded loaded = random.nextBoolean()
                    ? store.load(copy.id, copy.version, deadline)
                    : store.take(copy.id, copy.version, deadline);
            if (loaded instanceof Loaded.Found found) {
                copy.merge(found.version(), found.changes());
                compare(copy);
                return true;
            }
            copies.get(node).remove(copy.id, copy);
            return false;
        }

        private void rename(int node, String id) {
            Copy copy = copies.get(node).get(id);
            if (copy == null) {
                return;
            }
            resend(node, copy);
            if (!isHere(node, copy) || copy.version == null) {
                return;
            }
            String newId = "s" + ids.size();
            ids.add(newId);
            Saved saved = cluster.store(node).rename(id, newId, Deadline.in(Duration.ofSeconds(20)));
            copies.get(node).remove(id, copy);
            if (saved instanceof Saved.Applied) {
                saw("renamed");
                copy.id = newId;
                copies.get(node).put(newId, copy);
            }
        }

        private void end(int node, String id) {
            Copy copy = copies.get(node).get(id);
            if (copy == null || random.nextBoolean()) {
                return;
            }
            resend(node, copy);
            if (isHere(node, copy) && copy.version != null) {
                Deadline deadline = Deadline.in(Duration.ofSeconds(20));
                boolean ours = cluster.store(node).end(id, null, deadline) != null;
                copies.get(node).remove(id, copy);
                if (ours) {
                    saw("ended");
                    cluster.store(node).announced(id, deadline);
                }
            }
        }

        /** Finishes what others began to end, and ends one session that nobody looks after; all are idle for very long. */
        private void sweep(int node) {
            Deadline deadline = Deadline.in(Duration.ofSeconds(20));
            SessionStore store = cluster.store(node);
            boolean one = false;
            for (String id : store.due(1, deadline)) {
                boolean claimed = owner.get(id) instanceof StoredSession.Ending;
                if ((claimed || !one) && store.reap(id, deadline) != null) {
                    saw(claimed ? "end taken over" : "reaped");
                    store.announced(id, deadline);
                    one |= !claimed;
                }
            }
        }

        /** Any command that was ever sent arrives, perhaps not for the first time. */
        private void late() {
            Sent again = sent.get(random.nextInt(sent.size()));
            boolean before = reliable;
            reliable = true;
            saw("late " + again.command().getClass().getSimpleName());
            Answer unused = cluster.execute(again.id(), again.command());
            reliable = before;
        }

        /** What the copy has is what the record has, and what was written here since. */
        private void compare(Copy copy) {
            List<SessionRecord> live = owner.values().stream()
                    .filter(SessionRecord.class::isInstance)
                    .map(SessionRecord.class::cast)
                    .filter(record -> record.times().createdAt() == copy.createdAt)
                    .toList();
            assertThat(live)
                    .as("records of a session of which a node was answered")
                    .hasSize(1);
            assertThat(copy.version).isEqualTo(live.get(0).version());
            Map<String, String> expected = values(live.get(0).attributes());
            copy.unsaved.forEach((name, value) -> Copy.put(expected, name, value));
            assertThat(copy.values).isEqualTo(expected);
        }

        @Override
        public void sent(String id, Command command) {
            if (!reliable) {
                sent.add(new Sent(id, command));
                if (random.nextInt(12) == 0) {
                    saw("lost " + command.getClass().getSimpleName());
                    throw new StoreUnavailableException("lost", null);
                }
            }
        }

        @Override
        public void executed(String id, @Nullable StoredSession before, Command command, Command.Outcome outcome) {
            StoredSession next = outcome.next();
            StoredSession follower = CommandBackupTest.follow(backup.get(id), before, command, outcome);
            assertThat(render(follower)).as("backup after %s", command).isEqualTo(render(next));
            backup.put(id, follower);
            owner.put(id, next);
            if (before instanceof StoredSession.Ending ending && next instanceof StoredSession.Tombstone) {
                ended.add(ending.record().times().createdAt());
            }
            if (next instanceof SessionRecord record && outcome.effect() != Command.Effect.NONE) {
                long life = record.times().createdAt();
                assertThat(ended).as("ended, and brought back by %s", command).doesNotContain(life);
                assertThat(owner.values())
                        .filteredOn(entry -> entry instanceof SessionRecord one
                                && one.times().createdAt() == life)
                        .as("one session under several ids")
                        .hasSize(1);
            }
            if (!reliable && random.nextInt(12) == 0) {
                saw("unanswered " + command.getClass().getSimpleName());
                throw new StoreUnavailableException("unanswered", null);
            }
        }
    }
}
