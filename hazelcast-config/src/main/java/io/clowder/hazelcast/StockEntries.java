/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.query.Predicates;
import io.clowder.store.Answer;
import io.clowder.store.Command;
import io.clowder.store.Deadline;
import io.clowder.store.ProtocolStore;
import io.clowder.store.RecordFormat;
import io.clowder.store.SessionRecord;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession;
import io.clowder.store.Trace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a map whose members have nothing of ours. Its values are bytes, and commands run here: an entry is read, the
 * command applied, and what comes of it set if the entry is still as it was; else everything is done again.
 */
/* A use that a load notes is no new state, and is not worth a record on its way there and back. It has a place of its own, which goes
 * by itself when the session is over. Between a use and an end there is a tenth of the timeout (Command.Load, Command.Claim), so
 * it does no harm that both places are not changed together. */
final class StockEntries implements SessionEntries {

    /** How old what is known of an entry may be at a look: an end that was claimed there meanwhile waits so long. */
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);

    /** How long a use of a session without a timeout is remembered. */
    private static final Duration LONGEST_NOTE = Duration.ofDays(1);

    private static final Duration NOTE_MARGIN = Duration.ofMinutes(1);

    /** How many entries are read at once. */
    private static final int BATCH = 50;

    /** The longest pause after somebody else was faster, times the attempt. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final int LONGEST_PAUSE = 10;

    private final HazelcastInstance client;
    private final String mapName;
    private final OwnThreads threads;
    private final LongAdder operations = new LongAdder();
    private final LongAdder calls = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder bytesRead = new LongAdder();

    /** By one key of each partition looked through together: the times before which the entries there need no look. Of the looker alone. */
    private final Map<Set<String>, Map<String, Long>> notBefore = new HashMap<>();

    StockEntries(HazelcastInstance client, String mapName, OwnThreads threads) {
        this.client = client;
        this.mapName = mapName;
        this.threads = threads;
    }

    /** The map of uses that loads note, which belongs to this map of sessions. */
    static String notesOf(String mapName) {
        return StockMaps.NOTES + mapName.substring(MemberConfig.SESSION_MAP.length());
    }

    private IMap<String, byte[]> map() {
        return client.getMap(mapName);
    }

    private IMap<String, Long> notes() {
        return client.getMap(notesOf(mapName));
    }

    /** An entry as it was read: its bytes, and what they are, with the use that was noted. */
    private static final class Seen {

        private final byte @Nullable [] kept;
        private final @Nullable StoredSession session;

        Seen(byte @Nullable [] kept, @Nullable StoredSession session) {
            this.kept = kept;
            this.session = session;
        }
    }

    @Override
    public Answer execute(String id, Command command, Deadline deadline) {
        operations.increment();
        return Calls.repeat(
                () -> answer(id, command, deadline),
                client,
                () -> "Session " + ProtocolStore.shortened(id) + ": its "
                        + command.getClass().getSimpleName(),
                deadline);
    }

    private Answer answer(String id, Command command, Deadline deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        for (int attempt = 1; ; attempt++) {
            Answer answer = threads.call(
                    () -> attempt(id, command), deadline.remaining().toNanos());
            if (answer != null) {
                return answer;
            }
            long longest = PAUSE_NANOS * Math.min(LONGEST_PAUSE, attempt);
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(longest));
        }
    }

    /** Null when somebody else changed the entry meanwhile. */
    private @Nullable Answer attempt(String id, Command command) throws InterruptedException, ExecutionException {
        Seen seen = read(id);
        Command.Outcome outcome = command.apply(seen.session);
        StoredSession next = outcome.next();
        boolean done = switch (outcome.effect()) {
            case NONE -> true;
            case NOTED -> next instanceof SessionRecord record && note(id, record);
            // A repeat, too: its backup may lack what it finds.
            case CHANGED, REPLACED -> next != null && write(id, seen, next);
        };
        return done ? outcome.answer() : null;
    }

    private Seen read(String id) throws InterruptedException, ExecutionException {
        calls.add(2);
        Future<Long> note = threads.begin(() -> notes().get(id));
        byte[] kept = map().get(id);
        if (kept == null) {
            note.cancel(false);
            return new Seen(null, null);
        }
        bytesRead.add(kept.length);
        return new Seen(kept, session(kept, note.get()));
    }

    /** What these bytes are, with a use if one was noted. */
    static StoredSession session(byte[] kept, @Nullable Long note) {
        StoredSession session = RecordFormat.readSession(kept);
        return note != null
                        && session instanceof SessionRecord record
                        && note > record.times().accessedAt()
                ? record.usedAt(note)
                : session;
    }

    private boolean note(String id, SessionRecord used) {
        notes().set(id, used.notedAt(), life(used.times().maxInactiveSeconds()), TimeUnit.SECONDS);
        calls.increment();
        return true;
    }

    private static long life(int maxInactiveSeconds) {
        Duration needed = Duration.ofSeconds(maxInactiveSeconds).multipliedBy(2).plus(NOTE_MARGIN);
        return (maxInactiveSeconds <= 0 ? LONGEST_NOTE : needed).toSeconds();
    }

    private boolean write(String id, Seen seen, StoredSession next) {
        byte[] before = seen.kept;
        byte[] after = before != null && next == seen.session ? before : RecordFormat.write(next);
        bytes.add(after.length + (before == null ? 0 : before.length));
        calls.increment();
        return before == null ? map().putIfAbsent(id, after) == null : map().replace(id, before, after);
    }

    /** Reads ids, and of the entries those that are new, may be due by now, or were read some minutes ago. */
    @Override
    public Set<String> due(Set<String> keys, long millis) {
        if (keys.isEmpty()) {
            notBefore.clear(); // somebody else looks
            return Set.of();
        }
        Map<String, Long> known = notBefore.getOrDefault(keys, Map.of());
        Map<String, Long> next = new HashMap<>();
        Set<String> due = new HashSet<>();
        look("Entries could not be looked through", () -> {
            Set<String> ids = map().keySet(Predicates.multiPartitionPredicate(keys, Predicates.alwaysTrue()));
            List<String> unknown = new ArrayList<>();
            for (String id : ids) {
                long time = known.getOrDefault(id, Long.MIN_VALUE);
                if (time <= millis) {
                    unknown.add(id);
                } else {
                    next.put(id, time);
                }
            }
            forEach(unknown, (id, kept, session) -> {
                if (isOver(session, millis)) {
                    map().remove(id, kept);
                } else if (session.isDueAt(millis)) {
                    due.add(id);
                } else {
                    next.put(id, Math.min(dueAt(session), millis + LOOK_AGAIN.toMillis()));
                }
            });
            return true;
        });
        notBefore.put(keys, next);
        return due;
    }

    /** Entries have no life of their own here: each replacement would take it from them. */
    private static boolean isOver(StoredSession session, long millis) {
        return session instanceof StoredSession.Tombstone tomb
                && millis - tomb.endedAt() >= StoredSession.Tombstone.LIFE.toMillis();
    }

    private static long dueAt(StoredSession session) {
        if (session instanceof StoredSession.Sealed sealed) {
            return dueAt(sealed.record());
        }
        if (session instanceof SessionRecord record) {
            return record.times()
                    .accessedAsIn(new SessionTimes(0, record.notedAt(), 0))
                    .overAt();
        }
        return session instanceof StoredSession.Tombstone tomb
                ? tomb.endedAt() + StoredSession.Tombstone.LIFE.toMillis()
                : Long.MIN_VALUE;
    }

    /** Takes one of many entries. */
    private interface Each {
        void is(String id, byte[] kept, StoredSession session);
    }

    private void forEach(List<String> ids, Each each) {
        for (int from = 0; from < ids.size(); from += BATCH) {
            Set<String> batch = Set.copyOf(ids.subList(from, Math.min(ids.size(), from + BATCH)));
            calls.add(2);
            Map<String, Long> used = notes().getAll(batch);
            map().getAll(batch).forEach((id, kept) -> {
                bytesRead.add(kept.length);
                each.is(id, kept, session(kept, used.get(id)));
            });
        }
    }

    @Override
    public Map<String, Trace> traces(Set<String> ids, Deadline deadline) {
        return Calls.repeat(
                () -> threads.call(() -> traces(ids), deadline.remaining().toNanos()),
                client,
                () -> "A look at " + ids.size() + " sessions",
                deadline);
    }

    private Map<String, Trace> traces(Set<String> ids) {
        Map<String, Trace> traces = new HashMap<>();
        forEach(List.copyOf(ids), (id, kept, session) -> {
            Trace trace = session.trace(id);
            if (trace != null) {
                traces.put(id, trace);
            }
        });
        return traces;
    }

    /** Every entry is read: from outside, a session and what is left of one look alike. */
    @Override
    public Set<String> living() {
        return look("The sessions of the cluster could not be listed", () -> {
            Set<String> living = new HashSet<>();
            forEach(List.copyOf(map().keySet()), (id, kept, session) -> {
                if (!(session instanceof StoredSession.Tombstone)) {
                    living.add(id);
                }
            });
            return living;
        });
    }

    @Override
    public long livingCount() {
        return living().size();
    }

    private static <T> T look(String failure, Callable<T> look) {
        try {
            return look.call();
        } catch (Exception e) { // Hazelcast has no common type, and the next look makes up for any failure
            throw new StoreUnavailableException(failure, e);
        }
    }

    @Override
    public long operations() {
        return operations.sum();
    }

    /** Those of records, before and after. */
    @Override
    public long bytes() {
        return bytes.sum();
    }

    /** How many bytes of records were read. */
    long bytesRead() {
        return bytesRead.sum();
    }

    /** How many calls of the maps that took. */
    long calls() {
        return calls.sum();
    }
}
