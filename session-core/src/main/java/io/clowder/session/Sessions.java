/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.codec.AttributeCodec;
import io.clowder.codec.UnwritableAttributeException;
import io.clowder.session.TrackedAttributes.Kind;
import io.clowder.store.Changes;
import io.clowder.store.Deadline;
import io.clowder.store.HybridClock;
import io.clowder.store.LiveCopies;
import io.clowder.store.Loaded;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.ProtocolStore;
import io.clowder.store.Saved;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionRecord;
import io.clowder.store.SessionStore;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession.Tombstone;
import io.clowder.store.Trace;
import io.clowder.store.Version;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
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

    private static final Logger log = System.getLogger(Sessions.class.getName());

    /** A copy of a session that another node holds is dropped after this idleness. */
    private static final Duration SPARE_IDLENESS = Duration.ofSeconds(60);

    /** When there are too many copies, one in so many more than needed is evicted: the next request need not look again. */
    private static final int SURPLUS_SHARE = 20;

    /** How long a request sleeps that waits for an eviction to be over. */
    private static final long EVICTION_PAUSE_NANOS = 50_000;

    /** Of so many ended sessions a store is told that has forgotten them: a few megabytes of ids. */
    private static final int MAX_ENDS = 20_000;

    /** Copies whose changes are older might bring back a session whose tombstone is gone. */
    private static final long REMEMBERED_MILLIS = Tombstone.LIFE.minusMinutes(5).toMillis();

    /** How long the repair of a record waits for a save in progress. */
    private static final long REPAIR_PATIENCE_MILLIS = 100;

    private final ConcurrentHashMap<String, LiveSession> copies = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Evicted> evicted = new ConcurrentHashMap<>();
    private final ReentrantLock trimming = new ReentrantLock();
    private final AtomicLong epoch = new AtomicLong();
    private final SessionStatistics statistics = new SessionStatistics();
    private final Ends ends;
    private final SessionStore store;
    private final boolean sticky;
    private final Duration patience;
    private final Function<String, LiveSession> shape;
    private final BiFunction<LiveSession, SessionTimes, ContainerSession> container;
    private final InstantSource clock;
    private final HybridClock stamps;
    private final LongSupplier nanoTime;
    private volatile boolean readsNear;
    private volatile boolean keepsEmpty;
    private volatile boolean refusesStrangers;
    private volatile int maxCopies = Integer.MAX_VALUE;

    /** Above this number of copies some are evicted; more than allowed while too many cannot be. */
    private volatile int trimAbove = Integer.MAX_VALUE;

    /**
     * The sessions of one web application.
     *
     * @param open opens the store, given the live copies that it shall speak to
     * @param codec turns values into bytes in the application's class loader
     * @param detection which attributes are looked at for changes in place
     * @param sticky whether this node becomes the holder of the sessions it serves; else it asks before each request
     * @param patience how long a call to the store may take, and after which silence of the cluster copies are doubted
     * @param container makes the container's session for one that came from the store
     * @param onTrouble told of each attribute that cannot be encoded and therefore stays on this node, and of each whose
     *     stored bytes cannot be read ({@link io.clowder.codec.UnreadableAttributeException})
     * @param clock the time of the cluster
     */
    public Sessions(
            Function<LiveCopies, SessionStore> open,
            AttributeCodec codec,
            Detection detection,
            boolean sticky,
            Duration patience,
            BiFunction<LiveSession, SessionTimes, ContainerSession> container,
            BiConsumer<String, RuntimeException> onTrouble,
            InstantSource clock) {
        this(open, codec, detection, sticky, patience, container, onTrouble, clock, System::nanoTime);
    }

    Sessions(
            Function<LiveCopies, SessionStore> open,
            AttributeCodec codec,
            Detection detection,
            boolean sticky,
            Duration patience,
            BiFunction<LiveSession, SessionTimes, ContainerSession> container,
            BiConsumer<String, RuntimeException> onTrouble,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.sticky = sticky;
        this.patience = patience;
        this.container = container;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.ends = new Ends(clock);
        this.stamps = new HybridClock(clock);
        Kind application = new Kind("", codec, detection, stamps, statistics, onTrouble);
        Kind state = new Kind(LiveSession.CONTAINER, codec, Detection.NONE, stamps, statistics, onTrouble);
        TrackedAttributes none = new TrackedAttributes(state);
        this.shape = id -> new LiveSession(id, new TrackedAttributes(application), none);
        this.store = open.apply(this);
    }

    /**
     * What this node remembers of a session whose copy it evicted: enough to end it in time, and to know an older state.
     *
     * @param times with the newest access known here
     * @param counter of the version that the copy had
     */
    private record Evicted(SessionTimes times, long counter) {}

    /** From now on evicts the copies used least recently when there are more than that; at least 1. */
    public void limit(int most) {
        maxCopies = most;
        trimAbove = most;
    }

    /** From now on serves, in roaming mode, a copy without asking as long as nothing near says that it is outdated. */
    public void readNear() {
        readsNear = true;
    }

    /** From now on, new sessions stay on this node alone until they have an attribute or container state to store. */
    public void keepEmpty() {
        keepsEmpty = true;
    }

    /** From now on, while the store is away, who asks for a session that this node lacks is told so: it may be in the store. */
    public void refuseStrangers() {
        refusesStrangers = true;
    }

    /** From now on remembers the sessions that it ends, for a store that may lose all memory of them. */
    public void rememberEnds() {
        ends.remember(MAX_ENDS);
    }

    /** Whether this node goes on alone, because the store is away. */
    public boolean isAway() {
        return store.isAway();
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
        blank.keepLocal(keepsEmpty && !reused); // under an id that the client brought, another node might make one, too
        blank.usedAt = nanoTime.getAsLong();
        if (sticky) {
            blank.heldSince(1);
        }
        if (copies.putIfAbsent(id, blank) != null) {
            throw new IllegalStateException("Session " + ProtocolStore.shortened(id) + ": the id is in use already");
        }
        evicted.remove(id);
        trim();
    }

    /**
     * The session under this id, in the newest state whose write was answered anywhere; null when there is none. The caller
     * calls {@link LiveSession#leave} when it is through with it.
     *
     * @param ownRoute whether the request names this node as the session's
     */
    public @Nullable LiveSession open(String id, boolean ownRoute, Deadline deadline) {
        return open(id, ownRoute, true, deadline);
    }

    /**
     * As {@link #open(String, boolean, Deadline)}.
     *
     * @param use whether other nodes shall learn that the session is used now
     */
    public @Nullable LiveSession open(String id, boolean ownRoute, boolean use, Deadline deadline) {
        while (!ends.isAlone(id)) {
            LiveSession present = copies.get(id);
            LiveSession copy = present != null ? present : shape.apply(id);
            if (present == null && copies.putIfAbsent(id, copy) != null) {
                continue;
            }
            if (!copy.enter()) {
                awaitEviction(id, deadline);
                continue;
            }
            copy.usedAt = nanoTime.getAsLong();
            LiveSession opened = null;
            try {
                opened = copy.isWorn() && mayServe(copy, ownRoute) ? copy : refreshed(copy, id, use, deadline);
            } finally {
                if (opened == null) {
                    copy.leave();
                }
            }
            if (opened != null || copy.ended) {
                if (present == null) {
                    trim();
                }
                return opened;
            }
        }
        return null;
    }

    /**
     * Whether there is a session under this id, without using it: no access is noted, no node becomes its holder, and nothing
     * is kept of what was asked.
     * While the store is away, that is whether this node has it.
     *
     * @param ownRoute whether the request names this node as the session's
     */
    public boolean isKnown(String id, boolean ownRoute, Deadline deadline) {
        LiveSession copy = copies.get(id);
        boolean away = store.isAway();
        if (copy != null && copy.isWorn() && (away || mayServe(copy, ownRoute))) {
            return true;
        }
        if (away) {
            return false; // who asks for it next is told more
        }
        Version known = copy == null ? null : copy.version;
        return store.load(id, known, null, deadline) instanceof Loaded.Found;
    }

    private static void awaitEviction(String id, Deadline deadline) {
        if (deadline.isOver()) {
            throw new StoreUnavailableException(
                    "Session " + ProtocolStore.shortened(id) + ": its eviction from this node has not ended", null);
        }
        LockSupport.parkNanos(EVICTION_PAUSE_NANOS);
    }

    private boolean mayServe(LiveSession live, boolean ownRoute) {
        if (!live.isStored()) {
            return true;
        }
        return sticky
                && ownRoute
                && live.isHeld()
                && store.isInTouch(
                        nanoTime.getAsLong(), patience) // before the epoch: doubts arise before it is in touch again
                && live.isCurrent(epoch.get());
    }

    /** The copy as the store has it; while that is away, as it is. */
    private @Nullable LiveSession refreshed(LiveSession copy, String id, boolean use, Deadline deadline) {
        return unlessAway(() -> validate(copy, id, use, deadline), () -> alone(copy, id));
    }

    /** What the store is asked for; without it, as long as it is away or when it goes meanwhile, the other. */
    private <T> @Nullable T unlessAway(Work<T> asking, Work<T> alone) {
        if (!store.isAway()) {
            try {
                return asking.run();
            } catch (StoreUnavailableException e) {
                if (!store.isAway()) {
                    throw e;
                }
            }
        }
        return alone.run();
    }

    private @Nullable LiveSession alone(LiveSession copy, String id) {
        if (copy.isWorn()) {
            copy.doubt();
            statistics.alone.increment();
            return copy.ended ? null : copy;
        }
        copies.remove(id, copy);
        refuseStranger(id);
        copy.ended = true; // those who wait for it look again
        return null;
    }

    private void refuseStranger(String id) {
        if (refusesStrangers) {
            throw new StoreUnavailableException(
                    "Session " + ProtocolStore.shortened(id) + " is not on this node, and the cluster is away", null);
        }
    }

    private @Nullable LiveSession validate(LiveSession copy, String id, boolean use, Deadline deadline) {
        return locked(copy, deadline, () -> {
            if (copies.get(id) != copy) {
                return null; // ended, renamed or evicted while we waited
            }
            if (copy.isWorn() && !copy.isStored()) {
                return copy;
            }
            // What it lacks is merged below, and must not undo what the store has not acknowledged.
            settle(copy, deadline);
            if (copy.ended) {
                return null;
            }
            // Read before the store is asked: doubt that arises while it answers stays.
            long before = epoch.get();
            long asked = stamps.next();
            if (takeNear(copy, id, deadline)) {
                return copy;
            }
            boolean returns = sticky && copy.isWorn() && !copy.isHeld();
            Loaded loaded = ask(copy, id, use, deadline);
            evicted.remove(id);
            if (loaded instanceof Loaded.Gone gone && isLost(copy, gone.known())) {
                copy.isLostByStore();
                settle(copy, deadline);
                return copy.ended ? null : copy;
            }
            if (!(loaded instanceof Loaded.Found found)) {
                forget(copy);
                return null;
            }
            copy.wholeAt(asked);
            if (returns) {
                statistics.bounces.increment();
                copy.bounced();
            }
            take(copy, found);
            if (store.node().equals(found.holder())) {
                copy.heldSince(found.version().counter());
                copy.settledBy(true);
            }
            copy.trust(before);
            return copy;
        });
    }

    /**
     * Takes in what is near, where that can help: a copy that was evicted gets its content without a transfer, and with
     * {@link #readNear} a copy serves as long as what is near is not newer.
     *
     * @return whether the copy may serve unasked
     */
    private boolean takeNear(LiveSession copy, String id, Deadline deadline) {
        Evicted before = evicted.get(id);
        boolean serves = readsNear && !sticky;
        if (before == null && !(serves && copy.isWorn())) {
            return false;
        }
        Loaded.Found near = store.near(id, copy.version, before == null ? 0 : before.counter(), deadline);
        if (near == null) {
            return false;
        }
        if (!serves) {
            copy.merge(near.version(), near.changes());
            return false;
        }
        take(copy, near);
        evicted.remove(id);
        statistics.nearReads.increment();
        return true;
    }

    private void take(LiveSession copy, Loaded.Found found) {
        copy.merge(found.version(), found.changes());
        if (copy.isWorn()) {
            ContainerSession face = copy.face();
            face.refresh(face.times().accessedAsIn(found.times()));
        } else {
            copy.wear(container.apply(copy, found.times()));
        }
    }

    private Loaded ask(LiveSession copy, String id, boolean use, Deadline deadline) {
        boolean answered = false;
        try {
            Loaded loaded = sticky
                    ? store.take(id, copy.version, deadline)
                    : store.load(id, copy.version, use ? clock.millis() : null, deadline);
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
        if (live.isProvisional()) {
            keep(live, deadline);
            return;
        }
        unlessAway(
                () -> locked(live, deadline, () -> {
                    saveLocked(live, deadline);
                    return null;
                }),
                () -> {
                    keep(live, deadline);
                    return null;
                });
    }

    /** The changes stay marked, each with its time, for when the store is back. */
    private static void keep(LiveSession live, Deadline deadline) {
        if (isChanged(live) || live.pending != null) {
            locked(live, deadline, () -> {
                live.attributes().mark(live::solitude);
                live.container().mark(live::solitude);
                live.goesApart();
                return null;
            });
        }
    }

    // The order matters: a save clears the marks within the lock, and leaves the lock acknowledged or with a pending
    // delta.
    private boolean needsSave(LiveSession live) {
        if (live.ended) {
            return false;
        }
        return isChanged(live) || live.lock.isLocked() || live.pending != null || live.isApart() || isDue(live);
    }

    /** Whether the store must hear of the session although no attribute has changed. */
    private static boolean isDue(LiveSession live) {
        return !live.isLocal() && (!live.isStored() || isAccessDue(live));
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
        return maxInactiveSeconds <= 0 ? 0 : maxInactiveSeconds * 1000L / SessionTimes.ACCESS_SHARE;
    }

    /** Notes a use that no request makes on the copy that this node may have. Speaks to nobody: see {@link #tellUse}. */
    public void noteUse(String id, long millis) {
        LiveSession copy = copies.get(id);
        if (copy != null && copy.isWorn()) {
            copy.face().accessedAt(millis);
        }
    }

    /**
     * Makes known a use that no request makes, if what the store has lies behind by that much. The session stays with the node
     * that holds it, and comes to this node no more than it is here.
     *
     * @param millis when it was used, milliseconds since the epoch
     * @param share how far the store may lie behind, in milliseconds: this node's copy may not know the allowed idleness
     */
    public void tellUse(String id, long millis, long share, Deadline deadline) {
        LiveSession copy = copies.get(id);
        if (copy == null) {
            tellWithoutCopy(id, millis, share, deadline);
        } else if (copy.isWorn() && copy.enter()) {
            try {
                tell(copy, millis, share, deadline);
            } finally {
                copy.leave();
            }
        } // else a request is asking for it, which is a use
    }

    private void tell(LiveSession copy, long millis, long share, Deadline deadline) {
        copy.face().accessedAt(millis);
        if (store.isAway()) {
            return; // the store hears of it by the next save
        }
        locked(copy, deadline, () -> {
            settle(copy, deadline);
            boolean known = copy.ended || !copy.isStored();
            if (!known && millis - copy.stored().accessedAt() >= share) {
                send(copy, drain(copy), deadline);
            }
            return null;
        });
        save(copy, deadline); // whoever leaves a copy has saved
    }

    // Requests wait meanwhile: of two saves of one node that are under way at once, the later one makes the earlier
    // one look like a repeat.
    private void tellWithoutCopy(String id, long millis, long share, Deadline deadline) {
        LiveSession placeholder = shape.apply(id);
        locked(placeholder, deadline, () -> {
            if (copies.putIfAbsent(id, placeholder) == null) {
                try {
                    if (store.load(id, null, deadline) instanceof Loaded.Found found) {
                        tellUse(id, found, millis, share, deadline);
                    }
                } finally {
                    copies.remove(id, placeholder);
                }
            }
            return null;
        });
    }

    private void tellUse(String id, Loaded.Found found, long millis, long share, Deadline deadline) {
        SessionTimes backedUp = found.changes().times();
        if (millis - backedUp.accessedAt() < share) {
            return;
        }
        SessionTimes used = new SessionTimes(backedUp.createdAt(), millis, backedUp.maxInactiveSeconds());
        SessionDelta delta = new SessionDelta(
                store.nextOperation(), found.version(), Map.of(), Map.of(), used, null, false, false, false);
        store.save(id, delta, deadline);
        evicted.computeIfPresent(id, (any, before) -> new Evicted(before.times().accessedAsIn(used), before.counter()));
    }

    /**
     * What became of these sessions, as {@link SessionStore#trace} has it. Those that only this node knows yet are found, too.
     *
     * @param all whether the store is asked also for sessions that this node may serve unasked: nobody ends these, or changes
     *     their ids, without becoming the holder before, unless something has failed
     */
    public Map<String, Trace> trace(Collection<String> ids, boolean all, Deadline deadline) {
        Map<String, Trace> found = new HashMap<>();
        Set<String> asked = new HashSet<>();
        for (String id : ids) {
            LiveSession copy = copies.get(id);
            if (copy != null
                    && copy.isWorn()
                    && !copy.ended
                    && (copy.version == null || (!all && mayServe(copy, true)))) {
                SessionTimes times = copy.face().times();
                found.put(id, new Trace(id, times.createdAt(), times.maxInactiveSeconds()));
            } else {
                asked.add(id);
            }
        }
        if (!asked.isEmpty()) {
            found.putAll(store.trace(asked, deadline));
        }
        return found;
    }

    private void saveLocked(LiveSession live, Deadline deadline) {
        settle(live, deadline);
        if (live.ended || !(isChanged(live) || isDue(live))) {
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

    /** Brings to an end what began before: a change that was not acknowledged, a time in which the store was away. */
    private void settle(LiveSession live, Deadline deadline) {
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
            forget(live);
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
    private boolean isLost(LiveSession copy, boolean known) {
        return !known && sticky && copy.isWorn() && copy.version != null && copy.isHeld() && isRemembered(copy);
    }

    /** Whether the store would still have a tombstone of the session, had it ended since this copy knew all of it. */
    private boolean isRemembered(LiveSession copy) {
        return clock.millis() - REMEMBERED_MILLIS < HybridClock.millisOf(copy.wholeAt());
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
        if (saved instanceof Saved.Gone gone && delta.wholeAt() == 0 && isLost(live, gone.known())) {
            live.isLostByStore();
            join(live, deadline);
            return;
        }
        if (!(saved instanceof Saved.Applied applied)) {
            forget(live); // while it is pending: what was bound here with this change, nobody else unbinds
            live.pending = null;
            return;
        }
        live.pending = null;
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
            // Also when no release was heard: after a rename elsewhere this copy has the id of a tombstone.
            live.releasedSince(applied.version().counter());
        }
    }

    /** Moves the session to another id, everywhere: from the return on, the old one names no session. */
    public void rename(LiveSession live, String newId, Deadline deadline) {
        locked(live, deadline, () -> {
            boolean away = store.isAway();
            if (!away) {
                settle(live, deadline);
            }
            if (live.ended) {
                return null;
            }
            if (away) {
                renameAlone(live, newId);
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
                    live.provisional(false);
                }
                copies.remove(moved ? oldId : newId, live);
            }
            return null;
        });
    }

    /** The old id shall name no session, whatever the store has under it; the new one begins with all that is here. */
    private void renameAlone(LiveSession live, String newId) {
        String oldId = live.id();
        boolean stored = live.isStored();
        copies.put(newId, live);
        live.moveTo(newId);
        if (stored) {
            live.becomesNew();
            ends.alone(oldId, null);
        }
        live.provisional(false);
        copies.remove(oldId, live);
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
     * Ends the session. Who is to announce it says so afterwards by {@link #announced}.
     *
     * @param idleAt when given, only if nobody can use it any more at this time (milliseconds since the epoch)
     * @return whether this caller announces the end; when false, it was ended by another or was used meanwhile
     */
    public boolean end(LiveSession live, @Nullable Long idleAt, Deadline deadline) {
        return Boolean.TRUE.equals(
                unlessAway(() -> endInStore(live, idleAt, deadline), () -> endAlone(live, idleAt, deadline)));
    }

    private boolean endAlone(LiveSession live, @Nullable Long idleAt, Deadline deadline) {
        return Boolean.TRUE.equals(locked(live, deadline, () -> {
            boolean ours = !live.ended;
            if (ours) {
                ends.alone(
                        live.id(),
                        idleAt); // also one that the store does not know: its id shall not stand in for anything
            }
            live.ended = true;
            copies.remove(live.id(), live);
            return ours;
        }));
    }

    private boolean endInStore(LiveSession live, @Nullable Long idleAt, Deadline deadline) {
        return Boolean.TRUE.equals(locked(live, deadline, () -> {
            if (live.ended) {
                return false;
            }
            settle(live, deadline); // a creation that arrived after the end would bring the session back
            if (live.ended) {
                return false;
            }
            SessionRecord last = live.isStored() ? store.end(live.id(), idleAt, deadline) : null;
            boolean ours = last != null || !live.isStored();
            if (ours) {
                if (last != null
                        && !last.version().equals(live.version)) { // saved elsewhere since this copy was checked
                    live.merge(last.version(), whole(last));
                }
                live.ended = true;
                copies.remove(live.id(), live);
                if (last != null) {
                    ends.told(live.id());
                }
            } else if (idleAt == null) {
                forget(live);
            } else {
                live.doubt(); // used elsewhere, or gone: the next request asks
            }
            return ours;
        }));
    }

    /**
     * The end of a session, which was this node's to announce, was announced. If that cannot be noted now, it will be at the
     * next look for sessions that are {@link #due}; if this node dies before, another one announces the end again.
     */
    public void announced(LiveSession ended) {
        try {
            store.announced(ended.id(), deadline());
        } catch (StoreUnavailableException e) {
            log.log(
                    Level.DEBUG,
                    () -> "Session " + ProtocolStore.shortened(ended.id()) + " has ended, which is not noted yet: "
                            + e.getMessage());
        }
    }

    /** Drops a copy that nobody uses and that has nothing which the store has not; the session comes back from there. */
    public boolean evict(LiveSession live) {
        return !live.hasLocal() && drop(live);
    }

    /** As {@link #evict}, but values that the store cannot keep are lost. */
    public boolean drop(LiveSession live) {
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
                && !isChanged(live)
                && live.face().times().maxInactiveSeconds() == live.stored().maxInactiveSeconds();
    }

    /** Whether the store has everything; what the application changed when it was told is saved. */
    private boolean isSettled(LiveSession live) {
        if (!isSaved(live)) {
            try {
                save(live, deadline());
            } catch (StoreUnavailableException e) {
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
    private void trim() {
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
        try {
            save(copy, deadline());
            return true;
        } catch (StoreUnavailableException e) {
            return false;
        }
    }

    /**
     * Evicts copies that nobody has asked for: of sessions that another node holds after a minute, or their allowed idleness if
     * that is shorter, others after the time given, and beyond the limit.
     *
     * @param idleness null for ever
     */
    public void evictIdle(@Nullable Duration idleness) {
        if (store.isAway()) {
            return; // what goes now could not come back
        }
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
    public List<String> idleEvicted() {
        long now = clock.millis();
        List<String> ids = new ArrayList<>();
        evicted.forEach((id, before) -> {
            if (sticky ? before.times().isIdleAt(now) : before.times().isOverAt(now)) {
                ids.add(id);
            }
        });
        return ids;
    }

    /**
     * Ends a session that has no copy here, if nobody used it for its allowed idleness.
     *
     * @return its last state, for the caller to announce and then {@link #announced}; null when it lives on or was ended by
     *     another
     */
    public @Nullable LiveSession endEvicted(String id, Deadline deadline) {
        Evicted before = evicted.get(id);
        if (before == null) {
            return null;
        }
        return endWithoutCopy(id, deadline, () -> {
            SessionRecord last = store.end(id, clock.millis(), deadline);
            if (last == null) {
                remember(id, before, deadline);
            }
            return last;
        });
    }

    /**
     * Ids of sessions that this node is to look through, and that nobody may look after any more: they were not used for so long
     * that nobody can use them again, or the node that was to announce their end did not. {@link #reap} knows.
     *
     * @param parts each call looks through one of so many parts, which take turns
     */
    public Collection<String> due(int parts) {
        return store.due(parts, deadline());
    }

    /**
     * Ends a session that nobody looks after: nobody holds it, or its holder has left the cluster or lost its copy, or has
     * claimed its end and not announced it.
     *
     * @return its last state, for the caller to announce and then {@link #announced}; null when somebody looks after it
     */
    public @Nullable LiveSession reap(String id, Deadline deadline) {
        LiveSession present = copies.get(id);
        if (present != null && (present.isHeld() || !drop(present))) {
            return null;
        }
        LiveSession ended = endWithoutCopy(id, deadline, () -> store.reap(id, deadline));
        if (ended != null) {
            statistics.reaped.increment();
        }
        return ended;
    }

    private @Nullable LiveSession endWithoutCopy(String id, Deadline deadline, Work<SessionRecord> claim) {
        LiveSession copy = shape.apply(id);
        return locked(copy, deadline, () -> {
            if (copies.putIfAbsent(id, copy) != null) {
                return null; // a request came
            }
            try {
                SessionRecord last = claim.run();
                if (last == null) {
                    return null;
                }
                evicted.remove(id);
                ends.told(id);
                copy.ended = true;
                copy.merge(last.version(), whole(last));
                copy.wear(container.apply(copy, last.times()));
                return copy;
            } finally {
                copies.remove(id, copy); // requests that waited ask anew, or learn that it has ended
            }
        });
    }

    private static Changes whole(SessionRecord record) {
        return new Changes(true, record.attributes(), Set.of(), record.times());
    }

    /** It was used elsewhere, or its allowed idleness was changed: this node looks again later if it still may end it. */
    private void remember(String id, Evicted before, Deadline deadline) {
        if (store.load(id, null, deadline) instanceof Loaded.Found found
                && (found.holder() == null || store.node().equals(found.holder()))) {
            evicted.replace(
                    id, before, new Evicted(found.times(), found.version().counter()));
        } else {
            evicted.remove(id, before);
        }
    }

    /**
     * The store is back, and not used yet: tells it of the sessions that have ended meanwhile; throws {@link
     * StoreUnavailableException}, and may then be called again.
     *
     * @param lost whether the store has lost everything: this node's copies bring it back, as each of them is used or saved next
     */
    public void replay(boolean lost) {
        for (LiveSession copy : copies.values()) {
            if (lost) {
                copy.isLostByStore();
            } else if (copy.pending != null || copy.isDirty()) {
                copy.goesApart();
            }
        }
        ends.replay(store, lost, this::deadline);
    }

    /** The session that this node made in place of one that it lacks, if there is one under this id. */
    public @Nullable LiveSession provisional(String id) {
        LiveSession copy = copies.get(id);
        return copy != null && copy.isProvisional() && !copy.ended ? copy : null;
    }

    /** Whether, while the store is away, a session that this node lacks may be stood in for under this id. */
    public boolean mayStandIn(String id) {
        return store.isAway() && !copies.containsKey(id) && !ends.isAlone(id);
    }

    /** Whether the store has a session under this id, whatever this node has. */
    public boolean isStored(String id, Deadline deadline) {
        return store.load(id, null, deadline) instanceof Loaded.Found;
    }

    /** The session that was just added stands in for one that may be in the store. */
    public void standsIn(LiveSession added) {
        added.provisional(true);
    }

    /** The copies that this node has. */
    public Collection<LiveSession> copies() {
        return copies.values();
    }

    /** Lets go of the store; sessions stay there. */
    public void close() {
        copies.clear();
        evicted.clear();
        ends.clear();
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
        Evicted before = evicted.get(id);
        if (before != null && before.counter() < counter) {
            evicted.remove(id, before);
        }
        LiveSession live = copies.get(id);
        if (live != null) {
            live.releasedSince(counter);
        }
        if (live == null || !live.isWorn()) {
            return before == null ? null : before.times();
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
    public boolean remembers(String id) {
        LiveSession live = copies.get(id);
        return (live != null && live.isWorn()) || evicted.containsKey(id);
    }

    @Override
    public void doubtAll() {
        epoch.incrementAndGet();
    }
}
