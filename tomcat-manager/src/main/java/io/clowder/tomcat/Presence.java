/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Whether a session is on this node, as its application has been told: of each coming and each going once, and in their order,
 * although a going is told later and by another thread.
 */
final class Presence {

    private static final State HERE = new State(null);
    private static final State AWAY = new State(null);

    /** Held while the application is told. */
    private final ReentrantLock telling = new ReentrantLock();

    private final AtomicReference<State> state = new AtomicReference<>(HERE);

    /** Here, away, or going, with a farewell that is still to be told. */
    private static final class State {
        private final @Nullable Runnable farewell;

        State(@Nullable Runnable farewell) {
            this.farewell = farewell;
        }
    }

    /** The session is elsewhere, and nobody here has been told of it yet. */
    void beginsAway() {
        state.set(AWAY);
    }

    boolean isHere() {
        return state.get() == HERE;
    }

    /**
     * The session leaves. The farewell is told by {@link #tellFarewell}, or before the session comes back. Never waits.
     *
     * @return whether the session was here
     */
    boolean leaves(Runnable farewell) {
        return state.compareAndSet(HERE, new State(farewell));
    }

    /** Tells the farewell, unless it has been told. */
    void tellFarewell() {
        telling.lock();
        try {
            Runnable farewell = Objects.requireNonNull(state.get()).farewell;
            if (farewell != null) {
                state.set(AWAY); // nobody else changes a state that is going while we have the lock
                farewell.run();
            }
        } finally {
            telling.unlock();
        }
    }

    /** The session comes: tells the welcome, after a farewell that has not been told, unless it is here already. */
    void comes(Runnable welcome) {
        if (isHere() || telling.isHeldByCurrentThread()) {
            return;
        }
        tellFarewell();
        telling.lock();
        try {
            if (state.compareAndSet(AWAY, HERE)) {
                welcome.run();
            }
        } finally {
            telling.unlock();
        }
    }
}
