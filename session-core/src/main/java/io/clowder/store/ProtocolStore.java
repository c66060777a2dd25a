/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * The rules of {@link SessionStore} over any place that runs a {@link Command} atomically on one entry and can reach the
 * nodes that hold live copies. A subclass brings the place.
 */
public abstract class ProtocolStore implements SessionStore {

    private static final Logger log = System.getLogger(ProtocolStore.class.getName());

    /** Runs the command on the entry, backups included; throws {@link StoreUnavailableException}. */
    protected abstract Answer execute(String id, Command command, Deadline deadline);

    /** Whether the node is in the cluster now. */
    protected abstract boolean isAlive(NodeId node);

    /** {@link LiveCopies#release} on another node; null also when that node has left. */
    protected abstract @Nullable SessionTimes release(NodeId node, String id, long counter, Deadline deadline);

    /** {@link LiveCopies#changed} on another node; returns at once when that node has left. */
    protected abstract void changed(NodeId node, String id, long counter, Deadline deadline);

    /** {@link LiveCopies#whole} on another node or this one; null also when that node has left. */
    protected abstract @Nullable SessionDelta whole(NodeId node, String id, OperationId operation, Deadline deadline);

    /** Milliseconds since the epoch, for tombstones. */
    protected abstract long now();

    /** Returns after a moment in which another node may have made progress; the condition is asked again. */
    protected abstract void pause(Deadline deadline);

    @Override
    public final Loaded load(String id, @Nullable Version known, Deadline deadline) {
        Answer answer = settle(id, new Command.Load(known), deadline);
        return answer instanceof Answer.Found found
                ? new Loaded.Found(found.version(), found.holder(), found.changes())
                : new Loaded.Gone();
    }

    @Override
    public final Loaded take(String id, @Nullable Version known, Deadline deadline) {
        Answer answer = settle(id, new Command.Take(nextOperation(), known), deadline);
        if (!(answer instanceof Answer.Found found)) {
            return new Loaded.Gone();
        }
        Changes changes = found.changes();
        SessionTimes times = changes.times();
        for (NodeId former : found.former()) {
            SessionTimes theirs = release(former, id, found.version().counter(), deadline);
            times = theirs == null ? times : times.accessedAsIn(theirs);
        }
        return new Loaded.Found(
                found.version(), found.holder(), new Changes(changes.whole(), changes.set(), changes.removed(), times));
    }

    @Override
    public final Saved save(String id, SessionDelta delta, Deadline deadline) {
        String current = id;
        while (true) {
            Answer answer = settle(current, new Command.Save(delta), deadline);
            if (answer instanceof Answer.Found found) {
                tell(found.holder(), current, found.version().counter(), deadline);
                return new Saved.Applied(found.version(), found.holder(), found.changes());
            }
            if (answer instanceof Answer.Gone gone && gone.newId() != null) {
                current = gone.newId();
            } else if (answer instanceof Answer.Refused) {
                throw new IllegalStateException("Session " + shortened(id) + ": the id is in use already");
            } else {
                return new Saved.Gone();
            }
        }
    }

    @Override
    public final Saved rename(String id, String newId, Deadline deadline) {
        OperationId operation = nextOperation();
        Answer sealed = settle(id, new Command.Seal(operation, newId), deadline);
        if (!(sealed instanceof Answer.Whole whole)) {
            return new Saved.Gone();
        }
        SessionRecord record = whole.record();
        Answer created = settle(newId, new Command.Create(operation, record), deadline);
        if (!(created instanceof Answer.Found found)) {
            execute(id, new Command.Unseal(operation), deadline);
            throw new IllegalStateException("Session " + shortened(newId) + ": the id is in use already");
        }
        settle(id, new Command.Bury(nextOperation(), operation, now(), newId), deadline);
        tell(record.holder(), id, found.version().counter(), deadline);
        return new Saved.Applied(found.version(), found.holder(), found.changes());
    }

    @Override
    public final @Nullable SessionRecord end(String id, @Nullable Long idleSince, Deadline deadline) {
        OperationId claim = nextOperation();
        Answer answer = settle(id, new Command.Claim(claim, idleSince), deadline);
        if (!(answer instanceof Answer.Whole whole)) {
            return null;
        }
        SessionRecord last = whole.record();
        settle(id, new Command.Bury(nextOperation(), claim, now(), null), deadline);
        tell(last.holder(), id, last.version().counter() + 1, deadline);
        return last;
    }

    private void tell(@Nullable NodeId holder, String id, long counter, Deadline deadline) {
        if (holder != null && !holder.equals(node())) {
            changed(holder, id, counter, deadline);
        }
    }

    /** Executes, and first mends what stands in the way: the rename of a node that died, a record that missed a change. */
    private Answer settle(String id, Command command, Deadline deadline) {
        while (true) {
            Answer answer = execute(id, command, deadline);
            if (answer instanceof Answer.Moving moving) {
                finishRename(id, moving, deadline);
            } else if (answer instanceof Answer.Incomplete incomplete) {
                repair(id, incomplete, deadline);
            } else {
                return answer;
            }
            if (deadline.isOver()) {
                throw new StoreUnavailableException(
                        "Session " + shortened(id) + " is "
                                + (answer instanceof Answer.Moving ? "changing its id" : "incomplete")
                                + ", and not yet settled",
                        null);
            }
        }
    }

    /** Waits for a renamer that lives; of one that died, completes the rename when the new record exists, else undoes it. */
    private void finishRename(String id, Answer.Moving moving, Deadline deadline) {
        if (isAlive(moving.by().node())) {
            pause(deadline);
            return;
        }
        Answer renamed = execute(moving.newId(), new Command.Load(null), deadline);
        boolean exists = !(renamed instanceof Answer.Gone gone) || gone.known();
        Command last = exists
                ? new Command.Bury(nextOperation(), moving.by(), now(), moving.newId())
                : new Command.Unseal(moving.by());
        execute(id, last, deadline);
        log.log(
                Level.INFO,
                () -> "Session " + shortened(id) + ": " + (exists ? "finished" : "undid")
                        + " the change of id of a node that has left");
    }

    /** From a live copy; without one, and once the holder has left, the record counts as it is. */
    private void repair(String id, Answer.Incomplete incomplete, Deadline deadline) {
        OperationId operation = nextOperation();
        NodeId holder = incomplete.holder();
        SessionDelta whole = whole(node(), id, operation, deadline);
        if (whole == null && holder != null && !holder.equals(node())) {
            whole = whole(holder, id, operation, deadline);
        }
        if (whole != null) {
            execute(id, new Command.Save(whole), deadline);
            log.log(Level.INFO, () -> "Session " + shortened(id) + ": a record that missed a change was repaired");
        } else if (holder != null && isAlive(holder) && !holder.equals(node())) {
            pause(deadline);
        } else {
            execute(id, new Command.Accept(operation, now()), deadline);
            log.log(
                    Level.WARNING,
                    () -> "Session " + shortened(id)
                            + ": its record missed a change and no node is left to repair it; the session goes back to an"
                            + " earlier state");
        }
    }

    /** The first characters of an id: ids are credentials. */
    public static String shortened(String id) {
        return id.length() <= 8 ? id.substring(0, Math.min(4, id.length())) + ".." : id.substring(0, 4) + "..";
    }
}
