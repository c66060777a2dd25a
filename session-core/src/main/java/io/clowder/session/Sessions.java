/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.codec.AttributeCodec;
import io.clowder.codec.UnwritableAttributeException;
import io.clowder.store.Deadline;
import io.clowder.store.HybridClock;
import io.clowder.store.LiveCopies;
import io.clowder.store.Loaded;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.ProtocolStore;
import io.clowder.store.Saved;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionStore;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.Version;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one web application on one node: opens a copy that may serve, saves what requests changed, ends a session
 * once in the cluster. Thread-safe.
 *
 * <p>Every method that speaks to the store throws {@link StoreUnavailableException} when the store does not answer in time;
 * the session is then as it was, changes stay marked as unsaved.
 */
public final class Sessions implements LiveCopies {

    /** The access time is written when it lies this share of the timeout behind: 30 minutes give 3. */
    private static final int ACCESS_SHARE = 10;

    /** How long the repair of a record waits for a save in progress. */
    private static final long REPAIR_PATIENCE_MILLIS = 100;

    private final ConcurrentHashMap<String, LiveSession> copies = new ConcurrentHashMap<>();
    private final AtomicLong epoch = new AtomicLong();
    private final SessionStatistics statistics = new SessionStatistics();
    private final SessionStore store;
    private final boolean sticky;
    private final Duration patience;
    private final Function<String, LiveSession> shape;
    private final BiFunction<LiveSession, SessionTimes, ContainerSession> container;
    private final LongSupplier nanoTime;

    /**
     * The sessions of one web application.
     *
     * @param open opens the store, given the live copies that it shall speak to
     * @param codec turns values into bytes in the application's class loader
     * @param detection which attributes are looked at for changes in place
     * @param sticky whether this node becomes the holder of the sessions it serves; else it asks before each request
     * @param patience how long a call to the store may take, and after which silence of the cluster copies are doubted
     * @param container makes the container's session for one that came from the store
     * @param onUnsaved told of each attribute that cannot be encoded and therefore stays on this node
     */
    public Sessions(
            Function<LiveCopies, SessionStore> open,
            AttributeCodec codec,
            Detection detection,
            boolean sticky,
            Duration patience,
            BiFunction<LiveSession, SessionTimes, ContainerSession> container,
            BiConsumer<String, RuntimeException> onUnsaved) {
        this(open, codec, detection, sticky, patience, container, onUnsaved, InstantSource.system(), System::nanoTime);
    }

    Sessions(
            Function<LiveCopies, SessionStore> open,
            AttributeCodec codec,
            Detection detection,
            boolean sticky,
            Duration patience,
            BiFunction<LiveSession, SessionTimes, ContainerSession> container,
            BiConsumer<String, RuntimeException> onUnsaved,
            InstantSource wall,
            LongSupplier nanoTime) {
        this.sticky = sticky;
        this.patience = patience;
        this.container = container;
        this.nanoTime = nanoTime;
        HybridClock clock = new HybridClock(wall);
        this.shape = id -> new LiveSession(
                id,
                new TrackedAttributes("", codec, detection, clock, statistics, onUnsaved),
                new TrackedAttributes(LiveSession.CONTAINER, codec, Detection.NONE, clock, statistics, onUnsaved));
        this.store = open.apply(this);
    }

    /** The deadline of a request that begins to speak to the store now. */
    public Deadline deadline() {
        return Deadline.in(patience, nanoTime);
    }

    /** What was counted so far. */
    public SessionStatistics statistics() {
        return statistics;
    }

    /** Whether a session with this id would be kept on this node. */
    public boolean isHome(String id) {
        return store.isHome(id);
    }

    /** A session that has no id yet; known to nobody until {@link #add}. */
    public LiveSession blank() {
        return shape.apply("");
    }

    /**
     * Takes a blank session in under its id. It becomes known to other nodes when it is saved. The caller calls {@link
     * LiveSession#leave} when it is through with it.
     *
     * @param reused whether the client may have had a session of this id before, which has ended
     * @throws IllegalStateException if this node has a session of that id
     */
    public void add(LiveSession blank, String id, boolean reused) {
        blank.moveTo(id);
        blank.enter();
        blank.reuses(reused);
        if (sticky) {
            blank.heldSince(1);
        }
        if (copies.putIfAbsent(id, blank) != null) {
            throw new IllegalStateException("Session " + ProtocolStore.shortened(id) + ": the id is in use already");
        }
    }

    /**
     * The session under this id, in the newest state whose write was answered anywhere; null when there is none. The caller
     * calls {@link LiveSession#leave} when it is through with it.
     *
     * @param ownRoute whether the request names this node as the session's
     */
    public @Nullable LiveSession open(String id, boolean ownRoute, Deadline deadline) {
        while (true) {
            LiveSession present = copies.get(id);
            LiveSession copy = present != null ? present : shape.apply(id);
            if (present == null && copies.putIfAbsent(id, copy) != null) {
                continue;
            }
            if (!copy.enter()) {
                Thread.onSpinWait(); // it is being evicted
                continue;
            }
            LiveSession opened = null;
            try {
                opened = copy.isWorn() && mayServe(copy, ownRoute) ? copy : validate(copy, id, deadline);
            } finally {
                if (opened == null) {
                    copy.leave();
                }
            }
            if (opened != null || copy.ended) {
                return opened;
            }
        }
    }

    private boolean mayServe(LiveSession live, boolean ownRoute) {
        if (!live.isStored()) {
            return true;
        }
        return sticky
                && ownRoute
                && live.isHeld()
                && nanoTime.getAsLong() - store.lastContact() < patience.toNanos()
                && live.isCurrent(epoch.get());
    }

    private @Nullable LiveSession validate(LiveSession copy, String id, Deadline deadline) {
        return locked(copy, deadline, () -> {
            if (copies.get(id) != copy) {
                return null; // ended, renamed or evicted while we waited
            }
            if (copy.isWorn() && !copy.isStored()) {
                return copy;
            }
            // What it lacks is merged below, and must not undo what the store has not acknowledged.
            resend(copy, deadline);
            if (copy.ended) {
                return null;
            }
            // Read before the store is asked: doubt that arises while it answers stays.
            long before = epoch.get();
            Loaded loaded = ask(copy, id, deadline);
            if (!(loaded instanceof Loaded.Found found)) {
                forget(copy);
                return null;
            }
            copy.merge(found.version(), found.changes());
            if (!copy.isWorn()) {
                copy.wear(container.apply(copy, found.changes().times()));
            }
            if (store.node().equals(found.holder())) {
                copy.heldSince(found.version().counter());
                copy.settledBy(true);
            }
            copy.trust(before);
            return copy;
        });
    }

    private Loaded ask(LiveSession copy, String id, Deadline deadline) {
        boolean answered = false;
        try {
            Loaded loaded = sticky ? store.take(id, copy.version, deadline) : store.load(id, copy.version, deadline);
            answered = true;
            (sticky ? statistics.takeovers : statistics.loads).increment();
            return loaded;
        } finally {
            if (!answered && !copy.isWorn()) {
                copies.remove(id, copy); // those who wait for the lock ask anew
            }
        }
    }

    /**
     * Saves what requests changed, and waits for a save of another request: on return, everything that this node's requests
     * have seen of the session is in the store, backups included.
     */
    public void save(LiveSession live, Deadline deadline) {
        if (!needsSave(live)) {
            return;
        }
        locked(live, deadline, () -> {
            saveLocked(live, deadline);
            return null;
        });
    }

    // The order matters: a save clears the marks within the lock, and leaves the lock acknowledged or with a pending
    // delta.
    private boolean needsSave(LiveSession live) {
        if (live.ended) {
            return false;
        }
        return isChanged(live) || live.lock.isLocked() || live.pending != null || !live.isStored() || isAccessDue(live);
    }

    private static boolean isChanged(LiveSession live) {
        return live.isDirty() || live.mayHaveChanged();
    }

    private static boolean isAccessDue(LiveSession live) {
        SessionTimes now = live.face().times();
        SessionTimes stored = live.stored();
        return now.maxInactiveSeconds() != stored.maxInactiveSeconds()
                || (now.maxInactiveSeconds() > 0
                        && now.accessedAt() - stored.accessedAt() >= shareOf(now.maxInactiveSeconds()));
    }

    /** How far a stored access time may lie behind, in milliseconds. */
    public static long shareOf(int maxInactiveSeconds) {
        return maxInactiveSeconds <= 0 ? 0 : maxInactiveSeconds * 1000L / ACCESS_SHARE;
    }

    private void saveLocked(LiveSession live, Deadline deadline) {
        resend(live, deadline);
        if (live.ended || !(isChanged(live) || !live.isStored() || isAccessDue(live))) {
            return;
        }
        SessionDelta delta = drain(live);
        boolean empty = delta.set().isEmpty() && delta.removed().isEmpty();
        if (!empty || !live.isStored() || isAccessDue(live)) {
            send(live, delta, deadline);
        }
    }

    private SessionDelta drain(LiveSession live) {
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

    private void resend(LiveSession live, Deadline deadline) {
        SessionDelta unacknowledged = live.pending;
        if (unacknowledged != null) {
            send(live, unacknowledged, deadline);
        }
    }

    private void send(LiveSession live, SessionDelta delta, Deadline deadline) {
        live.pending = delta;
        Saved saved;
        try {
            saved = store.save(live.id(), delta, deadline);
        } catch (IllegalStateException e) {
            if (delta.base() == null) { // another node has created one of that id: the next request gets that
                forget(live);
            }
            throw e;
        }
        statistics.saves.increment();
        live.pending = null;
        if (!(saved instanceof Saved.Applied applied)) {
            forget(live);
            return;
        }
        statistics.conflicts.add(applied.conflicts());
        if (live.version == null) {
            live.trust(epoch.get());
        }
        live.merge(applied.version(), applied.changes());
        live.stored(live.stored().accessedAsIn(delta.times()));
        if (store.node().equals(applied.holder())) {
            live.heldSince(applied.version().counter());
            live.settledBy(false);
        } else {
            // Also when no release was heard: after a rename by another node this copy has the id of a tombstone.
            live.releasedSince(applied.version().counter());
        }
    }

    /** Moves the session to another id, everywhere: from the return on, the old one names no session. */
    public void rename(LiveSession live, String newId, Deadline deadline) {
        locked(live, deadline, () -> {
            resend(live, deadline);
            if (live.ended) {
                return null;
            }
            String oldId = live.id();
            // Before the store is asked: a save that meets the rename tells this node of itself under the new id.
            copies.put(newId, live);
            boolean moved = false;
            try {
                moved = !live.isStored() || move(live, newId, deadline);
            } finally {
                if (moved) {
                    live.moveTo(newId);
                }
                copies.remove(moved ? oldId : newId, live);
            }
            return null;
        });
    }

    private boolean move(LiveSession live, String newId, Deadline deadline) {
        Version known = live.version;
        Saved saved = store.rename(live.id(), newId, deadline);
        if (!(saved instanceof Saved.Applied applied)) {
            forget(live);
            return false;
        }
        boolean next = known != null && applied.version().counter() == known.counter() + 1;
        if (next || applied.changes().whole()) {
            live.merge(applied.version(), applied.changes());
        } else {
            live.doubt(); // others changed it before; the answer does not say what, the next request asks
        }
        live.heldSince(applied.version().counter());
        return true;
    }

    /**
     * Ends the session.
     *
     * @param idleSince when given, only if nobody used it after this time (milliseconds since the epoch)
     * @return whether this caller announces the end; when false, it was ended by another or was used meanwhile
     */
    public boolean end(LiveSession live, @Nullable Long idleSince, Deadline deadline) {
        return Boolean.TRUE.equals(locked(live, deadline, () -> {
            if (live.ended) {
                return false;
            }
            resend(live, deadline); // a creation that arrived after the end would bring the session back
            if (live.ended) {
                return false;
            }
            boolean ours = !live.isStored() || store.end(live.id(), idleSince, deadline) != null;
            if (ours) {
                live.ended = true;
                copies.remove(live.id(), live);
            } else if (idleSince == null) {
                forget(live);
            } else {
                live.doubt(); // used elsewhere, or gone: the next request asks
            }
            return ours;
        }));
    }

    /** Drops a copy that nobody uses and that has nothing unsaved; the session comes back from the store. */
    public boolean evict(LiveSession live) {
        if (!live.isStored() || !live.close()) {
            return false;
        }
        boolean evicted = !isChanged(live) && live.pending == null && copies.remove(live.id(), live);
        if (!evicted) {
            live.reopen();
        }
        return evicted;
    }

    /** The copies that this node has. */
    public Collection<LiveSession> copies() {
        return copies.values();
    }

    /** Lets go of the store; sessions stay there. */
    public void close() {
        copies.clear();
        store.close();
    }

    private void forget(LiveSession live) {
        live.ended = true;
        copies.remove(live.id(), live);
        if (live.isWorn()) {
            live.face().gone();
        }
    }

    private interface Work<T> {
        @Nullable
        T run();
    }

    private static <T> @Nullable T locked(LiveSession live, Deadline deadline, Work<T> work) {
        try {
            if (!live.lock.tryLock(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new StoreUnavailableException(
                        "Session " + ProtocolStore.shortened(live.id()) + ": another request waits for the cluster",
                        null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailableException(
                    "Session " + ProtocolStore.shortened(live.id()) + ": interrupted while waiting", e);
        }
        try {
            return work.run();
        } finally {
            live.lock.unlock();
        }
    }

    @Override
    public @Nullable SessionTimes release(String id, long counter) {
        LiveSession live = copies.get(id);
        if (live == null) {
            return null;
        }
        live.releasedSince(counter);
        if (!live.isWorn()) {
            return null;
        }
        statistics.released.increment();
        ContainerSession face = live.face();
        face.released();
        return face.times();
    }

    @Override
    public void changed(String id, long counter) {
        LiveSession live = copies.get(id);
        if (live != null) {
            live.changedSince(counter);
        }
    }

    @Override
    public @Nullable SessionDelta whole(String id, OperationId operation) {
        LiveSession live = copies.get(id);
        Version version = live == null ? null : live.version;
        if (live == null || version == null) {
            return null;
        }
        try {
            if (!live.lock.tryLock(REPAIR_PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                return null;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
        try {
            Map<String, SessionDelta.Write> set = new HashMap<>();
            live.attributes().copyTo(set);
            live.container().copyTo(set);
            SessionTimes times = live.face().times();
            NodeId holder = sticky ? store.node() : null;
            return new SessionDelta(
                    operation, Objects.requireNonNull(live.version), set, Map.of(), times, holder, true, false, true);
        } catch (UnwritableAttributeException e) {
            return null; // a request changes it just now
        } finally {
            live.lock.unlock();
        }
    }

    @Override
    public void doubtAll() {
        epoch.incrementAndGet();
    }
}
