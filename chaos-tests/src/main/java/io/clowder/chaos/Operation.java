/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.util.List;

/**
 * One request as its client saw it.
 *
 * @param number counts the requests of a history
 * @param session names the session in the history; no session id
 * @param where the node, for people
 * @param begin when it was sent, in ns of {@link System#nanoTime}
 * @param end when the first byte of the answer was there; {@link #NEVER} if nothing is known of its outcome
 * @param found whether the session was there; meaningless if nothing is known
 * @param accesses what it did; of a request without a known outcome only what it may have changed
 */
record Operation(int number, String session, String where, long begin, long end, boolean found, List<Access> accesses) {
    /** Its outcome is unknown: it may have had its effect, may have it later, or never. */
    static final long NEVER = Long.MAX_VALUE;

    Operation {
        accesses = List.copyOf(accesses);
    }

    boolean isAnswered() {
        return end != NEVER;
    }

    boolean ends() {
        return accesses.stream().anyMatch(access -> access.kind() == Access.Kind.END);
    }

    @Override
    public String toString() {
        String outcome = !isAnswered() ? "unknown" : (end - begin) / 1_000_000 + " ms";
        return "#" + number + " at " + where + " (" + outcome + (found || !isAnswered() ? "" : ", no session") + ") "
                + accesses;
    }

    /** What a request did to one attribute, or to the session; the values are those read or written. */
    record Access(Kind kind, String name, List<String> values) {
        enum Kind {
            /** Of an attribute with one value; no value: it was absent. */
            READ,
            WRITE,
            REMOVE,
            /** Of a list; all elements. */
            READ_LIST,
            /** Of a list that was not there. */
            READ_NO_LIST,
            APPEND,
            END
        }

        Access {
            values = List.copyOf(values);
        }

        static Access read(String name, String... value) {
            return new Access(Kind.READ, name, List.of(value));
        }

        static Access write(String name, String value) {
            return new Access(Kind.WRITE, name, List.of(value));
        }

        static Access remove(String name) {
            return new Access(Kind.REMOVE, name, List.of());
        }

        static Access list(String name, String... elements) {
            return new Access(Kind.READ_LIST, name, List.of(elements));
        }

        static Access append(String name, String element) {
            return new Access(Kind.APPEND, name, List.of(element));
        }

        static Access end() {
            return new Access(Kind.END, "", List.of());
        }

        @Override
        public String toString() {
            return kind + " " + name + (values.isEmpty() ? "" : " " + String.join(",", values));
        }
    }
}
