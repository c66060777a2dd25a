/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came back.
 *
 * @param at when the first byte was there, or it was clear that there will be none, in ns of {@link System#nanoTime}
 * @param found whether the session that the request asked for was there
 * @param lines what the steps gave, one line each; null if the client did not get to see that
 * @param detail the status, or what broke, for people
 */
record Reply(
        Outcome outcome, long at, boolean found, @Nullable List<String> lines, String detail) {

    enum Outcome {
        /** At least the first byte was seen, and it did not say that something failed. */
        ANSWERED,
        /** A 503: nothing is known. */
        UNAVAILABLE,
        /** The connection broke, or nothing came in time: nothing is known. */
        BROKEN,
        /** Another status; nothing is known. */
        FAILED,
        /** No connection: the request was not sent. */
        REFUSED
    }

    static Reply without(Outcome outcome, String detail) {
        return new Reply(outcome, System.nanoTime(), false, null, detail);
    }
}
