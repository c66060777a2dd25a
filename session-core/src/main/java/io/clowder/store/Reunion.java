/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

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
 * What two sides of a split cluster make of one session when they meet again. Whichever side asks, the result is the same.
 *
 * <p>Of an attribute the later write counts, by {@link HybridClock} and, if that is equal, by the larger version; a removal
 * is a write. An end beats any write. A change of id beats the writes that the other side made under the old id: that must
 * stay dead.
 *
 * @param entry what is kept
 * @param conflicts how many attributes both sides had changed, to different values
 */
public record Reunion(StoredSession entry, int conflicts) {

    private static final Comparator<Version> LATER = Comparator.comparingLong(Version::counter)
            .thenComparing(version -> version.operation().node())
            .thenComparingLong(version -> version.operation().sequence());

    /** Of the entries that the two sides have under one id. */
    public static Reunion of(StoredSession one, StoredSession other) {
        StoredSession first = unsealed(one);
        StoredSession second = unsealed(other);
        if (first instanceof SessionRecord here && second instanceof SessionRecord there) {
            return ofRecords(here, there);
        }
        if (first instanceof SessionRecord record) {
            return new Reunion(begunAfter(record, second) ? record : second, 0);
        }
        if (second instanceof SessionRecord record) {
            return new Reunion(begunAfter(record, first) ? record : first, 0);
        }
        return new Reunion(ofEnds(first, second), 0);
    }

    /** A change of id that had only begun is undone by this: its node learns that when it goes on. */
    private static StoredSession unsealed(StoredSession entry) {
        return entry instanceof StoredSession.Sealed sealed ? sealed.record() : entry;
    }

    /** Whether the record is of a session that began under this id after the other one had ended. */
    private static boolean begunAfter(SessionRecord record, StoredSession end) {
        return end instanceof StoredSession.Tombstone tomb
                ? record.times().createdAt() > tomb.endedAt()
                : record.times().createdAt()
                        > ((StoredSession.Ending) end).record().times().createdAt();
    }

    /** An end that was announced before one that was claimed only, an end before a change of id, the later one of two. */
    private static StoredSession ofEnds(StoredSession one, StoredSession other) {
        int rank = rank(one) - rank(other);
        boolean first = rank != 0 ? rank > 0 : LATER.compare(one.stamp(), other.stamp()) >= 0;
        StoredSession kept = first ? one : other;
        return kept instanceof StoredSession.Tombstone tomb
                ? new StoredSession.Tombstone(
                        tomb.by(), tomb.counter(), tomb.endedAt(), tomb.newId(), writers(writers(one), writers(other)))
                : kept;
    }

    private static int rank(StoredSession end) {
        return end instanceof StoredSession.Tombstone tomb ? tomb.newId() == null ? 2 : 0 : 1;
    }

    private static Map<NodeId, Version> writers(StoredSession end) {
        return end instanceof StoredSession.Tombstone tomb
                ? tomb.writers()
                : ((StoredSession.Ending) end).record().writers();
    }

    private static Reunion ofRecords(SessionRecord one, SessionRecord other) {
        if (one.incomplete() != other.incomplete()) {
            return new Reunion(one.incomplete() ? other : one, 0);
        }
        if (one.times().createdAt() != other.times().createdAt()) {
            return new Reunion(one.times().createdAt() > other.times().createdAt() ? one : other, 0);
        }
        if (one.recognises(other.version())) {
            return new Reunion(one.usedAsIn(other), 0);
        }
        if (other.recognises(one.version())) {
            return new Reunion(other.usedAsIn(one), 0);
        }
        boolean order = LATER.compare(one.version(), other.version()) >= 0;
        return order ? merged(one, other) : merged(other, one);
    }

    /** Both sides have changed the session. */
    private static Reunion merged(SessionRecord later, SessionRecord earlier) {
        Version next =
                new Version(later.version().counter() + 1, later.version().operation());
        long before = commonCounter(later, earlier);
        Map<String, StoredAttribute> attributes = new HashMap<>();
        List<Map.Entry<String, Removal>> removals = new ArrayList<>();
        int conflicts = 0;
        for (String name : names(later, earlier)) {
            Write one = Write.of(later, name);
            Write two = Write.of(earlier, name);
            Write kept = Write.later(one, two);
            boolean same = one != null && two != null && one.version().equals(two.version());
            boolean both = !same && isNewTo(earlier, one, before) && isNewTo(later, two, before);
            conflicts += both ? 1 : 0;
            Version version = same ? kept.version() : next;
            StoredAttribute set = kept.set();
            if (set != null) {
                attributes.put(name, new StoredAttribute(set.bytes(), version, set.writtenAt()));
            } else {
                removals.add(Map.entry(name, new Removal(version, kept.writtenAt())));
            }
        }
        SessionRecord used =
                later.newestTimes().accessedAt() >= earlier.newestTimes().accessedAt() ? later : earlier;
        return new Reunion(
                new SessionRecord(
                        next,
                        used.holder(),
                        formers(later, earlier, used.holder(), next.counter()),
                        used.newestTimes(),
                        Attributes.of(attributes),
                        newest(removals),
                        next.counter(), // as the floor: copies of either side get everything
                        writers(later.writers(), earlier.writers()),
                        List.of(),
                        later.incomplete()),
                conflicts);
    }

    /** Whether a side has not heard of what the other one has written; it may have forgotten which states both have had. */
    private static boolean isNewTo(SessionRecord side, @Nullable Write write, long before) {
        return write != null && write.isAfter(before) && !side.hasHeardOf(write.version);
    }

    /**
     * The last setting or removal of a name that one side knows.
     *
     * @param set null when it was removed
     */
    private record Write(@Nullable StoredAttribute set, Version version, long writtenAt) {

        static @Nullable Write of(SessionRecord record, String name) {
            StoredAttribute attribute = record.attributes().get(name);
            if (attribute != null) {
                return new Write(attribute, attribute.version(), attribute.writtenAt());
            }
            Removal removal = record.removals().get(name);
            return removal == null ? null : new Write(null, removal.version(), removal.writtenAt());
        }

        boolean isAfter(long counter) {
            return version.counter() > counter;
        }

        /** Of two, of which one at least is there. */
        static Write later(@Nullable Write one, @Nullable Write other) {
            if (one == null || other == null) {
                return Objects.requireNonNull(one == null ? other : one);
            }
            int order = Long.compare(one.writtenAt, other.writtenAt);
            return order > 0 || (order == 0 && LATER.compare(one.version, other.version) >= 0) ? one : other;
        }
    }

    /** The counter of the newest state that both sides remember to have had; zero when they remember none. */
    private static long commonCounter(SessionRecord one, SessionRecord other) {
        long newest = 0;
        for (Version state : one.remembers()) {
            if (other.recognises(state)) {
                newest = Math.max(newest, state.counter());
            }
        }
        return newest;
    }

    private static Set<String> names(SessionRecord one, SessionRecord other) {
        Set<String> names = new HashSet<>(one.attributes().keySet());
        names.addAll(one.removals().keySet());
        names.addAll(other.attributes().keySet());
        names.addAll(other.removals().keySet());
        return names;
    }

    /** The removals written last, oldest first, as many as a record remembers. */
    private static Map<String, Removal> newest(List<Map.Entry<String, Removal>> removals) {
        removals.sort(Comparator.<Map.Entry<String, Removal>>comparingLong(
                        removal -> removal.getValue().writtenAt())
                .thenComparing(Map.Entry::getKey));
        Map<String, Removal> kept = new LinkedHashMap<>();
        for (Map.Entry<String, Removal> removal :
                removals.subList(Math.max(0, removals.size() - SessionRecord.MAX_REMOVALS), removals.size())) {
            kept.put(removal.getKey(), removal.getValue());
        }
        return kept;
    }

    /** All who may have a copy that they hold to be the one: the next takeover asks each to let go. */
    private static Map<NodeId, Long> formers(
            SessionRecord one, SessionRecord other, @Nullable NodeId holder, long counter) {
        Map<NodeId, Long> formers = new LinkedHashMap<>(one.former());
        other.former().forEach((node, since) -> formers.merge(node, since, Math::max));
        for (NodeId held : new NodeId[] {one.holder(), other.holder()}) {
            if (held != null) {
                formers.put(held, counter);
            }
        }
        if (holder != null) {
            formers.remove(holder);
        }
        return formers;
    }

    /** The last save of each node that either side knows, of as many nodes as a record remembers. */
    private static Map<NodeId, Version> writers(Map<NodeId, Version> one, Map<NodeId, Version> other) {
        Map<NodeId, Version> writers = new HashMap<>(one);
        other.forEach((node, last) -> writers.merge(
                node, last, (a, b) -> a.operation().sequence() >= b.operation().sequence() ? a : b));
        writers.values().stream()
                .sorted(LATER)
                .limit(Math.max(0, writers.size() - SessionRecord.MAX_WRITERS))
                .toList()
                .forEach(oldest -> writers.remove(oldest.operation().node()));
        return writers;
    }
}
