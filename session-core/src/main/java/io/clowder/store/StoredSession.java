/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the cluster keeps under one session id: a session, or what stands in for it while it moves and after it has ended. */
public sealed interface StoredSession
        permits SessionRecord, StoredSession.Sealed, StoredSession.Ending, StoredSession.Tombstone {

    /** Identifies this state among all that the entry ever had. A backup applies a change only upon the same state. */
    Version stamp();

    /**
     * Whether a sweep at that time, in milliseconds since the epoch, has to look at this entry: a session that nobody can use
     * any more, an end that was claimed and is not finished, a tombstone that outlived its time. Looks at no attribute.
     */
    boolean isDueAt(long millis);

    /**
     * Whether by that time, milliseconds since the epoch, nobody could use it any more, as far as the entry itself tells; also
     * of an end that was claimed.
     */
    default boolean isOverdueAt(long millis) {
        return isDueAt(millis);
    }

    /**
     * What the entry says about the session of this id: in use under it, gone on under another, where one has to look for it
     * then, or, null, ended.
     */
    default @Nullable Trace trace(String id) {
        return null;
    }

    /**
     * A session whose id is being changed: loads, takeovers and saves wait until it is known under which id it goes on.
     *
     * @param record the session as it was
     * @param newId the id that it is moving to
     * @param by the rename
     */
    record Sealed(SessionRecord record, String newId, OperationId by) implements StoredSession {
        @Override
        public Version stamp() {
            return new Version(record.version().counter(), by);
        }

        @Override
        public boolean isDueAt(long millis) {
            return record.isDueAt(millis);
        }

        @Override
        public boolean isOverdueAt(long millis) {
            return record.isOverdueAt(millis);
        }

        /** It is known later whether it has moved. */
        @Override
        public Trace trace(String id) {
            return record.trace(id);
        }
    }

    /**
     * A session whose end has been claimed by one node, which announces it.
     *
     * @param record the final state
     * @param by the claim
     */
    record Ending(SessionRecord record, OperationId by) implements StoredSession {
        @Override
        public Version stamp() {
            return new Version(record.version().counter(), by);
        }

        @Override
        public boolean isDueAt(long millis) {
            return true;
        }

        @Override
        public boolean isOverdueAt(long millis) {
            return record.isOverdueAt(millis);
        }
    }

    /**
     * Says that a session has ended or goes on under another id, so that nothing late can bring it back.
     *
     * @param by the operation that ended it
     * @param counter the counter of the session's last state
     * @param endedAt milliseconds since the epoch
     * @param newId where saves in flight go, null when the session has ended
     * @param writers the last save of each node that saved the session: a late repeat of it is not a new session
     */
    record Tombstone(
            OperationId by,
            long counter,
            long endedAt,
            @Nullable String newId,
            Map<NodeId, Version> writers) implements StoredSession {

        /** How long an ended id is remembered: longer than any outage that is reconciled. */
        public static final Duration LIFE = Duration.ofMinutes(60);

        /** What is left of it after that is looked at. */
        private static final Duration OVERDUE = LIFE.plusMinutes(10);

        @Override
        public Version stamp() {
            return new Version(counter, by);
        }

        /** When the place that should have dropped it has not: a merge of clusters can take its life from it. */
        @Override
        public boolean isDueAt(long millis) {
            return millis - endedAt >= OVERDUE.toMillis();
        }

        @Override
        public @Nullable Trace trace(String id) {
            return newId == null ? null : Trace.movedTo(newId);
        }
    }
}
