/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the sessions of one web application are kept: records and deltas, bytes only. Ids are base ids, without a route.
 * Thread-safe.
 *
 * <p>Each call blocks until it is done or the deadline has passed, and then throws {@link StoreUnavailableException}: the
 * outcome is unknown, and the same call may be repeated. A failure is never reported as an absent session.
 */
public interface SessionStore extends AutoCloseable {

    /** The node that this store speaks for. */
    NodeId node();

    /** Names the next change: unique in the cluster, and larger than those before on this node. */
    OperationId nextOperation();

    /**
     * What the copy of the given state lacks. Notes a use of the session, which every node hears of from then on, backups by
     * the next change.
     *
     * @param usedAt milliseconds since the epoch, null when this is no use
     */
    Loaded load(String id, @Nullable Version known, @Nullable Long usedAt, Deadline deadline);

    /** What the copy of the given state lacks. Changes nothing. */
    default Loaded load(String id, @Nullable Version known, Deadline deadline) {
        return load(id, known, null, deadline);
    }

    /**
     * What a cache on this node has of the session, or gets now. It may be outdated, and it may be ended: who serves it
     * unasked gives up that.
     *
     * @param known the state that the asker has, or null; an older one is not answered
     * @param counter an older state than of this counter is not answered either
     * @return null when there is nothing of use, also when the session is kept on this very node
     */
    Loaded.@Nullable Found near(String id, @Nullable Version known, long counter, Deadline deadline);

    /**
     * Makes this node the holder, backed up. On return every former holder has let go or left the cluster; the times are
     * the newest that any of them knew.
     */
    Loaded take(String id, @Nullable Version known, Deadline deadline);

    /**
     * Creates the session (a delta without base) or changes it. Idempotent by the delta's operation. On return, backups have
     * the change, and when another node holds the session, that node knows that its copy is behind.
     *
     * @throws IllegalStateException if a session is to be created under an id in use
     */
    Saved save(String id, SessionDelta delta, Deadline deadline);

    /**
     * Moves the session to another id and leaves a tombstone: from the return on, the old id names no session. A save that
     * is in flight under the old id is applied under the new one.
     */
    Saved rename(String id, String newId, Deadline deadline);

    /**
     * Claims the session's end: from the return on, it is gone for everybody. Who gets the final record announces the end, and
     * then calls {@link #announced}; if its node dies before that, another one announces it.
     *
     * @param idleAt when given, only if it can not be used any more at this time (milliseconds since the epoch), by its own
     *     times, and no other node holds it; null ends it in any case
     * @return the final record for exactly one caller in the cluster, null for all others
     */
    @Nullable
    SessionRecord end(String id, @Nullable Long idleAt, Deadline deadline);

    /**
     * The end that this node has claimed was announced: leaves a tombstone. When the store does not answer, the next {@link
     * #due} makes up for it. Does nothing if this node has not claimed the end.
     */
    void announced(String id, Deadline deadline);

    /**
     * Of the sessions that this node is to look through, the ids of those that nobody may look after any more: not used for their
     * allowed idleness and an {@link SessionTimes#ACCESS_SHARE} of it, or with an end that was claimed and is not finished. They
     * are those kept on this very node, and on the oldest node that has the application also those kept where it is not.
     * Transfers ids only.
     *
     * @param parts each call looks through one of so many parts, which take turns; at least 1
     */
    Collection<String> due(int parts, Deadline deadline);

    /**
     * As {@link #end}, for a session that is {@link #due}: only if no node holds it, or the one that does has left the cluster or
     * does not remember it; or if the node that claimed its end is not going to finish it.
     *
     * @return the final record for exactly one caller in the cluster, null for all others
     */
    @Nullable
    SessionRecord reap(String id, Deadline deadline);

    /**
     * What became of the sessions that have or had these ids: those that have ended are missing in the answer, those whose id
     * was changed have another one there. Changes nothing, and is no use of a session. One call for many costs little more than
     * for one.
     */
    Map<String, Trace> trace(Set<String> ids, Deadline deadline);

    /**
     * Makes sure that nothing brings back a session that has ended while the store was away: ends it if it is there, announcing
     * nothing, and leaves a tombstone. Idempotent.
     */
    void bury(String id, Deadline deadline);

    /**
     * Whether there is nothing that could be asked, and it is known: calls would only fail. Then this node goes on alone until
     * the store has heard of the sessions that ended meanwhile. Cheap.
     */
    boolean isAway();

    /** Whether a session with this id would be kept on this very node. */
    boolean isHome(String id);

    /** {@link System#nanoTime()} when this node last heard of the cluster. */
    long lastContact();

    /**
     * Whether this node may serve what it holds without a question: no other node can have taken it over unnoticed. Cheap.
     *
     * @param nanoTime {@link System#nanoTime()} now
     * @param patience how long a call may take
     */
    default boolean isInTouch(long nanoTime, Duration patience) {
        return nanoTime - lastContact() < patience.toNanos();
    }

    /** Lets go of the store's resources; the sessions stay. */
    @Override
    void close();
}
