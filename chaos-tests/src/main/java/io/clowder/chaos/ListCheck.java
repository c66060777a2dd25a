/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.chaos.Checker.Op;
import io.clowder.chaos.Operation.Access;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether a list that is only appended to, in place, keeps its elements.
 *
 * <p>To append is to read the whole list and to write it: of two requests that do so at the same time on two nodes the
 * one that is written last wins, and its list need not have the other's element. So an element that was acknowledged, or
 * seen, may be missing only from a list that has an element of a request that ran at the same time as the one that
 * appended it. (Whatever list replaced it was begun before it, and applied after it; each list since then was made from
 * that one, or from one like it.)
 */
final class ListCheck {
    private final String session;
    private final String name;
    private final List<Op> reads = new ArrayList<>();
    private final Map<String, Appended> elements = new LinkedHashMap<>();
    private final List<Violation> found = new ArrayList<>();

    /** The history of one element. */
    private static final class Appended {
        final String element;
        final Op append;
        Op first;

        Appended(Op append) {
            this.element = append.access().values().get(0);
            this.append = append;
            this.first = append;
        }

        /** From here on it has been in the list. */
        long seen() {
            return first.end();
        }

        boolean isConcurrentWith(Appended other) {
            return append.begin() < other.seen() && other.append.begin() < seen();
        }
    }

    ListCheck(String session, String name, List<Op> ops) {
        this.session = session;
        this.name = name;
        for (Op op : ops) {
            if (op.access().kind() == Access.Kind.APPEND) {
                elements.put(op.access().values().get(0), new Appended(op));
            } else {
                reads.add(op);
            }
        }
        for (Op read : reads) {
            for (String element : read.access().values()) {
                Appended one = elements.get(element);
                if (one != null && read.end() < one.seen()) {
                    one.first = read;
                }
            }
        }
    }

    List<Violation> violations() {
        Set<Appended> missed = new HashSet<>();
        for (Op read : reads) {
            known(read);
            for (Appended one : elements.values()) {
                if (one.seen() < read.begin() && lacks(read, one) && missed.add(one)) {
                    say(
                            Violation.Kind.LOST_ELEMENT,
                            one.element + " is not in the list, though it was "
                                    + (one.first.equals(one.append) ? "acknowledged" : "seen"),
                            one.append,
                            one.first,
                            read);
                }
            }
        }
        return found;
    }

    private boolean lacks(Op read, Appended one) {
        List<String> list = read.access().values();
        return !list.contains(one.element)
                && list.stream().map(elements::get).noneMatch(other -> other != null && other.isConcurrentWith(one));
    }

    /** Each element was appended, once, and not before those that were there already. */
    private void known(Op read) {
        Map<String, Integer> places = new HashMap<>();
        Appended before = null;
        for (String element : read.access().values()) {
            Appended one = elements.get(element);
            if (one == null || read.end() < one.append.begin()) {
                say(Violation.Kind.UNKNOWN_VALUE, "nobody had appended " + element, read);
            } else if (places.put(element, places.size()) != null) {
                say(Violation.Kind.WRONG_LIST, element + " is there twice", one.append, read);
            } else {
                if (before != null && one.seen() < before.append.begin()) {
                    say(
                            Violation.Kind.WRONG_LIST,
                            one.element + " stands behind " + before.element + ", which came later",
                            one.append,
                            before.append,
                            read);
                }
                before = one;
            }
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
