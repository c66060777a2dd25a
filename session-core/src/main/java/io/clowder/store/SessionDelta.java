/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the requests of one node changed in one session since the last save: an immutable value, applied atomically where the
 * session is kept.
 *
 * @param operation names the save; a repeat carries the same
 * @param base the state that the changes were made upon, null for a session that is to be created
 * @param set attributes written, encoded
 * @param removed names removed, with the time of the removal in {@link HybridClock} time
 * @param times the session's times as this node knows them
 * @param holder the node that shall hold a created session, null when nobody holds it
 * @param whole true when {@code set} is all that the session has: repairs an incomplete record, or, without a base, creates
 *     the session also where one of that id has ended
 * @param settled true when every former holder is known to have let go
 * @param timeoutSet true when the allowed idleness in {@code times} was set since the base; else it is not taken over
 * @param wholeAt when not zero, this brings back a copy that went on while the store was away: {@code set} is all that it has,
 *     and until then, in {@link HybridClock} time, it knew of every write. Of two writes of an attribute the later one counts
 */
public record SessionDelta(
        OperationId operation,
        @Nullable Version base,
        Map<String, Write> set,
        Map<String, Long> removed,
        SessionTimes times,
        @Nullable NodeId holder,
        boolean whole,
        boolean settled,
        boolean timeoutSet,
        long wholeAt) {

    /** Of a copy that the store knows. */
    public SessionDelta(
            OperationId operation,
            @Nullable Version base,
            Map<String, Write> set,
            Map<String, Long> removed,
            SessionTimes times,
            @Nullable NodeId holder,
            boolean whole,
            boolean settled,
            boolean timeoutSet) {
        this(operation, base, set, removed, times, holder, whole, settled, timeoutSet, 0);
    }

    /**
     * One attribute written.
     *
     * @param bytes the encoded value; never changed after construction
     * @param writtenAt in {@link HybridClock} time
     */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    public record Write(byte[] bytes, long writtenAt) {}

    @Override
    public String toString() {
        return "delta of " + operation + ": set " + set.keySet() + ", removed " + removed.keySet();
    }
}
