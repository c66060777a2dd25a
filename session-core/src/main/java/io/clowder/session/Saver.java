/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.store.Deadline;
import io.clowder.store.HybridClock;
import io.clowder.store.Loaded;
import io.clowder.store.OperationId;
import io.clowder.store.Saved;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionStore;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoredSession.Tombstone;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Brings what a copy has into the store, and what others have changed into the copy. Whoever calls a method that speaks to the store
 * has the copy's lock; each of them throws {@link io.clowder.store.StoreUnavailableException}, and changes stay marked then.
 */
final class Saver {

    /** Copies whose changes are older might bring back a session whose tombstone is gone. */
    private static final long REMEMBERED_MILLIS = Tombstone.LIFE.minusMinutes(5).toMillis();

    private final SessionStore store;
    private final boolean sticky;
    private final InstantSource clock;
    private final HybridClock stamps;
    private final SessionStatistics statistics;
    private final LongSupplier epoch;
    private final Consumer<LiveSession> onGone;

    /**
     * Of the sessions of one application.
     *
     * @param epoch of trust, which a copy is worth that has just been created
     * @param onGone told of each session that the store says has ended
     */
    Saver(
            SessionStore store,
            boolean sticky,
            InstantSource clock,
            HybridClock stamps,
            SessionStatistics statistics,
            LongSupplier epoch,
            Consumer<LiveSession> onGone) {
        this.store = store;
        this.sticky = sticky;
        this.clock = clock;
        this.stamps = stamps;
        this.statistics = statistics;
        this.epoch = epoch;
        this.onGone = onGone;
    }

    /** Whether a request that has used the copy has something to save, or to wait for. Takes no lock. */
    static boolean isNeeded(LiveSession live) {
        if (live.ended) {
            return false;
        }
        // The order matters: a save clears the marks within the lock, and leaves it acknowledged or pending.
        return live.isChanged() || live.lock.isLocked() || live.pending != null || live.isApart() || isDue(live);
    }

    /** Whether the store must hear of the session although no attribute has changed. */
    private static boolean isDue(LiveSession live) {
        return !live.isLocal() && (!live.isStored() || isAccessDue(live));
    }

    private static boolean isAccessDue(LiveSession live) {
        SessionTimes now = live.face().times();
        SessionTimes stored = live.stored();
        return now.maxInactiveSeconds() != stored.maxInactiveSeconds()
                || (now.maxInactiveSeconds() > 0
                        && now.accessedAt() - stored.accessedAt() >= Sessions.shareOf(now.maxInactiveSeconds()));
    }

    /** Saves what has changed, and what the store must hear of; nothing if there is nothing. */
    void save(LiveSession live, Deadline deadline) {
        settle(live, deadline);
        if (live.ended || !(live.isChanged() || isDue(live))) {
            return;
        }
        long before = stamps.next();
        SessionDelta delta = drain(live);
        // Where nothing is stored, there is nothing to remove.
        boolean empty =
                delta.set().isEmpty() && (live.isLocal() || delta.removed().isEmpty());
        if (!empty || isDue(live)) {
            send(live, delta, deadline);
            live.wholeAt(before);
        }
    }

    /** All that has changed, which is marked as sent. */
    SessionDelta drain(LiveSession live) {
        OperationId operation = store.nextOperation();
        SessionTimes times = live.face().times();
        Map<String, SessionDelta.Write> set = new HashMap<>();
        Map<String, Long> removed = new HashMap<>();
        // Last: what is drained is unmarked, and must reach the delta.
        live.attributes().drain(set, removed, live::solitude);
        live.container().drain(set, removed, live::solitude);
        return new SessionDelta(
                operation,
                live.version,
                set,
                removed,
                times,
                sticky ? store.node() : null,
                live.version == null && live.isReused(),
                live.isSettled(),
                times.maxInactiveSeconds() != live.stored().maxInactiveSeconds());
    }

    /** Brings to an end what began before: a change that was not acknowledged, a time in which the store was away. */
    void settle(LiveSession live, Deadline deadline) {
        if (live.isApart()) {
            join(live, deadline);
            return;
        }
        SessionDelta unacknowledged = live.pending;
        if (unacknowledged != null) {
            send(live, unacknowledged, deadline);
        }
    }

    /** Puts the copy together with what the store has. What the store did not acknowledge before is part of the copy. */
    private void join(LiveSession live, Deadline deadline) {
        if (!live.isLost() && !isRemembered(live) && store.load(live.id(), null, deadline) instanceof Loaded.Gone) {
            onGone.accept(live);
            return;
        }
        SessionDelta changes = drain(live);
        SessionDelta unacknowledged = live.pending;
        Map<String, Long> removed = new HashMap<>();
        if (unacknowledged != null) {
            removed.putAll(unacknowledged.removed());
        }
        removed.putAll(changes.removed());
        live.attributes().copyRemovals(removed);
        live.container().copyRemovals(removed);
        Map<String, SessionDelta.Write> set = new HashMap<>();
        boolean whole = live.attributes().copyWritable(set);
        whole &= live.container().copyWritable(set);
        set.putAll(changes.set());
        removed.keySet().removeAll(set.keySet());
        long wholeAt = whole ? Math.max(1, live.wholeAt()) : 1;
        SessionDelta copy = new SessionDelta(
                changes.operation(),
                changes.base(),
                set,
                removed,
                changes.times(),
                changes.holder(),
                true,
                false,
                changes.timeoutSet(),
                wholeAt);
        send(live, copy, deadline);
        live.joined();
        statistics.joined.increment();
    }

    /** Whether the store has lost the session: it would remember its end, and nobody else may have ended what is held here. */
    boolean isLost(LiveSession copy, boolean known) {
        return !known && sticky && copy.isWorn() && copy.version != null && copy.isHeld() && isRemembered(copy);
    }

    /** Whether the store would still have a tombstone of the session, had it ended since this copy knew all of it. */
    private boolean isRemembered(LiveSession copy) {
        return clock.millis() - REMEMBERED_MILLIS < HybridClock.millisOf(copy.wholeAt());
    }

    /** Sends a change, again as it is until it is acknowledged, and takes in what others changed. */
    void send(LiveSession live, SessionDelta delta, Deadline deadline) {
        live.pending = delta;
        Saved saved;
        try {
            saved = store.save(live.id(), delta, deadline);
        } catch (IllegalStateException e) {
            if (delta.base() == null) { // another node has created one of that id: the next request gets that
                onGone.accept(live);
            }
            throw e;
        }
        statistics.saves.increment();
        if (saved instanceof Saved.Gone gone && delta.wholeAt() == 0 && isLost(live, gone.known())) {
            live.isLostByStore();
            join(live, deadline);
            return;
        }
        if (!(saved instanceof Saved.Applied applied)) {
            onGone.accept(live); // while it is pending: what was bound here with this change, nobody else unbinds
            live.pending = null;
            return;
        }
        live.pending = null;
        statistics.conflicts.add(applied.conflicts());
        if (live.version == null) {
            live.trust(epoch.getAsLong());
        }
        live.merge(applied.version(), applied.changes());
        live.stored(live.stored().accessedAsIn(delta.times()));
        if (store.node().equals(applied.holder())) {
            live.heldSince(applied.version().counter());
            live.settledBy(false);
        } else {
            // Also when no release was heard: after a rename elsewhere this copy has the id of a tombstone.
            live.releasedSince(applied.version().counter());
        }
    }
}
