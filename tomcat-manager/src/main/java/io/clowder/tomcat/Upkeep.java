/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.session.LiveSession;
import io.clowder.session.Sessions;
import io.clowder.store.Deadline;
import io.clowder.store.StoreUnavailableException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Supplier;
import org.apache.catalina.Session;
import org.jspecify.annotations.Nullable;

/**
 * What a node does for sessions while no request asks: saves what requests left, ends idle sessions where the cluster agrees,
 * evicts copies. What can wait is not asked again for a while after the cluster left a question unanswered, as each question
 * would wait as long. Thread-safe.
 */
final class Upkeep {

    private static final Logger log = System.getLogger(Upkeep.class.getName());

    /** After an unanswered question about one idle session, the others are not asked for: each would wait as long. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final ClowderManager manager;
    private final Sessions sessions;

    /** When the cluster last left the question unanswered whether a session is idle. */
    private volatile long unansweredAt = System.nanoTime() - PAUSE.toNanos();

    /** Of a manager's sessions, as long as they are open. */
    Upkeep(ClowderManager manager, Sessions sessions) {
        this.manager = manager;
        this.sessions = sessions;
    }

    /**
     * Saves what no request is going to save: changes of other threads, and what could not be saved before.
     *
     * @return whether all is saved
     */
    boolean tidy() {
        for (Session session : manager.findSessions()) {
            LiveSession live = ((ClowderSession) session).live();
            if (live.isUnsaved() && live.enter()) {
                boolean saved = manager.saveLate((ClowderSession) session);
                live.leave();
                if (!saved) {
                    return false; // the others would wait as long
                }
            }
        }
        return true;
    }

    /**
     * Ends what nobody looks after.
     *
     * @param parts after so many looks everything had its turn
     */
    void look(int parts) {
        endWithoutCopy(() -> sessions.due(parts), sessions::reap);
    }

    /** Evicts copies that nobody used for that long, null for ever, and ends what was evicted and is idle. */
    void evict(@Nullable Duration idleness) {
        sessions.evictIdle(idleness);
        endWithoutCopy(sessions::idleEvicted, sessions::endEvicted);
    }

    /** Ends the session if nobody can use it any more; else drops the copy. An unanswered question ends and drops nothing. */
    boolean endIdle(ClowderSession session) {
        // While the cluster is away, who asks for it learns that; but another node may have used it, and knows better.
        boolean unasked = sessions.isAway() && Exchange.current() == null && session.isShared();
        if (isClusterSilent() || unasked) {
            return false;
        }
        try {
            boolean ended = sessions.end(session.live(), manager.now(), sessions.deadline());
            if (!ended && !sessions.isAway()) {
                sessions.drop(session.live()); // another node used or ended it; this one looks again later
            }
            return ended;
        } catch (StoreUnavailableException e) {
            unanswered(session + " looks idle", e);
            return false;
        }
    }

    private interface Ending {
        @Nullable
        LiveSession end(String id, Deadline deadline);
    }

    /** Ends sessions of which this node has no copy, one after the other, and announces each. */
    private void endWithoutCopy(Supplier<Collection<String>> candidates, Ending ending) {
        if (isClusterSilent() || sessions.isAway()) {
            return;
        }
        try {
            for (String id : candidates.get()) {
                LiveSession ended = ending.end(id, sessions.deadline());
                if (ended != null) {
                    announce((ClowderSession) ended.face());
                }
            }
        } catch (StoreUnavailableException e) {
            unanswered("Sessions look idle", e);
        }
    }

    private void announce(ClowderSession ended) {
        try {
            ended.announceEnd();
        } finally {
            manager.announced(ended);
        }
    }

    /** Whether a question that can wait was left unanswered a moment ago: the next one would wait as long. */
    boolean isClusterSilent() {
        return System.nanoTime() - unansweredAt < PAUSE.toNanos();
    }

    /** Such a question was left unanswered; it will be asked again. */
    void unanswered(String what, StoreUnavailableException reason) {
        unansweredAt = System.nanoTime();
        log.log(Level.DEBUG, () -> what + ", the cluster does not answer: " + reason.getMessage());
    }
}
