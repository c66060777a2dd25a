/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A session as the cluster keeps it, with what the protocol needs to merge, repeat and hand over: an immutable value. Its
 * collections are shared between successive states and must not be changed.
 *
 * @param version this state
 * @param holder the node whose live copy serves without asking, null when every node asks
 * @param former earlier holders of which it is not known that they have let go, with the counter of the takeover from them
 * @param times created, accessed, allowed idleness
 * @param attributes by name
 * @param removals names removed after {@code floor}
 * @param floor a copy below this counter cannot learn of all removals: it gets everything
 * @param writers the last save of each node that saved the session; repeats are recognised by it
 * @param recent the states before this one, newest last
 * @param incomplete true on a backup that missed a change; repaired from the holder before it answers
 * @param notedAt the newest access that a load brought, milliseconds since the epoch: known to the owner only, the backups
 *     learn it by the next change; zero when there is none since the last change
 */
public record SessionRecord(
        Version version,
        @Nullable NodeId holder,
        Map<NodeId, Long> former,
        SessionTimes times,
        Map<String, StoredAttribute> attributes,
        Map<String, Removal> removals,
        long floor,
        Map<NodeId, Version> writers,
        List<Version> recent,
        boolean incomplete,
        long notedAt)
        implements StoredSession {

    /** How many removed names a record remembers before it raises the floor. */
    static final int MAX_REMOVALS = 32;

    /** How many writers a record remembers; a late repeat of one that many nodes ago is no longer recognised. */
    static final int MAX_WRITERS = 16;

    /** How many earlier states a record recognises, so that a copy of that state is sent the difference only. */
    static final int MAX_RECENT = 8;

    /** From a write until others can know of it, as a rule: a write is saved when its request ends. */
    private static final Duration LONGEST_SAVE = Duration.ofSeconds(5);

    /** A state of which no access is noted. */
    public SessionRecord(
            Version version,
            @Nullable NodeId holder,
            Map<NodeId, Long> former,
            SessionTimes times,
            Map<String, StoredAttribute> attributes,
            Map<String, Removal> removals,
            long floor,
            Map<NodeId, Version> writers,
            List<Version> recent,
            boolean incomplete) {
        this(version, holder, former, times, attributes, removals, floor, writers, recent, incomplete, 0);
    }

    @Override
    public Version stamp() {
        return version;
    }

    /** What missed a change has to be repaired: its times cannot be trusted, and may be none. */
    @Override
    public boolean isDueAt(long millis) {
        return incomplete || newestTimes().isOverAt(millis);
    }

    /** An incomplete one's times may be none: it counts as new, and stays. */
    @Override
    public boolean isOverdueAt(long millis) {
        return !incomplete && newestTimes().isOverAt(millis);
    }

    @Override
    public Trace trace(String id) {
        return new Trace(id, times.createdAt(), times.maxInactiveSeconds());
    }

    /** The times with the newest access that is known here, also one that backups do not know. */
    SessionTimes newestTimes() {
        return times.accessedAsIn(new SessionTimes(0, notedAt, 0));
    }

    /** This very state, with a use at that time noted. */
    public SessionRecord usedAt(long millis) {
        return timed(times, millis);
    }

    /** This very state, with the noted access among the times. */
    SessionRecord withNoted() {
        return notedAt == 0 ? this : timed(newestTimes(), 0);
    }

    /** This very state, with the newest use that this or the other one knows. */
    SessionRecord usedAsIn(SessionRecord other) {
        SessionTimes newest = newestTimes().accessedAsIn(other.newestTimes());
        return newest.equals(times) && notedAt == 0 ? this : timed(newest, 0);
    }

    private SessionRecord timed(SessionTimes nextTimes, long nextNotedAt) {
        return new SessionRecord(
                version,
                holder,
                former,
                nextTimes,
                attributes,
                removals,
                floor,
                writers,
                recent,
                incomplete,
                nextNotedAt);
    }

    /** The first state of a session, or of one that the store has lost: a copy of the delta's base lacks only the delta. */
    static SessionRecord created(SessionDelta delta) {
        Version base = delta.base();
        return base == null
                ? created(delta, new Version(1, delta.operation()), 0, Map.of(), List.of())
                : created(
                        delta,
                        new Version(base.counter() + 1, delta.operation()),
                        base.counter(),
                        Map.of(),
                        List.of(base));
    }

    /**
     * The first state of a session under an id that another had before; counts on from its tombstone. A copy of the one
     * before gets everything, and its saves stay known: this one will end, too.
     */
    static SessionRecord created(SessionDelta delta, StoredSession.Tombstone before) {
        Version first = new Version(before.counter() + 1, delta.operation());
        return created(delta, first, first.counter(), before.writers(), List.of());
    }

    private static SessionRecord created(
            SessionDelta delta, Version first, long floor, Map<NodeId, Version> writers, List<Version> recent) {
        SessionRecord empty = new SessionRecord(
                first, delta.holder(), Map.of(), delta.times(), Map.of(), Map.of(), floor, writers, recent, false);
        return delta.wholeAt() == 0 ? empty.with(delta, first, recent) : empty.joinedBy(delta, first, recent);
    }

    /**
     * A placeholder on a backup that has nothing of a session that its owner changed.
     *
     * @param likely the node that is most likely to have a copy
     */
    static SessionRecord missed(Version upon, @Nullable NodeId likely) {
        SessionTimes unknown = new SessionTimes(0, 0, 0);
        return new SessionRecord(
                upon, likely, Map.of(), unknown, Map.of(), Map.of(), upon.counter(), Map.of(), List.of(), true);
    }

    /** Whether this save, or a later one of the same node, is part of this state. */
    boolean hasSave(OperationId save) {
        return hasSave(writers, save);
    }

    static boolean hasSave(Map<NodeId, Version> writers, OperationId save) {
        Version last = writers.get(save.node());
        return last != null && save.sequence() <= last.operation().sequence();
    }

    /**
     * Whether this very operation made one of the last states. Takeovers and renames are recognised by it, and not by their
     * sequence: an earlier save of the same node may still be on its way.
     */
    boolean isMadeBy(OperationId operation) {
        if (version.operation().equals(operation)) {
            return true;
        }
        for (Version earlier : recent) {
            if (earlier.operation().equals(operation)) {
                return true;
            }
        }
        return false;
    }

    /** The next state, with the delta applied, but for what others have overtaken. */
    SessionRecord with(SessionDelta delta) {
        long counter = delta.base() == null
                ? version.counter()
                : Math.max(version.counter(), delta.base().counter());
        return with(delta, new Version(counter + 1, delta.operation()), remembered());
    }

    private SessionRecord with(SessionDelta delta, Version next, List<Version> nextRecent) {
        Set<String> overtaken = overtaken(delta);
        Map<String, Removal> nextRemovals = delta.whole() ? Map.of() : removals;
        Map<String, StoredAttribute> set = new HashMap<>();
        Set<String> removedNow = new HashSet<>();
        for (Map.Entry<String, SessionDelta.Write> write : delta.set().entrySet()) {
            if (!overtaken.contains(write.getKey())) {
                SessionDelta.Write value = write.getValue();
                set.put(write.getKey(), new StoredAttribute(value.bytes(), next, value.writtenAt()));
            }
        }
        long nextFloor = delta.whole() ? next.counter() : floor;
        if (!delta.removed().isEmpty() || !nextRemovals.isEmpty()) {
            nextRemovals = new LinkedHashMap<>(nextRemovals);
            nextRemovals.keySet().removeAll(set.keySet());
            for (Map.Entry<String, Long> removed : delta.removed().entrySet()) {
                if (!overtaken.contains(removed.getKey())) {
                    removedNow.add(removed.getKey());
                    nextRemovals.remove(removed.getKey());
                    nextRemovals.put(removed.getKey(), new Removal(next, removed.getValue()));
                }
            }
            nextFloor = Math.max(nextFloor, trim(nextRemovals));
        }
        // A repair is made of a copy, not by a save: a save of the same node that is on its way must still be applied.
        Map<NodeId, Version> nextWriters = delta.whole() && delta.base() != null ? writers : writtenBy(next);
        return new SessionRecord(
                next,
                holder,
                settledBy(delta),
                newestTimes().updatedBy(delta),
                Attributes.of(delta.whole() ? Map.of() : attributes).with(set, removedNow),
                nextRemovals,
                nextFloor,
                nextWriters,
                nextRecent,
                incomplete && !delta.whole());
    }

    /** The next state, put together with a copy that went on while the store was away. */
    SessionRecord joinedBy(SessionDelta copy) {
        long counter =
                Math.max(version.counter(), Objects.requireNonNull(copy.base()).counter());
        return joinedBy(copy, new Version(counter + 1, copy.operation()), remembered());
    }

    private SessionRecord joinedBy(SessionDelta copy, Version next, List<Version> nextRecent) {
        Map<String, StoredAttribute> nextAttributes = new HashMap<>();
        List<Map.Entry<String, Removal>> nextRemovals = new ArrayList<>();
        Set<String> names = new HashSet<>(attributes.keySet());
        names.addAll(removals.keySet());
        names.addAll(copy.set().keySet());
        names.addAll(copy.removed().keySet());
        for (String name : names) {
            StoredAttribute attribute = attributes.get(name);
            Removal removal = removals.get(name);
            long writtenHere = writtenAt(name);
            SessionDelta.Write write = copy.set().get(name);
            boolean ofBase = attribute != null && attribute.version().counter() <= floor;
            Long removed = ofBase ? removedAt(copy, name) : copy.removed().get(name);
            if (write != null && write.writtenAt() > writtenHere && !isOutdated(copy, write.writtenAt())) {
                Version made = isOfBase(copy, write, nextRecent) ? nextRecent.get(0) : next;
                nextAttributes.put(name, new StoredAttribute(write.bytes(), made, write.writtenAt()));
            } else if (removed != null && removed > writtenHere) {
                nextRemovals.add(Map.entry(name, new Removal(next, removed)));
            } else if (attribute != null) {
                nextAttributes.put(name, attribute);
            } else if (removal != null) {
                nextRemovals.add(Map.entry(name, removal));
            }
        }
        Map<String, Removal> kept = ordered(nextRemovals);
        return new SessionRecord(
                next,
                holder,
                settledBy(copy),
                newestTimes().updatedBy(copy),
                Attributes.of(nextAttributes),
                kept,
                Math.max(floor, trim(kept)),
                writtenBy(next),
                nextRecent,
                incomplete);
    }

    /** Whether the copy is of a state before one that this record knows all about, and the write part of that state. */
    private boolean isOutdated(SessionDelta copy, long writtenAt) {
        return isBehind(copy) && writtenAt <= copy.wholeAt();
    }

    private boolean isBehind(SessionDelta copy) {
        Version base = Objects.requireNonNull(copy.base());
        return base.counter() <= floor && !recognises(base);
    }

    /** Of the copy that makes a lost session anew: whether the write was part of what the store had known. */
    private boolean isOfBase(SessionDelta copy, SessionDelta.Write write, List<Version> nextRecent) {
        return version.operation().equals(copy.operation())
                && nextRecent.size() == 1
                && write.writtenAt() <= copy.wholeAt();
    }

    /**
     * When the attribute, which the copy that made the lost session anew had from the store, was removed, as far as another copy
     * tells; null when it was not. What that one lacks, although its state is newer and it was written a while before, was removed.
     */
    private @Nullable Long removedAt(SessionDelta copy, String name) {
        Long removed = copy.removed().get(name);
        boolean lacking = removed == null && !copy.set().containsKey(name);
        boolean unrelated = !isBehind(copy) && !recognises(Objects.requireNonNull(copy.base()));
        return lacking && unrelated
                ? Long.valueOf(HybridClock.before(copy.wholeAt(), LONGEST_SAVE.toMillis()))
                : removed;
    }

    /** How many attributes were changed by others, and in the copy, since it knew of every write. */
    int joinConflicts(SessionDelta copy) {
        int conflicts = 0;
        for (Map.Entry<String, SessionDelta.Write> write : copy.set().entrySet()) {
            conflicts += isDisputed(copy, write.getKey(), write.getValue().writtenAt()) ? 1 : 0;
        }
        for (Map.Entry<String, Long> removed : copy.removed().entrySet()) {
            conflicts += isDisputed(copy, removed.getKey(), removed.getValue()) ? 1 : 0;
        }
        return conflicts;
    }

    private boolean isDisputed(SessionDelta copy, String name, long writtenAt) {
        long here = writtenAt(name);
        return writtenAt > copy.wholeAt()
                && here > copy.wholeAt()
                && here != writtenAt
                && !copy.operation().node().equals(writerOf(name)); // a save that nobody had acknowledged
    }

    private @Nullable NodeId writerOf(String name) {
        Version made = lastChanged(name);
        return made == null ? null : made.operation().node();
    }

    /** The state that the name was set or removed by last, as far as this record knows; null for none. */
    private @Nullable Version lastChanged(String name) {
        StoredAttribute attribute = attributes.get(name);
        Removal removal = removals.get(name);
        return attribute != null ? attribute.version() : removal != null ? removal.version() : null;
    }

    /** When the name was set or removed last, as far as this record knows; zero for never. */
    private long writtenAt(String name) {
        StoredAttribute attribute = attributes.get(name);
        Removal removal = removals.get(name);
        return attribute != null ? attribute.writtenAt() : removal != null ? removal.writtenAt() : 0;
    }

    private static Map<String, Removal> ordered(List<Map.Entry<String, Removal>> removals) {
        removals.sort(Comparator.<Map.Entry<String, Removal>>comparingLong(
                        removal -> removal.getValue().version().counter())
                .thenComparing(Map.Entry::getKey));
        Map<String, Removal> oldestFirst = new LinkedHashMap<>();
        removals.forEach(removal -> oldestFirst.put(removal.getKey(), removal.getValue()));
        return oldestFirst;
    }

    /** The earlier holders without those of which the holder knew, upon the delta's base, that they had let go. */
    private Map<NodeId, Long> settledBy(SessionDelta delta) {
        Version base = delta.base();
        if (former.isEmpty()
                || !delta.settled()
                || base == null
                || !delta.operation().node().equals(holder)) {
            return former;
        }
        Map<NodeId, Long> left = new LinkedHashMap<>(former);
        left.values().removeIf(since -> since <= base.counter());
        return left;
    }

    /** The next state, held by another node. */
    SessionRecord heldBy(OperationId take) {
        Version next = new Version(version.counter() + 1, take);
        return new SessionRecord(
                next,
                take.node(),
                formerBefore(take.node(), next.counter()),
                newestTimes(),
                attributes,
                removals,
                floor,
                writers,
                remembered(),
                incomplete);
    }

    private Map<NodeId, Long> formerBefore(NodeId taker, long counter) {
        Map<NodeId, Long> next = new LinkedHashMap<>(former);
        if (holder != null) {
            next.put(holder, counter);
        }
        next.remove(taker);
        return next;
    }

    /** The next state: unchanged, but for being known under another id. */
    SessionRecord renamed(OperationId rename) {
        Version next = new Version(version.counter() + 1, rename);
        NodeId nextHolder = holder == null ? null : rename.node();
        return new SessionRecord(
                next,
                nextHolder,
                former,
                newestTimes(),
                attributes,
                removals,
                floor,
                writers,
                remembered(),
                incomplete);
    }

    /**
     * This state with a mark that it cannot be trusted.
     *
     * @param taker the node that has become the holder by the change that was missed, or null
     * @param counter the counter that the change came upon
     */
    SessionRecord asIncomplete(@Nullable NodeId taker, long counter) {
        return new SessionRecord(
                version,
                taker == null ? holder : taker,
                taker == null ? former : formerBefore(taker, counter + 1),
                newestTimes(),
                attributes,
                removals,
                floor,
                writers,
                recent,
                true);
    }

    /** The next state: what there is counts as whole. A copy of an earlier state gets everything. */
    SessionRecord asComplete(OperationId decision) {
        Version next = new Version(version.counter() + 1, decision);
        return new SessionRecord(
                next, null, former, newestTimes(), attributes, Map.of(), next.counter(), writers, List.of(), false);
    }

    /** Whether this stands for a session of which this copy never had anything. */
    boolean isPlaceholder() {
        return incomplete && writers.isEmpty() && attributes.isEmpty();
    }

    /**
     * What another node has changed since the delta's base, and later: a save that did not get through is sent again when others
     * have long gone on.
     */
    private Set<String> overtaken(SessionDelta delta) {
        Version base = delta.base();
        if (base == null || version.equals(base) || delta.whole()) {
            return Set.of();
        }
        Map<String, Long> written = new HashMap<>(delta.removed());
        delta.set().forEach((name, write) -> written.put(name, write.writtenAt()));
        NodeId writer = delta.operation().node();
        written.entrySet()
                .removeIf(at -> !isOfAnother(at.getKey(), base, writer) || writtenAt(at.getKey()) <= at.getValue());
        return written.keySet();
    }

    /** How many attributes both this delta and, since its base, another node have changed. */
    int conflicts(SessionDelta delta) {
        Version base = delta.base();
        if (base == null || version.equals(base)) {
            return 0;
        }
        NodeId writer = delta.operation().node();
        int conflicts = 0;
        for (String name : delta.set().keySet()) {
            conflicts += isOfAnother(name, base, writer) ? 1 : 0;
        }
        for (String name : delta.removed().keySet()) {
            conflicts += isOfAnother(name, base, writer) ? 1 : 0;
        }
        return conflicts;
    }

    private boolean isOfAnother(String name, Version base, NodeId writer) {
        Version made = lastChanged(name);
        return made != null
                && made.counter() > base.counter()
                && !made.operation().node().equals(writer);
    }

    /** What a copy of the given state lacks; what the save that asks has changed itself is left out. */
    Changes since(@Nullable Version known, @Nullable OperationId save) {
        if (known == null || known.counter() < floor || !recognises(known)) {
            return new Changes(true, attributes, Set.of(), times);
        }
        if (known.equals(version)) {
            return new Changes(false, Map.of(), Set.of(), times);
        }
        Map<String, StoredAttribute> set = new HashMap<>();
        for (Map.Entry<String, StoredAttribute> attribute : attributes.entrySet()) {
            if (isNews(attribute.getValue().version(), known, save)) {
                set.put(attribute.getKey(), attribute.getValue());
            }
        }
        Set<String> removed = new HashSet<>();
        for (Map.Entry<String, Removal> removal : removals.entrySet()) {
            if (isNews(removal.getValue().version(), known, save)) {
                removed.add(removal.getKey());
            }
        }
        return new Changes(false, set, removed, times);
    }

    private static boolean isNews(Version made, Version known, @Nullable OperationId save) {
        return made.counter() > known.counter() && !made.operation().equals(save);
    }

    /** Whether this is known to be that state, or one that followed upon it. */
    boolean recognises(Version known) {
        return known.equals(version) || recent.contains(known) || writers.containsValue(known);
    }

    /** Whether it has had a save of that node since, or that one: a node's saves of a session come in order. */
    boolean hasHeardOf(Version write) {
        Version last = writers.get(write.operation().node());
        return last != null && last.operation().sequence() >= write.operation().sequence();
    }

    /** The states that this one {@link #recognises}. */
    Set<Version> remembers() {
        Set<Version> states = new HashSet<>(recent);
        states.addAll(writers.values());
        states.add(version);
        return states;
    }

    private List<Version> remembered() {
        List<Version> next = new ArrayList<>(recent.size() + 1);
        next.addAll(recent);
        next.add(version);
        if (next.size() > MAX_RECENT) {
            next.remove(0);
        }
        return next;
    }

    private Map<NodeId, Version> writtenBy(Version next) {
        NodeId writer = next.operation().node();
        if (writers.isEmpty() || (writers.size() == 1 && writers.containsKey(writer))) {
            return Map.of(writer, next); // as most sessions have it: little memory
        }
        Map<NodeId, Version> nextWriters = new HashMap<>(writers);
        nextWriters.put(writer, next);
        if (nextWriters.size() > MAX_WRITERS) {
            nextWriters.values().stream()
                    .min(Comparator.comparingLong(Version::counter)
                            .thenComparing(version -> version.operation().node()))
                    .ifPresent(oldest -> nextWriters.remove(oldest.operation().node()));
        }
        return nextWriters;
    }

    /** Forgets the oldest removals beyond the limit; the counter of the newest one forgotten, or zero. */
    private static long trim(Map<String, Removal> removals) {
        long forgotten = 0;
        var oldestFirst = removals.values().iterator();
        for (int excess = removals.size() - MAX_REMOVALS; excess > 0; excess--) {
            forgotten = oldestFirst.next().version().counter();
            oldestFirst.remove();
        }
        return forgotten;
    }

    @Override
    public String toString() {
        return "session of " + attributes.size() + " attributes at " + version.counter() + ", held by " + holder
                + ", used at " + newestTimes().accessedAt() + ", idle for " + times.maxInactiveSeconds() + " s at most";
    }
}
