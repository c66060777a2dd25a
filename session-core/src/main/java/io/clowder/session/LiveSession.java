/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.store.Changes;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoredAttribute;
import io.clowder.store.Version;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The copy of a session that serves requests on this node. {@link Sessions} opens, saves and ends it. Thread-safe. */
/*
 * Concurrency: lock covers the conversation with the store (load, save, rename, end), so that a node has one in flight per
 * session, and later savers join. release() and changed() come from other nodes and take no lock: they raise a counter. Version
 * counters of one record only grow, so "do I hold it" is "is my last takeover newer than the last release", whatever the order
 * in which answers and messages arrive.
 */
public final class LiveSession {

    /** Begins the stored names of container state, and of nothing else. */
    static final String CONTAINER = "\0";

    /** Values of {@link #users} that keep requests out: for good, and for a moment. */
    private static final int CLOSED = -1;

    private static final int LEAVING = -2;

    // A node has many sessions: an object for each of these numbers would cost 100 B.
    private static final AtomicLongFieldUpdater<LiveSession> RELEASED_AT =
            AtomicLongFieldUpdater.newUpdater(LiveSession.class, "releasedAt");
    private static final AtomicLongFieldUpdater<LiveSession> CHANGED_AT =
            AtomicLongFieldUpdater.newUpdater(LiveSession.class, "changedAt");
    private static final AtomicLongFieldUpdater<LiveSession> ARRIVALS =
            AtomicLongFieldUpdater.newUpdater(LiveSession.class, "arrivals");
    private static final AtomicIntegerFieldUpdater<LiveSession> USERS =
            AtomicIntegerFieldUpdater.newUpdater(LiveSession.class, "users");
    private static final AtomicIntegerFieldUpdater<LiveSession> BOUNCES =
            AtomicIntegerFieldUpdater.newUpdater(LiveSession.class, "bounces");

    final ReentrantLock lock = new ReentrantLock();
    private final TrackedAttributes attributes;

    /** Where all sessions that have none look for it; never written. */
    private final TrackedAttributes noContainer;

    private volatile @Nullable TrackedAttributes container;
    private volatile long releasedAt;
    private volatile long changedAt;
    private volatile long arrivals;
    private volatile int users;
    private volatile int bounces;

    private volatile String id;
    private volatile @Nullable ContainerSession face;

    /** The stored state that this copy has taken in; null when it was never stored. */
    volatile @Nullable Version version;

    /** The change that was sent and not acknowledged; goes again, as it is, before anything else. */
    volatile @Nullable SessionDelta pending;

    volatile boolean ended;
    volatile boolean evicted;

    /** Whether it is stored only once it has something to store. */
    private volatile boolean local;

    /** When a request last asked for it, in {@link System#nanoTime()}. */
    volatile long usedAt;

    private volatile long heldAt;
    private volatile long trustedSince = -1;
    private volatile SessionTimes stored;
    private volatile boolean settled;
    private volatile boolean reused;
    private volatile boolean apart;
    private volatile boolean lost;
    private volatile boolean provisional;
    private volatile long wholeAt;

    /**
     * A copy that has nothing yet.
     *
     * @param noContainer empty, and shared by all sessions: most have no state of the container
     */
    LiveSession(String id, TrackedAttributes attributes, TrackedAttributes noContainer) {
        this.id = id;
        this.attributes = attributes;
        this.noContainer = noContainer;
        this.stored = new SessionTimes(0, 0, 0);
    }

    /** The base id: without a route. */
    public String id() {
        return id;
    }

    /** How often this copy was taken back from another node that had taken it over. */
    public int bounces() {
        return bounces;
    }

    void bounced() {
        BOUNCES.incrementAndGet(this);
    }

    void moveTo(String newId) {
        id = newId;
    }

    void reuses(boolean anEndedId) {
        reused = anEndedId;
    }

    /** Whether the id may have been that of an ended session. */
    boolean isReused() {
        return reused;
    }

    /** Whether it stands in for a session that may be in the store: never stored, and ended when that is known. */
    public boolean isProvisional() {
        return provisional;
    }

    void provisional(boolean standsIn) {
        provisional = standsIn;
    }

    /** Whether it went on while the store was away, and has to be put together with what the store has. */
    boolean isApart() {
        return apart;
    }

    /** Whether the store has nothing of it any more. */
    boolean isLost() {
        return lost;
    }

    void goesApart() {
        apart = version != null;
    }

    void isLostByStore() {
        lost = version != null;
        apart = lost;
    }

    void joined() {
        apart = false;
        lost = false;
    }

    /** Until when, in {@link io.clowder.store.HybridClock} time, this copy knew of every write; zero when that is not known. */
    long wholeAt() {
        return wholeAt;
    }

    void wholeAt(long stamp) {
        wholeAt = Math.max(wholeAt, stamp);
    }

    /** It begins anew, under another id: everything that it has is to be stored. */
    void becomesNew() {
        version = null;
        pending = null;
        stored = new SessionTimes(0, 0, 0);
        settled = false;
        reused = false;
        provisional = false;
        joined();
        attributes.markAll();
        container().markAll();
    }

    void keepLocal(boolean whileEmpty) {
        local = whileEmpty;
    }

    /** Whether it is on this node alone, and stays here, because it has nothing to store. */
    public boolean isLocal() {
        return local && !isStored();
    }

    /** The application's attributes. */
    public TrackedAttributes attributes() {
        return attributes;
    }

    /** What the container keeps with the session, to look at: principal and the like. Invisible to the application. */
    public TrackedAttributes container() {
        TrackedAttributes present = container;
        return present == null ? noContainer : present;
    }

    /** As {@link #container}, to write into. */
    public synchronized TrackedAttributes ownContainer() {
        TrackedAttributes present = container;
        if (present == null) {
            present = noContainer.sibling();
            container = present;
        }
        return present;
    }

    /** The container's session; throws {@link NullPointerException} before {@link #wear} was called. */
    public ContainerSession face() {
        return Objects.requireNonNull(face);
    }

    /** Ties the container's session to this one, once, from the factory given to {@link Sessions}. */
    public void wear(ContainerSession session) {
        face = session;
    }

    boolean isWorn() {
        return face != null;
    }

    /** Whether another node may know of this session. */
    boolean isStored() {
        return version != null || pending != null;
    }

    /** Whether other nodes may use it, too: it is stored, and this node does not hold it. */
    public boolean isShared() {
        return isStored() && heldAt <= releasedAt;
    }

    /** Whether this node is the holder, as far as it has heard. */
    public boolean isHeld() {
        return !isStored() || heldAt > releasedAt;
    }

    /** Whether nothing is known that this copy lacks, since the given epoch of trust. */
    boolean isCurrent(long epoch) {
        Version known = version;
        return known == null || (trustedSince == epoch && changedAt <= known.counter());
    }

    void heldSince(long counter) {
        heldAt = Math.max(heldAt, counter);
    }

    void releasedSince(long counter) {
        RELEASED_AT.accumulateAndGet(this, counter, Math::max);
    }

    void changedSince(long counter) {
        CHANGED_AT.accumulateAndGet(this, counter, Math::max);
    }

    void trust(long epoch) {
        trustedSince = epoch;
    }

    void doubt() {
        trustedSince = -1;
    }

    void settledBy(boolean allLetGo) {
        settled = allLetGo;
    }

    boolean isSettled() {
        return settled;
    }

    /** The times that the store has. */
    SessionTimes stored() {
        return stored;
    }

    void stored(SessionTimes times) {
        stored = times;
    }

    /** Takes in a state of the store. */
    void merge(Version newer, Changes changes) {
        attributes.merge(changes);
        boolean state = (hasContainer(changes) ? ownContainer() : container()).merge(changes);
        SessionTimes before = stored;
        stored = changes.times();
        version = newer;
        for (StoredAttribute known : changes.set().values()) {
            wholeAt = Math.max(wholeAt, known.writtenAt());
        }
        ContainerSession worn = face;
        if (worn != null) {
            SessionTimes here = worn.times();
            // A timeout that the application set here meanwhile is newer than what the store answers.
            boolean untouched = here.maxInactiveSeconds() == before.maxInactiveSeconds();
            int allowed = untouched ? stored.maxInactiveSeconds() : here.maxInactiveSeconds();
            worn.refresh(new SessionTimes(stored.createdAt(), stored.accessedAt(), allowed));
            if (state) {
                worn.refreshState();
            }
        }
    }

    private static boolean hasContainer(Changes changes) {
        for (String name : changes.set().keySet()) {
            if (name.startsWith(CONTAINER)) {
                return true;
            }
        }
        return false;
    }

    /** Whether something was written that no save has taken up yet. */
    public boolean isDirty() {
        return attributes.isDirty() || container().isDirty();
    }

    /** Whether a save has something to look at. */
    boolean isChanged() {
        return isDirty() || mayHaveChanged();
    }

    /** Whether there may be something that the store has not, or has not acknowledged. */
    public boolean isUnsaved() {
        return isChanged() || pending != null || apart || isUntold();
    }

    /** Whether the store has not heard of it yet, and is to. */
    private boolean isUntold() {
        return !isStored() && !local && !provisional;
    }

    /** Whether somebody may have changed an object in place that no save has looked at since. */
    public boolean mayHaveChanged() {
        return attributes.isHeld();
    }

    /** Whether somebody got an object that no save has looked at since. */
    public boolean isUnchecked() {
        return attributes.isUnchecked();
    }

    /** Whether this copy was evicted: who still has it uses the one that the session has now. */
    public boolean isEvicted() {
        return evicted;
    }

    /** Names of the application's attributes of which, as far as this node knows, no other node has the value. */
    public Set<String> unsaved() {
        return attributes.unsaved(pending);
    }

    /** Whether it has a value that is nowhere else, because the store cannot keep it. */
    boolean hasLocal() {
        return attributes.hasLocal() || container().hasLocal();
    }

    /** Somebody begins to use this copy; false when it is being evicted, or when the caller is to try again. */
    public boolean enter() {
        ARRIVALS.incrementAndGet(this);
        return USERS.updateAndGet(this, count -> count < 0 ? count : count + 1) > 0;
    }

    /** Somebody who entered is through with this copy, and has saved. */
    public void leave() {
        while (true) {
            int count = users;
            if (count != 1) {
                if (USERS.compareAndSet(this, count, count - 1)) {
                    return;
                }
            } else if (USERS.compareAndSet(this, 1, LEAVING)) {
                forgetHeld();
                users = 0;
                return;
            }
        }
    }

    /** Nobody has any object of this copy any more. */
    void forgetHeld() {
        attributes.forgetHeld();
        container().forgetHeld();
    }

    /** A number that stays as it is while at most one uses this copy; -1 while more do. */
    long solitude() {
        long seen = arrivals;
        return users > 1 ? -1 : seen;
    }

    boolean isInUse() {
        return users > 0;
    }

    /** Keeps requests out, if none is in. */
    boolean close() {
        return USERS.compareAndSet(this, 0, CLOSED);
    }

    void reopen() {
        users = 0;
    }
}
