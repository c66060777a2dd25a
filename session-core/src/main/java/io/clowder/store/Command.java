/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One atomic step on one session's entry: a value and a pure function, so that the owner and each backup come to the same
 * state, and the in-memory reference to the same as Hazelcast. All rules about what may follow upon what stand here.
 */
public sealed interface Command {

    /** What the command makes of the entry. Reads no clock and changes nothing. */
    Outcome apply(@Nullable StoredSession current);

    /** What a state that this command makes is named by; null when it makes none, or one that there was before. */
    @Nullable
    OperationId operation();

    /**
     * The result of a command.
     *
     * @param next the entry afterwards, null when there is none
     * @param effect what the backups have to do
     * @param answer for the caller
     */
    record Outcome(@Nullable StoredSession next, Effect effect, Answer answer) {

        private static Outcome changed(StoredSession next, Answer answer) {
            return new Outcome(next, Effect.CHANGED, answer);
        }

        private static Outcome unchanged(@Nullable StoredSession current, Answer answer) {
            return new Outcome(current, Effect.NONE, answer);
        }

        /** A repeat: the owner has it already, but a backup may not. */
        private static Outcome repeated(StoredSession current, Answer answer) {
            return new Outcome(current, Effect.REPLACED, answer);
        }
    }

    /** What backups have to do after a command. */
    enum Effect {
        /** Nothing: the entry is as before. */
        NONE,
        /** Nothing; the owner notes an access in its entry, which stays the same state. */
        NOTED,
        /** Apply the same command upon the same state. */
        CHANGED,
        /** Take the owner's entry as it is: a backup may lack what led to it, as when an acknowledgement was lost. */
        REPLACED
    }

    /**
     * Asks for a session, and may note its use. The answer has the access before.
     *
     * @param known the state that the asker has, or null
     * @param usedAt milliseconds since the epoch, null when the question does not count as a use
     */
    record Load(@Nullable Version known, @Nullable Long usedAt) implements Command {

        /** A question that does not count as a use. */
        public Load(@Nullable Version known) {
            this(known, null);
        }

        @Override
        public @Nullable OperationId operation() {
            return null;
        }

        @Override
        public Outcome apply(@Nullable StoredSession current) {
            if (!(current instanceof SessionRecord record)) {
                return absent(current);
            }
            if (record.incomplete()) {
                return Outcome.unchanged(record, incomplete(record));
            }
            Answer.Found found = found(record, known);
            Answer answer = record.notedAt() == 0 ? found : new Answer.Noted(record.notedAt(), found);
            SessionTimes times = record.newestTimes();
            // A request that comes too late must not revive the session that its node is about to end.
            return usedAt != null && usedAt > times.accessedAt() && !times.isOverAt(usedAt)
                    ? new Outcome(record.usedAt(usedAt), Effect.NOTED, answer)
                    : Outcome.unchanged(record, answer);
        }
    }

    /**
     * Makes the asking node the holder.
     *
     * @param operation names the takeover
     * @param known the state that the asker has, or null
     */
    record Take(OperationId operation, @Nullable Version known) implements Command {
        @Override
        public Outcome apply(@Nullable StoredSession current) {
            if (!(current instanceof SessionRecord record)) {
                return absent(current);
            }
            if (record.incomplete()) {
                return Outcome.unchanged(record, incomplete(record));
            }
            if (record.isMadeBy(operation)) {
                return Outcome.repeated(record, found(record, known));
            }
            NodeId taker = operation.node();
            if (taker.equals(record.holder())) {
                // A takeover whose acknowledgement was lost may not have reached the backups.
                boolean unsure = taker.equals(record.version().operation().node())
                        && !record.version().equals(record.writers().get(taker));
                Answer answer = found(record, known);
                return unsure ? Outcome.repeated(record, answer) : Outcome.unchanged(record, answer);
            }
            SessionRecord taken = record.heldBy(operation);
            return Outcome.changed(taken, found(taken, known));
        }
    }

    /**
     * Creates a session or changes it.
     *
     * @param delta the change
     */
    record Save(SessionDelta delta) implements Command {
        @Override
        public OperationId operation() {
            return delta.operation();
        }

        @Override
        public Outcome apply(@Nullable StoredSession current) {
            if (current == null && (delta.base() == null || delta.wholeAt() != 0)) {
                SessionRecord created = SessionRecord.created(delta);
                return Outcome.changed(created, applied(created));
            }
            if (delta.base() == null && current instanceof StoredSession.Tombstone tomb && mayFollow(tomb)) {
                SessionRecord created = SessionRecord.created(delta, tomb);
                return new Outcome(created, Effect.REPLACED, applied(created));
            }
            if (!(current instanceof SessionRecord record)) {
                return absent(current);
            }
            boolean isOfAnother = !record.incomplete()
                    && delta.times().createdAt() != record.times().createdAt();
            // Where nothing has followed upon the base, this has not either.
            boolean isNext = record.version().equals(delta.base());
            if (!isNext && !isOfAnother && (record.hasSave(delta.operation()) || record.isMadeBy(delta.operation()))) {
                return Outcome.repeated(record, applied(record));
            }
            if (delta.base() == null) {
                return Outcome.unchanged(record, new Answer.Refused());
            }
            boolean broughtBack = delta.wholeAt() != 0;
            if (delta.whole() && !broughtBack) {
                return repaired(record);
            }
            if (record.incomplete()) {
                return Outcome.unchanged(record, incomplete(record));
            }
            if (isOfAnother) {
                return Outcome.unchanged(record, new Answer.Gone(null, true)); // meant for one that had this id before
            }
            if (broughtBack) {
                return changed(record.joinedBy(delta), record.joinConflicts(delta));
            }
            SessionRecord saved = record.with(delta);
            return isNext
                    ? Outcome.changed(saved, found(saved, saved.version())) // it lacks nothing
                    : changed(saved, record.conflicts(delta));
        }

        /** Whether a session may begin under an id that another had: if it says so, and is no late repeat. */
        private boolean mayFollow(StoredSession.Tombstone tomb) {
            OperationId operation = delta.operation();
            return delta.whole()
                    && !SessionRecord.hasSave(tomb.writers(), operation)
                    && (!tomb.by().node().equals(operation.node()) || tomb.by().sequence() < operation.sequence());
        }

        /** Only an incomplete record: of one that was repaired meanwhile, the copy would undo what followed. */
        private Outcome repaired(SessionRecord record) {
            if (!record.incomplete()) {
                return Outcome.unchanged(record, new Answer.Refused());
            }
            SessionRecord saved = record.with(delta);
            return new Outcome(saved, Effect.REPLACED, applied(saved));
        }

        private Outcome changed(SessionRecord saved, int conflicts) {
            return Outcome.changed(saved, applied(saved, conflicts));
        }

        private Answer applied(SessionRecord record) {
            return applied(record, 0);
        }

        private Answer applied(SessionRecord record, int conflicts) {
            // Of a creation that is repeated it is not known what others changed since: it gets everything.
            boolean justCreated =
                    delta.base() == null && record.version().operation().equals(delta.operation());
            Version base = justCreated ? record.version() : delta.base();
            return new Answer.Found(
                    record.version(),
                    record.holder(),
                    record.former().keySet(),
                    record.since(base, delta.operation()),
                    conflicts);
        }
    }

    /**
     * First step of a change of id: from now on the session is neither loaded nor saved under the old one.
     *
     * @param operation names the rename
     * @param newId the id that the session moves to
     */
    record Seal(OperationId operation, String newId) implements Command {
        @Override
        public Outcome apply(@Nullable StoredSession current) {
            if (current instanceof StoredSession.Sealed sealed && sealed.by().equals(operation)) {
                return Outcome.repeated(sealed, new Answer.Whole(sealed.record()));
            }
            if (!(current instanceof SessionRecord record)) {
                return absent(current);
            }
            if (record.incomplete()) {
                return Outcome.unchanged(record, incomplete(record));
            }
            SessionRecord last = record.withNoted();
            return Outcome.changed(new StoredSession.Sealed(last, newId, operation), new Answer.Whole(last));
        }
    }

    /**
     * Undoes a seal whose rename will not be finished.
     *
     * @param seal the rename
     */
    record Unseal(OperationId seal) implements Command {
        @Override
        public @Nullable OperationId operation() {
            return null;
        }

        @Override
        public Outcome apply(@Nullable StoredSession current) {
            if (current instanceof StoredSession.Sealed sealed && sealed.by().equals(seal)) {
                return Outcome.changed(sealed.record(), new Answer.Whole(sealed.record()));
            }
            return Outcome.unchanged(current, new Answer.Refused());
        }
    }

    /**
     * Second step of a change of id: the session under its new id.
     *
     * @param operation names the rename
     * @param oldId the id that the session comes from
     * @param record the session as the seal found it
     */
    record Create(OperationId operation, String oldId, SessionRecord record) implements Command {
        @Override
        public Outcome apply(@Nullable StoredSession current) {
            if (current == null || isUndone(current)) {
                SessionRecord created = record.renamed(operation);
                return Outcome.changed(created, found(created, record.version()));
            }
            if (current instanceof SessionRecord present && present.isMadeBy(operation)) {
                return Outcome.repeated(present, found(present, record.version()));
            }
            return current instanceof SessionRecord
                    ? Outcome.unchanged(current, new Answer.Refused())
                    : absent(current);
        }

        /** Whether an earlier rename to the same id was undone, and not this one. */
        private boolean isUndone(StoredSession current) {
            return current instanceof StoredSession.Tombstone tomb
                    && oldId.equals(tomb.newId())
                    && !tomb.by().equals(operation);
        }
    }

    /**
     * Claims the end of a session; the claimer announces it and then buries the session.
     *
     * @param operation names the claim
     * @param idleAt when given, the end is refused if the session can be used still at this time (milliseconds since the epoch),
     *     as the entry knows it, or if another node holds it
     */
    record Claim(OperationId operation, @Nullable Long idleAt) implements Command {
        @Override
        public Outcome apply(@Nullable StoredSession current) {
            if (current instanceof StoredSession.Ending ending && ending.by().equals(operation)) {
                return Outcome.repeated(ending, new Answer.Whole(ending.record()));
            }
            if (!(current instanceof SessionRecord record)) {
                return absent(current);
            }
            if (record.incomplete()) {
                return Outcome.unchanged(record, incomplete(record));
            }
            if (idleAt != null && !isIdle(record, idleAt)) {
                return Outcome.unchanged(record, new Answer.Refused());
            }
            SessionRecord last = record.withNoted();
            return Outcome.changed(new StoredSession.Ending(last, operation), new Answer.Whole(last));
        }

        /** The holder knows of each use; where nobody holds it, a backup that had to step in does not. */
        private boolean isIdle(SessionRecord record, long at) {
            return record.holder() == null
                    ? record.newestTimes().isOverAt(at)
                    : record.holder().equals(operation.node())
                            && record.newestTimes().isIdleAt(at);
        }
    }

    /**
     * Claims the end of a session that nobody looks after any more: it was not used for so long that nobody can use it again,
     * and no node holds it, or its end was claimed by a node that will not finish it.
     *
     * @param operation names the claim
     * @param at now, milliseconds since the epoch
     * @param by who is known not to look after the session, as an earlier try of this command was answered; null at first
     */
    record Reap(OperationId operation, long at, Answer.@Nullable Held by) implements Command {
        @Override
        public Outcome apply(@Nullable StoredSession current) {
            if (current instanceof StoredSession.Ending ending) {
                return inherited(ending);
            }
            if (current instanceof StoredSession.Tombstone tomb && tomb.isDueAt(at)) {
                return Outcome.repeated(tomb, gone(tomb)); // its place gives it a life again
            }
            if (!(current instanceof SessionRecord record)) {
                return absent(current);
            }
            if (record.incomplete()) {
                return Outcome.unchanged(record, incomplete(record));
            }
            if (!record.isDueAt(at)) {
                return Outcome.unchanged(record, new Answer.Refused());
            }
            NodeId holder = record.holder();
            if (holder != null && !isBy(new Answer.Held(holder, null))) {
                return Outcome.unchanged(record, new Answer.Held(holder, null));
            }
            SessionRecord last = record.withNoted();
            return Outcome.changed(new StoredSession.Ending(last, operation), new Answer.Whole(last));
        }

        private Outcome inherited(StoredSession.Ending ending) {
            Answer whole = new Answer.Whole(ending.record());
            if (ending.by().equals(operation)) {
                return Outcome.repeated(ending, whole);
            }
            Answer.Held claimer = new Answer.Held(ending.by().node(), ending.by());
            return isBy(claimer)
                    ? Outcome.changed(new StoredSession.Ending(ending.record(), operation), whole)
                    : Outcome.unchanged(ending, claimer);
        }

        private boolean isBy(Answer.Held found) {
            return found.equals(by);
        }
    }

    /**
     * Last step of an end and of a change of id: leaves a tombstone. Where there is nothing yet it leaves one too: what this
     * operation would still bring there comes too late.
     *
     * @param operation the claim or seal that is finished
     * @param at milliseconds since the epoch
     * @param newId where saves in flight go, null after an end
     */
    record Bury(OperationId operation, long at, @Nullable String newId) implements Command {
        @Override
        public Outcome apply(@Nullable StoredSession current) {
            boolean sealed =
                    current instanceof StoredSession.Sealed seal && seal.by().equals(operation);
            boolean claimed = current instanceof StoredSession.Ending ending
                    && ending.by().equals(operation);
            if (current == null || sealed || claimed) {
                StoredSession.Tombstone tomb = tombstone(current);
                // It is small, and a backup that is behind would not know all writers.
                return new Outcome(tomb, Effect.REPLACED, gone(tomb));
            }
            if (current instanceof StoredSession.Tombstone tomb) {
                return tomb.by().equals(operation)
                        ? Outcome.repeated(tomb, gone(tomb))
                        : Outcome.unchanged(tomb, gone(tomb));
            }
            return Outcome.unchanged(current, new Answer.Refused());
        }

        private StoredSession.Tombstone tombstone(@Nullable StoredSession current) {
            SessionRecord last = recordIn(current);
            return new StoredSession.Tombstone(
                    operation,
                    current == null ? 0 : current.stamp().counter() + 1,
                    at,
                    newId,
                    last == null ? Map.of() : last.writers());
        }
    }

    /**
     * Puts up with an incomplete record because no node is left that could repair it: the session is what the record has, or
     * has ended when that is nothing.
     *
     * @param operation names the decision
     * @param at milliseconds since the epoch
     */
    record Accept(OperationId operation, long at) implements Command {
        @Override
        public Outcome apply(@Nullable StoredSession current) {
            if (!(current instanceof SessionRecord record) || !record.incomplete()) {
                return Outcome.unchanged(current, new Answer.Refused());
            }
            StoredSession next = record.isPlaceholder()
                    ? new StoredSession.Tombstone(operation, record.version().counter() + 1, at, null, Map.of())
                    : record.asComplete(operation);
            return new Outcome(next, Effect.REPLACED, new Answer.Whole(record));
        }
    }

    private static Answer.Found found(SessionRecord record, @Nullable Version known) {
        return new Answer.Found(
                record.version(), record.holder(), record.former().keySet(), record.since(known, null));
    }

    private static Answer incomplete(SessionRecord record) {
        return new Answer.Incomplete(record.holder(), record.version());
    }

    private static Answer gone(StoredSession.Tombstone tomb) {
        return new Answer.Gone(tomb.newId(), true);
    }

    /** The answer where no session is in use. */
    private static Outcome absent(@Nullable StoredSession current) {
        if (current == null) {
            return Outcome.unchanged(null, new Answer.Gone(null, false));
        }
        if (current instanceof StoredSession.Sealed sealed) {
            return Outcome.unchanged(
                    sealed,
                    new Answer.Moving(
                            sealed.newId(),
                            sealed.by(),
                            sealed.record().holder(),
                            sealed.record().version().counter()));
        }
        if (current instanceof StoredSession.Tombstone tomb) {
            return Outcome.unchanged(tomb, gone(tomb));
        }
        return Outcome.unchanged(current, new Answer.Gone(null, true));
    }

    /**
     * What a backup makes of its copy after a command changed the owner's: the same, but only upon the same state.
     *
     * @param current the backup's entry
     * @param upon the stamp that the owner's entry had, null when it had none
     */
    default StoredSession onBackup(@Nullable StoredSession current, @Nullable Version upon) {
        if (upon == null) {
            return Objects.requireNonNull(apply(null).next());
        }
        if (current != null && !(current instanceof SessionRecord record && record.incomplete())) {
            if (current.stamp().equals(upon)) {
                return Objects.requireNonNull(apply(current).next());
            }
            if (current.stamp().operation().equals(operation())) {
                return current; // delivered twice
            }
        }
        return markedIncomplete(current, upon);
    }

    /** The session in this entry, null when there is none. */
    private static @Nullable SessionRecord recordIn(@Nullable StoredSession entry) {
        if (entry instanceof StoredSession.Sealed sealed) {
            return sealed.record();
        }
        if (entry instanceof StoredSession.Ending ending) {
            return ending.record();
        }
        return entry instanceof SessionRecord record ? record : null;
    }

    private SessionRecord markedIncomplete(@Nullable StoredSession current, Version upon) {
        OperationId operation = operation();
        NodeId node = operation == null ? null : operation.node();
        SessionRecord copy = recordIn(current);
        if (copy == null) {
            return SessionRecord.missed(upon, node);
        }
        return copy.asIncomplete(this instanceof Take ? node : null, upon.counter());
    }
}
