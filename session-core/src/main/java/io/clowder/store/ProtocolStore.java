/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The rules of {@link SessionStore} over any place that runs a {@link Command} atomically on one entry and can reach the
 * nodes that hold live copies. A subclass brings the place.
 */
public abstract class ProtocolStore implements SessionStore {

    private static final Logger log = System.getLogger(ProtocolStore.class.getName());

    /** How many ends without an outcome are remembered for those who ask again. */
    private static final int MAX_UNFINISHED = 1000;

    /** Changes of id that a trace follows at most; a session has one or two as long as it is remembered under an old id. */
    private static final int MAX_HOPS = 20;

    /** A change of id ends by its caller's deadline: the longest {@code operationTimeout}. */
    private static final Duration LONGEST_RENAME = Duration.ofSeconds(9);

    /** An end is announced to listeners of the application, which take their time. */
    private static final Duration LONGEST_END = Duration.ofSeconds(60);

    /** Changes of id and ends that this node is about to finish. */
    private final Set<OperationId> working = ConcurrentHashMap.newKeySet();

    /** Ends that this node announces, by session. */
    private final Map<String, OperationId> claims = new ConcurrentHashMap<>();

    /** Those of them that were announced, and for which the store did not answer. */
    private final Set<String> unburied = ConcurrentHashMap.newKeySet();

    private final Map<String, OperationId> unfinished = new LinkedHashMap<>();

    /** Runs the command on the entry, backups included; throws {@link StoreUnavailableException}. */
    protected abstract Answer execute(String id, Command command, Deadline deadline);

    /** A copy of the entry that is nearer than the entry; null when there is none, or none in time. */
    protected abstract @Nullable StoredSession nearby(String id, Deadline deadline);

    /** Whether the node is in the cluster now. */
    protected abstract boolean isAlive(NodeId node);

    /**
     * {@link #isAtWork} on another node; false also when that node has left.
     *
     * @param longest no node is at work for longer on an operation of that kind, as a rule; for a place where nodes cannot be
     *     asked
     */
    protected abstract boolean isAtWork(NodeId node, OperationId operation, Duration longest, Deadline deadline);

    /** {@link LiveCopies#remembers} on another node or this one; false also when that node has left. */
    protected abstract boolean remembers(NodeId node, String id, Deadline deadline);

    /**
     * What this node is to look through and is {@link StoredSession#isDueAt} that time, of one of so many parts, which take turns;
     * throws {@link StoreUnavailableException}.
     */
    protected abstract Collection<String> dueAt(long millis, int parts, Deadline deadline);

    /** {@link StoredSession#trace} of all these entries that have one; throws {@link StoreUnavailableException}. */
    protected abstract Map<String, Trace> traces(Set<String> ids, Deadline deadline);

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
    public final Loaded load(String id, @Nullable Version known, @Nullable Long usedAt, Deadline deadline) {
        Answer answer = settle(id, new Command.Load(known, usedAt), deadline);
        if (answer instanceof Answer.Noted noted) {
            return loaded(noted.found(), noted.notedAt());
        }
        return answer instanceof Answer.Found found ? loaded(found, 0) : new Loaded.Gone(isKnown(answer));
    }

    private static Loaded.Found loaded(Answer.Found found, long notedAt) {
        SessionTimes times = found.changes().times().accessedAsIn(new SessionTimes(0, notedAt, 0));
        return new Loaded.Found(found.version(), found.holder(), found.changes(), times);
    }

    @Override
    public final Loaded.@Nullable Found near(String id, @Nullable Version known, long counter, Deadline deadline) {
        if (!(nearby(id, deadline) instanceof SessionRecord record)
                || record.incomplete()
                || record.version().counter() < counter
                || isBehind(record.version(), known)) {
            return null;
        }
        return new Loaded.Found(record.version(), record.holder(), record.since(known, null), record.newestTimes());
    }

    /** Whether this state is older than the other, or cannot be told from an older one. */
    private static boolean isBehind(Version version, @Nullable Version known) {
        return known != null && !version.equals(known) && version.counter() <= known.counter();
    }

    @Override
    public final Loaded take(String id, @Nullable Version known, Deadline deadline) {
        while (true) {
            Answer answer = settle(id, new Command.Take(nextOperation(), known), deadline);
            if (!(answer instanceof Answer.Found found)) {
                return new Loaded.Gone(isKnown(answer));
            }
            if (node().equals(found.holder())) {
                return taken(id, found, deadline);
            }
            // Another node took over between the takeover and the repeat of it that was answered.
        }
    }

    private Loaded.Found taken(String id, Answer.Found found, Deadline deadline) {
        Changes changes = found.changes();
        SessionTimes times = changes.times();
        for (NodeId former : found.former()) {
            SessionTimes theirs = release(former, id, found.version().counter(), deadline);
            times = theirs == null ? times : times.accessedAsIn(theirs);
        }
        return new Loaded.Found(
                found.version(),
                found.holder(),
                new Changes(changes.whole(), changes.set(), changes.removed(), times),
                times);
    }

    @Override
    public final Saved save(String id, SessionDelta delta, Deadline deadline) {
        String current = id;
        while (true) {
            Answer answer = settle(current, new Command.Save(delta), deadline);
            if (answer instanceof Answer.Found found) {
                tell(found.holder(), found.former(), current, found.version().counter(), deadline);
                boolean moved = !current.equals(id);
                if (moved && node().equals(found.holder())) {
                    changed(node(), current, found.version().counter(), deadline); // its other copy, of the new id
                }
                NodeId holder = moved ? null : found.holder();
                return new Saved.Applied(found.version(), holder, found.changes(), found.conflicts());
            }
            if (answer instanceof Answer.Gone gone && gone.newId() != null) {
                current = gone.newId();
            } else if (answer instanceof Answer.Refused) {
                throw inUse(id);
            } else {
                return new Saved.Gone(isKnown(answer));
            }
        }
    }

    private static boolean isKnown(Answer absent) {
        return !(absent instanceof Answer.Gone gone) || gone.known();
    }

    @Override
    public final Saved rename(String id, String newId, Deadline deadline) {
        OperationId operation = nextOperation();
        working.add(operation);
        try {
            Answer sealed = settle(id, new Command.Seal(operation, newId), deadline);
            if (sealed instanceof Answer.Whole whole) {
                return renamed(id, newId, operation, whole.record(), deadline);
            }
            // The same rename, begun earlier without an outcome, has been finished.
            boolean done = sealed instanceof Answer.Gone gone && newId.equals(gone.newId());
            return done && load(newId, null, deadline) instanceof Loaded.Found found
                    ? new Saved.Applied(found.version(), found.holder(), found.changes(), 0)
                    : new Saved.Gone(isKnown(sealed));
        } finally {
            working.remove(operation);
        }
    }

    private Saved renamed(String id, String newId, OperationId operation, SessionRecord record, Deadline deadline) {
        Answer created = execute(newId, new Command.Create(operation, id, record), deadline);
        if (!(created instanceof Answer.Found found)) {
            boolean undone = created instanceof Answer.Gone gone && id.equals(gone.newId());
            execute(id, new Command.Unseal(operation), deadline);
            throw undone ? undone(id) : inUse(newId);
        }
        tell(record.holder(), record.former().keySet(), id, record.version().counter() + 1, deadline);
        Answer buried = execute(id, new Command.Bury(operation, now(), newId), deadline);
        if (!(buried instanceof Answer.Gone gone && newId.equals(gone.newId()))) {
            end(newId, null, deadline);
            announced(newId, deadline); // to nobody: the session goes on under the old id
            throw undone(id);
        }
        return new Saved.Applied(found.version(), found.holder(), found.changes(), 0);
    }

    /** Whether this node is about to finish a change of id or an end; when it is not, another one may. */
    public final boolean isAtWork(OperationId operation) {
        return working.contains(operation);
    }

    /** {@link #isAtWork} on whichever node the operation is of. */
    private boolean isInWork(OperationId operation, Duration longest, Deadline deadline) {
        NodeId worker = operation.node();
        return worker.equals(node()) ? isAtWork(operation) : isAtWork(worker, operation, longest, deadline);
    }

    @Override
    public final @Nullable SessionRecord end(String id, @Nullable Long idleAt, Deadline deadline) {
        OperationId claim = begun(id);
        try {
            return claimed(id, claim, () -> settle(id, new Command.Claim(claim, idleAt), deadline), deadline);
        } catch (StoreUnavailableException e) {
            remember(id, claim);
            throw e;
        }
    }

    private interface Claiming {
        Answer answer();
    }

    /** The final record, if the claim succeeds. Who asks whether this node is at work is told so from before until it is buried. */
    private @Nullable SessionRecord claimed(String id, OperationId claim, Claiming claiming, Deadline deadline) {
        working.add(claim);
        boolean ours = false;
        try {
            if (!(claiming.answer() instanceof Answer.Whole whole)) {
                return null;
            }
            SessionRecord last = whole.record();
            tell(last.holder(), last.former().keySet(), id, last.version().counter() + 1, deadline);
            claims.put(id, claim);
            ours = true;
            return last;
        } finally {
            if (!ours) {
                working.remove(claim);
            }
        }
    }

    @Override
    public final void announced(String id, Deadline deadline) {
        OperationId claim = claims.get(id);
        if (claim == null) {
            return;
        }
        unburied.add(id); // until it is done
        execute(id, new Command.Bury(claim, now(), null), deadline);
        unburied.remove(id);
        claims.remove(id);
        working.remove(claim);
    }

    @Override
    public final void bury(String id, Deadline deadline) {
        if (end(id, null, deadline) != null) {
            announced(id, deadline);
        } else { // where nothing is known of it, something late might still come
            execute(id, new Command.Bury(nextOperation(), now(), null), deadline);
        }
    }

    @Override
    public final Collection<String> due(int parts, Deadline deadline) {
        for (String id : unburied) {
            announced(id, deadline);
        }
        return dueAt(now(), parts, deadline);
    }

    @Override
    public final @Nullable SessionRecord reap(String id, Deadline deadline) {
        OperationId claim = nextOperation();
        return claimed(id, claim, () -> reaped(id, claim, deadline), deadline);
    }

    private Answer reaped(String id, OperationId claim, Deadline deadline) {
        Answer answer = settle(id, new Command.Reap(claim, now(), null), deadline);
        return answer instanceof Answer.Held held && !isLookedAfter(id, held, deadline)
                ? settle(id, new Command.Reap(claim, now(), held), deadline)
                : answer;
    }

    /** A node that has left looks after nothing. */
    private boolean isLookedAfter(String id, Answer.Held held, Deadline deadline) {
        OperationId claim = held.claim();
        return claim != null ? isInWork(claim, LONGEST_END, deadline) : remembers(held.node(), id, deadline);
    }

    @Override
    public final Map<String, Trace> trace(Set<String> ids, Deadline deadline) {
        Map<String, Trace> found = new HashMap<>();
        Map<String, String> asked =
                new HashMap<>(); // by the id that the session had at last, the one it was asked for by
        ids.forEach(id -> asked.put(id, id));
        for (int hops = 0; hops < MAX_HOPS && !asked.isEmpty(); hops++) {
            Map<String, String> moved = new HashMap<>();
            traces(asked.keySet(), deadline).forEach((id, trace) -> {
                String first = Objects.requireNonNull(asked.get(id));
                if (trace.id().equals(id)) {
                    found.put(first, trace);
                } else {
                    moved.put(trace.id(), first);
                }
            });
            asked.clear();
            asked.putAll(moved);
        }
        return found;
    }

    /** An end of this session that this node began without learning the outcome, else a new one. */
    private OperationId begun(String id) {
        OperationId earlier;
        synchronized (unfinished) {
            earlier = unfinished.remove(id);
        }
        return earlier != null ? earlier : nextOperation();
    }

    private void remember(String id, OperationId claim) {
        synchronized (unfinished) {
            unfinished.putIfAbsent(id, claim);
            if (unfinished.size() > MAX_UNFINISHED) {
                unfinished.remove(unfinished.keySet().iterator().next());
            }
        }
    }

    /** The holder, and who may not have learned yet that it is no longer. */
    private void tell(@Nullable NodeId holder, Set<NodeId> former, String id, long counter, Deadline deadline) {
        if (holder != null && !holder.equals(node())) {
            changed(holder, id, counter, deadline);
        }
        for (NodeId earlier : former) {
            if (!earlier.equals(node())) {
                changed(earlier, id, counter, deadline);
            }
        }
    }

    /** Executes, and first mends what stands in the way: the rename of a node that died, a record that missed a change. */
    private Answer settle(String id, Command command, Deadline deadline) {
        if (deadline.isOver()) {
            throw new StoreUnavailableException("Session " + shortened(id) + ": no time was left to ask for it", null);
        }
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
                        "Session " + shortened(id)
                                + (answer instanceof Answer.Moving
                                        ? " is changing its id on another node"
                                        : " missed a change, and its holder could not supply it"),
                        null);
            }
        }
    }

    /** Waits for a renamer that is at work; else completes the rename when the new record exists, and undoes it if not. */
    private void finishRename(String id, Answer.Moving moving, Deadline deadline) {
        if (isInWork(moving.by(), LONGEST_RENAME, deadline)) {
            pause(deadline);
            return;
        }
        // Where the new record does not exist, this keeps a late creation from making it.
        Answer renamed = execute(moving.newId(), new Command.Bury(moving.by(), now(), id), deadline);
        boolean exists = !(renamed instanceof Answer.Gone gone && id.equals(gone.newId()));
        if (exists) {
            tell(moving.holder(), Set.of(), id, moving.counter() + 1, deadline);
            execute(id, new Command.Bury(moving.by(), now(), moving.newId()), deadline);
        } else {
            execute(id, new Command.Unseal(moving.by()), deadline);
        }
        log.log(
                Level.INFO,
                () -> "Session " + shortened(id) + ": " + (exists ? "finished" : "undid")
                        + " a change of id that its node did not finish");
    }

    /** From a live copy; without one, and once the holder has left, the record counts as it is. */
    private void repair(String id, Answer.Incomplete incomplete, Deadline deadline) {
        OperationId operation = nextOperation();
        NodeId holder = incomplete.holder();
        NodeId other = holder == null || holder.equals(node()) ? null : holder;
        SessionDelta theirs = other != null ? whole(other, id, operation, deadline) : null;
        SessionDelta ours = whole(node(), id, operation, deadline);
        SessionDelta whole = counter(theirs) >= counter(ours) ? theirs : ours;
        if (whole != null && counter(whole) >= incomplete.version().counter()) {
            execute(id, new Command.Save(whole), deadline);
            log.log(Level.INFO, () -> "Session " + shortened(id) + ": a record that missed a change was repaired");
        } else if (other != null && isAlive(other)) {
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

    private static long counter(@Nullable SessionDelta whole) {
        Version base = whole == null ? null : whole.base();
        return base == null ? 0 : base.counter();
    }

    private static StoreUnavailableException undone(String id) {
        return new StoreUnavailableException(
                "Session " + shortened(id) + ": another node undid the change of its id, having not heard of this one",
                null);
    }

    private static IllegalStateException inUse(String id) {
        return new IllegalStateException("Session " + shortened(id) + ": the id is in use already");
    }

    /** The first characters of an id: ids are credentials. */
    public static String shortened(String id) {
        return id.length() <= 8 ? id.substring(0, Math.min(4, id.length())) + ".." : id.substring(0, 4) + "..";
    }
}
