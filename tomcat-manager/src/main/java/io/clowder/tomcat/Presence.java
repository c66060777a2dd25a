/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Whether a session is on this node, as its application has been told: of each coming and each going once, and in their order,
 * although a going is told later and by another thread.
 */
final class Presence {

    private static final State HERE = new State(null);
    private static final State AWAY = new State(null);

    private static final AtomicReferenceFieldUpdater<Presence, State> STATE =
            AtomicReferenceFieldUpdater.newUpdater(Presence.class, State.class, "state");

    private static final AtomicReferenceFieldUpdater<Presence, ReentrantLock> TELLING =
            AtomicReferenceFieldUpdater.newUpdater(Presence.class, ReentrantLock.class, "telling");

    /** Held while the application is told. Null before that: most sessions stay where they were made. */
    private volatile @Nullable ReentrantLock telling;

    private volatile State state = HERE;

    /** Here, away, or going, with a farewell that is still to be told. */
    private static final class State {
        private final @Nullable Runnable farewell;

        State(@Nullable Runnable farewell) {
            this.farewell = farewell;
        }
    }

    /** The session is elsewhere, and nobody here has been told of it yet. */
    void beginsAway() {
        state = AWAY;
    }

    boolean isHere() {
        return state == HERE;
    }

    /**
     * The session leaves. The farewell is told by {@link #tellFarewell}, or before the session comes back. Never waits.
     *
     * @return whether the session was here
     */
    boolean leaves(Runnable farewell) {
        return STATE.compareAndSet(this, HERE, new State(farewell));
    }

    /** Tells the farewell, unless it has been told. */
    void tellFarewell() {
        ReentrantLock lock = telling();
        lock.lock();
        try {
            Runnable farewell = state.farewell;
            if (farewell != null) {
                state = AWAY; // nobody else changes a state that is going while we have the lock
                farewell.run();
            }
        } finally {
            lock.unlock();
        }
    }

    private ReentrantLock telling() {
        ReentrantLock present = telling;
        if (present != null) {
            return present;
        }
        ReentrantLock first = new ReentrantLock();
        return TELLING.compareAndSet(this, null, first) ? first : telling();
    }

    /** The session comes: tells the welcome, after a farewell that has not been told, unless it is here already. */
    void comes(Runnable welcome) {
        if (isHere()) {
            return;
        }
        ReentrantLock lock = telling();
        if (lock.isHeldByCurrentThread()) {
            return;
        }
        tellFarewell();
        lock.lock();
        try {
            if (STATE.compareAndSet(this, AWAY, HERE)) {
                welcome.run();
            }
        } finally {
            lock.unlock();
        }
    }
}
