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
import io.clowder.store.Trace;
import io.clowder.store.Version;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
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

    /** How long a request sleeps that waits for an eviction to be over. */
    private static final long EVICTION_PAUSE_NANOS = 50_000;

    /** Of so many ended sessions a store is told that has forgotten them: a few megabytes of ids. */
    private static final int MAX_ENDS = 20_000;

    /** How long the repair of a record waits for a save in progress. */
    private static final long REPAIR_PATIENCE_MILLIS = 100;

    private final ConcurrentHashMap<String, LiveSession> copies = new ConcurrentHashMap<>();
    private final AtomicLong epoch = new AtomicLong();
    private final SessionStatistics statistics = new SessionStatistics();
    private final Ends ends;
    private final Evictions evictions;
    private final Saver saver;
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
        this.evictions = new Evictions(copies, sticky, clock, nanoTime, statistics, this::saveNow);
        this.store = open.apply(this); // from now on others may speak to this
        this.saver = new Saver(store, sticky, clock, stamps, statistics, epoch::get, this::forget);
    }

    /** From now on evicts the copies used least recently when there are more than that; at least 1. */
    public void limit(int most) {
        evictions.limit(most);
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
        evictions.forget(id);
        evictions.trim();
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
                    evictions.trim();
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
            saver.settle(copy, deadline);
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
            evictions.forget(id);
            if (loaded instanceof Loaded.Gone gone && saver.isLost(copy, gone.known())) {
                copy.isLostByStore();
                saver.settle(copy, deadline);
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
        Evictions.Evicted before = evictions.of(id);
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
        evictions.forget(id);
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
        if (!Saver.isNeeded(live)) {
            return;
        }
        if (live.isProvisional()) {
            keep(live, deadline);
            return;
        }
        unlessAway(
                () -> locked(live, deadline, () -> {
                    saver.save(live, deadline);
                    return null;
                }),
                () -> {
                    keep(live, deadline);
                    return null;
                });
    }

    /** The changes stay marked, each with its time, for when the store is back. */
    private static void keep(LiveSession live, Deadline deadline) {
        if (live.isChanged() || live.pending != null) {
            locked(live, deadline, () -> {
                live.attributes().mark(live::solitude);
                live.container().mark(live::solitude);
                live.goesApart();
                return null;
            });
        }
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
            saver.settle(copy, deadline);
            boolean known = copy.ended || !copy.isStored();
            if (!known && millis - copy.stored().accessedAt() >= share) {
                saver.send(copy, saver.drain(copy), deadline);
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
        evictions.used(id, used);
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

    /** Moves the session to another id, everywhere: from the return on, the old one names no session. */
    public void rename(LiveSession live, String newId, Deadline deadline) {
        locked(live, deadline, () -> {
            boolean away = store.isAway();
            if (!away) {
                saver.settle(live, deadline);
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
            saver.settle(live, deadline); // a creation that arrived after the end would bring the session back
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
        return evictions.evict(live);
    }

    /** As {@link #evict}, but values that the store cannot keep are lost. */
    public boolean drop(LiveSession live) {
        return evictions.drop(live);
    }

    /** Saves it, and says whether the store has it now. */
    private boolean saveNow(LiveSession live) {
        try {
            save(live, deadline());
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
        if (!store.isAway()) { // else what goes now could not come back
            evictions.evictIdle(idleness);
        }
    }

    /** Ids of the sessions without a copy here that were not used for their allowed idleness, as far as this node knows. */
    public List<String> idleEvicted() {
        return evictions.idle();
    }

    /**
     * Ends a session that has no copy here, if nobody used it for its allowed idleness.
     *
     * @return its last state, for the caller to announce and then {@link #announced}; null when it lives on or was ended by
     *     another
     */
    public @Nullable LiveSession endEvicted(String id, Deadline deadline) {
        Evictions.Evicted before = evictions.of(id);
        if (before == null) {
            return null;
        }
        return endWithoutCopy(id, deadline, () -> {
            SessionRecord last = store.end(id, clock.millis(), deadline);
            if (last == null) {
                lookAgain(id, before, deadline);
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
                evictions.forget(id);
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
    private void lookAgain(String id, Evictions.Evicted before, Deadline deadline) {
        if (store.load(id, null, deadline) instanceof Loaded.Found found
                && (found.holder() == null || store.node().equals(found.holder()))) {
            evictions.replace(
                    id,
                    before,
                    new Evictions.Evicted(found.times(), found.version().counter()));
        } else {
            evictions.forget(id, before);
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
        evictions.clear();
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
        SessionTimes before = evictions.released(id, counter);
        LiveSession live = copies.get(id);
        if (live != null) {
            live.releasedSince(counter);
        }
        if (live == null || !live.isWorn()) {
            return before;
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
        return (live != null && live.isWorn()) || evictions.of(id) != null;
    }

    @Override
    public void doubtAll() {
        epoch.incrementAndGet();
    }
}
