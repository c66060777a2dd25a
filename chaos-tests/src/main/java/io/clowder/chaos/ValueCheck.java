/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.chaos.Checker.Op;
import io.clowder.chaos.Operation.Access;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether an attribute with one value is linearizable, after P. Gibbons and E. Korach, "Testing shared memories" (1997).
 *
 * <p>Each value is written once. From {@code seen}, when the first request that wrote or read it was answered, it has
 * been there; at {@code used}, when the last such request began, it was still there, or is yet to come. With {@code seen
 * < used} it held the attribute from one to the other: no other value may do so at the same time, and nothing that
 * happened to the attribute may have begun and ended in between. That is all there is to check, and it is exact, but for
 * absence, which many removals may bring about: of them the check asks only what is certain.
 */
final class ValueCheck {
    private final String session;
    private final String name;
    private final Map<String, Held> values = new LinkedHashMap<>();
    private final List<Removal> removals = new ArrayList<>();
    private final List<Op> absences = new ArrayList<>();
    private final List<Violation> found = new ArrayList<>();

    /** The history of one value. */
    private static final class Held {
        final String value;
        final Op write;
        Op first;
        Op last;

        Held(String value, Op write) {
            this.value = value;
            this.write = write;
            this.first = write;
            this.last = write;
        }

        void read(Op read) {
            first = read.end() < first.end() ? read : first;
            last = read.begin() > last.begin() ? read : last;
        }

        long seen() {
            return first.end();
        }

        long used() {
            return last.begin();
        }

        /** Whether it was certainly there from a moment before the one to a moment after the other. */
        boolean holdsThrough(long from, long to) {
            return seen() < from && to < used();
        }
    }

    /** Makes the attribute absent; the first is the creation of the session. */
    private static final class Removal {
        final @Nullable Op op;
        long end;

        Removal(@Nullable Op op) {
            this.op = op;
            this.end = op == null ? Long.MIN_VALUE : op.end();
        }

        long begin() {
            return op == null ? Long.MIN_VALUE : op.begin();
        }
    }

    ValueCheck(String session, String name, List<Op> ops) {
        this.session = session;
        this.name = name;
        removals.add(new Removal(null));
        for (Op op : ops) {
            if (op.access().kind() == Access.Kind.WRITE) {
                values.put(
                        op.access().values().get(0),
                        new Held(op.access().values().get(0), op));
            } else if (op.access().kind() == Access.Kind.REMOVE) {
                removals.add(new Removal(op));
            }
        }
        for (Op op : ops) {
            if (op.access().kind() == Access.Kind.READ) {
                read(op);
            }
        }
    }

    List<Violation> violations() {
        List<Held> held = List.copyOf(values.values());
        for (int i = 0; i < held.size(); i++) {
            for (int j = i + 1; j < held.size(); j++) {
                compare(held.get(i), held.get(j));
            }
        }
        for (Removal removal : removals) {
            held.stream()
                    .filter(one -> removal.op != null && one.holdsThrough(removal.begin(), removal.end))
                    .findFirst()
                    .ifPresent(one -> resurrected(one, removal));
        }
        absences.stream().sorted(Comparator.comparingLong(Op::end)).forEach(read -> absent(read, held));
        return found;
    }

    private void read(Op read) {
        if (read.access().values().isEmpty()) {
            absences.add(read);
            return;
        }
        String value = read.access().values().get(0);
        Held one = values.get(value);
        if (one == null) {
            say(Violation.Kind.UNKNOWN_VALUE, "nobody wrote " + value, read);
        } else if (read.end() < one.write.begin()) {
            say(Violation.Kind.UNKNOWN_VALUE, value + " was read before it was written", read, one.write);
        } else {
            one.read(read);
        }
    }

    /** Two values may not hold the attribute at the same time. */
    private void compare(Held one, Held other) {
        Held older = one.write.begin() <= other.write.begin() ? one : other;
        Held newer = older == one ? other : one;
        if (older.seen() < newer.used() && newer.seen() < older.used()) {
            // Each was there before the other one for the last time. Who is there in the end tells what went wrong.
            boolean lost = older.used() > newer.used();
            say(
                    lost ? Violation.Kind.LOST_WRITE : Violation.Kind.STALE_READ,
                    older.value + " was read after " + newer.value
                            + (newer.first.equals(newer.write) ? " was acknowledged" : " was seen")
                            + (lost ? ", and that was not seen again" : ", which was seen again later"),
                    older.first,
                    newer.first,
                    older.last,
                    newer.last);
        }
    }

    private void resurrected(Held one, Removal removal) {
        if (removal.op != null) {
            say(
                    Violation.Kind.RESURRECTED,
                    one.value + " was there before it was removed, and again after that was acknowledged",
                    one.first,
                    removal.op,
                    one.last);
        }
    }

    private void absent(Op read, Collection<Held> held) {
        for (Held one : held) {
            if (one.holdsThrough(read.begin(), read.end())) {
                say(
                        Violation.Kind.STALE_READ,
                        "it was absent between two requests that saw " + one.value,
                        one.first,
                        read,
                        one.last);
                return;
            }
        }
        List<Removal> candidates = removals.stream()
                .filter(removal -> removal.begin() < read.end())
                .filter(removal ->
                        held.stream().noneMatch(one -> removal.end < one.write.begin() && one.seen() < read.begin()))
                .toList();
        if (candidates.isEmpty()) {
            Held missing = held.stream()
                    .filter(one -> one.seen() < read.begin())
                    .max(Comparator.comparingLong(Held::seen))
                    .orElseThrow();
            say(
                    Violation.Kind.LOST_WRITE,
                    "it was absent after " + missing.value + ", and nobody had removed it since",
                    missing.first,
                    read);
        } else if (candidates.size() == 1) {
            // It was this one, so it has had its effect, and has no other one later.
            Removal only = candidates.get(0);
            only.end = Math.min(only.end, read.end());
        }
    }

    private void say(Violation.Kind kind, String what, Op... evidence) {
        found.add(new Violation(
                kind,
                session,
                name,
                what,
                List.of(evidence).stream().map(Op::operation).distinct().toList()));
    }
}
