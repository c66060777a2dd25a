/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.util.List;

/** Something that a client saw and the promise forbids, with the requests that show it. */
record Violation(Kind kind, String session, String name, String what, List<Operation> evidence) {

    enum Kind {
        /** An acknowledged or seen write is not there, and no later read found it. */
        LOST_WRITE,
        /** An old value was read that a later read did not find any more. */
        STALE_READ,
        /** A value that was removed is back. */
        RESURRECTED,
        /** A value that was never written, or not yet, or only in part. */
        UNKNOWN_VALUE,
        /** An element of a list that was acknowledged or seen is not there. */
        LOST_ELEMENT,
        /** A list has an element twice, or in another order than it got them. */
        WRONG_LIST,
        /** A session that nobody ended was not found. */
        SESSION_LOST,
        /** A session that was ended was found. */
        SESSION_BACK
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(kind + " in session " + session + (name.isEmpty() ? "" : ", " + name))
                .append(": ")
                .append(what);
        evidence.forEach(operation -> text.append("\n    ").append(operation));
        return text.toString();
    }
}
