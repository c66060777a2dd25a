/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.store.SessionTimes;
import io.clowder.store.Version;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Lets go of copies that nobody has asked for, and remembers what this node has to know of their sessions. Thread-safe. */
final class Evictions {

    /** A copy of a session that another node holds is dropped after this idleness. */
    private static final Duration SPARE_IDLENESS = Duration.ofSeconds(60);

    /** When there are too many copies, one in so many more than needed is evicted: the next request need not look again. */
    private static final int SURPLUS_SHARE = 20;

    private final ConcurrentMap<String, LiveSession> copies;
    private final ConcurrentMap<String, Evicted> evicted = new ConcurrentHashMap<>();
    private final ReentrantLock trimming = new ReentrantLock();
    private final boolean sticky;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final SessionStatistics statistics;
    private final Predicate<LiveSession> save;
    private volatile int maxCopies = Integer.MAX_VALUE;

    /** Above this number of copies some are evicted; more than allowed while too many cannot be. */
    private volatile int trimAbove = Integer.MAX_VALUE;

    /**
     * Of the sessions of one application.
     *
     * @param copies by session id; what is evicted is removed from them
     * @param save saves a copy, and says whether the store has it now
     */
    Evictions(
            ConcurrentMap<String, LiveSession> copies,
            boolean sticky,
            InstantSource clock,
            LongSupplier nanoTime,
            SessionStatistics statistics,
            Predicate<LiveSession> save) {
        this.copies = copies;
        this.sticky = sticky;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.statistics = statistics;
        this.save = save;
    }

    /**
     * What this node remembers of a session whose copy it evicted: enough to end it in time, and to know an older state.
     *
     * @param times with the newest access known here
     * @param counter of the version that the copy had
     */
    record Evicted(SessionTimes times, long counter) {}

    /** From now on evicts the copies used least recently when there are more than that; at least 1. */
    void limit(int most) {
        maxCopies = most;
        trimAbove = most;
    }

    /** What is remembered of a session, null when nothing is. */
    @Nullable
    Evicted of(String id) {
        return evicted.get(id);
    }

    /** Remembers something else of the session, unless that was changed or forgotten since. */
    void replace(String id, Evicted before, Evicted now) {
        evicted.replace(id, before, now);
    }

    /** Remembers nothing of the session any more, unless that was changed since. */
    void forget(String id, Evicted before) {
        evicted.remove(id, before);
    }

    /** There is a copy of the session again, or it has ended. */
    void forget(String id) {
        evicted.remove(id);
    }

    /** The session was used. */
    void used(String id, SessionTimes times) {
        evicted.computeIfPresent(
                id, (any, before) -> new Evicted(before.times().accessedAsIn(times), before.counter()));
    }

    /**
     * Another node has the session from this version on.
     *
     * @return its times as far as they were remembered, null when nothing was
     */
    @Nullable
    SessionTimes released(String id, long counter) {
        Evicted before = evicted.get(id);
        if (before != null && before.counter() < counter) {
            forget(id, before);
        }
        return before == null ? null : before.times();
    }

    void clear() {
        evicted.clear();
    }

    /** Drops a copy that nobody uses and that has nothing which the store has not; the session comes back from there. */
    boolean evict(LiveSession live) {
        return !live.hasLocal() && drop(live);
    }

    /** As {@link #evict}, but values that the store cannot keep are lost. */
    boolean drop(LiveSession live) {
        if (!isSaved(live) || !live.close()) {
            return false;
        }
        if (isSaved(live)) {
            live.face().leaving();
        }
        boolean left = isSettled(live) && remove(live);
        if (left) {
            live.evicted = true;
            statistics.evictions.increment();
            live.face().left();
        } else {
            live.reopen();
        }
        return left;
    }

    private static boolean isSaved(LiveSession live) {
        return live.isWorn()
                && !live.ended
                && live.version != null
                && live.pending == null
                && !live.isApart()
                && !live.isChanged()
                && live.face().times().maxInactiveSeconds() == live.stored().maxInactiveSeconds();
    }

    /** Whether the store has everything; what the application changed when it was told is saved. */
    private boolean isSettled(LiveSession live) {
        if (!isSaved(live)) {
            if (!save.test(live)) {
                return false; // the copy stays, and the next save carries it
            }
            live.forgetHeld();
        }
        return isSaved(live);
    }

    private boolean remove(LiveSession live) {
        Version version = live.version;
        // A roaming session that nobody ends by its idleness needs no note, and nobody would tell this node when it
        // ends.
        boolean noted = sticky ? live.isHeld() : live.stored().maxInactiveSeconds() > 0;
        if (version != null && noted) { // before the copy goes: another node may ask for the times
            evicted.put(live.id(), new Evicted(live.face().times(), version.counter()));
        }
        return copies.remove(live.id(), live);
    }

    /** Evicts copies beyond the limit, those first that were used least recently. */
    void trim() {
        if (copies.size() <= trimAbove || !trimming.tryLock()) {
            return;
        }
        try {
            List<Map.Entry<Long, LiveSession>> byUse = new ArrayList<>();
            copies.values().forEach(copy -> byUse.add(Map.entry(copy.usedAt, copy)));
            byUse.sort(Map.Entry.comparingByKey());
            int surplus = byUse.size() - maxCopies + maxCopies / SURPLUS_SHARE;
            for (int i = 0; i < byUse.size() && surplus > 0; i++) {
                LiveSession copy = byUse.get(i).getValue();
                if (!storeLocal(copy)) {
                    break; // the others would wait as long
                }
                surplus -= evict(copy) ? 1 : 0;
            }
            int left = copies.size();
            trimAbove = left <= maxCopies ? maxCopies : left + maxCopies / SURPLUS_SHARE;
        } finally {
            trimming.unlock();
        }
    }

    /** Stores what is on this node alone, so that it can be evicted like any other; false when that does not succeed now. */
    private boolean storeLocal(LiveSession copy) {
        if (!copy.isLocal() || copy.isInUse() || copy.hasLocal()) {
            return true;
        }
        copy.keepLocal(false);
        return save.test(copy);
    }

    /**
     * Evicts copies that nobody has asked for: of sessions that another node holds after a minute, or their allowed idleness if
     * that is shorter, others after the time given, and beyond the limit.
     *
     * @param idleness null for ever
     */
    void evictIdle(@Nullable Duration idleness) {
        long now = nanoTime.getAsLong();
        for (LiveSession copy : copies.values()) {
            long idle = now - copy.usedAt;
            if (sticky && !copy.isHeld()) {
                if (isOver(copy, idle)) {
                    drop(copy);
                } else if (idle > SPARE_IDLENESS.toNanos()) {
                    evict(copy); // what the store cannot keep stays for as long as the session might come back
                }
            } else if (idleness != null && idle > idleness.toNanos()) {
                evict(copy);
            }
        }
        trimAbove = maxCopies;
        trim();
    }

    private static boolean isOver(LiveSession copy, long idleNanos) {
        int allowed = copy.stored().maxInactiveSeconds();
        return allowed > 0 && idleNanos > TimeUnit.SECONDS.toNanos(allowed);
    }

    /** Ids of the sessions without a copy here that were not used for their allowed idleness, as far as this node knows. */
    List<String> idle() {
        long now = clock.millis();
        List<String> ids = new ArrayList<>();
        evicted.forEach((id, before) -> {
            if (sticky ? before.times().isIdleAt(now) : before.times().isOverAt(now)) {
                ids.add(id);
            }
        });
        return ids;
    }
}
