/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

/**
 * Keeps equal values once that recur in many sessions, as names of attributes do: as many as there are places, and whoever comes
 * later to a place has it. For values whose fields are all final; thread-safe.
 */
/* No synchronization: a thread that misses what another one has just put keeps a copy of its own, and an object whose fields are
 * final is seen whole by whoever finds it (JLS 17.5). */
final class Recurring<T> {

    private static final int PLACES = 1024;

    private final Object[] seen = new Object[PLACES];

    /** The value, or an equal one that came before. */
    @SuppressWarnings("unchecked") // of an equal value of the same place only what was put here
    T of(T value) {
        int hash = value.hashCode();
        int place = (hash ^ (hash >>> 16)) & (PLACES - 1);
        Object before = seen[place];
        if (value.equals(before)) {
            return (T) before;
        }
        seen[place] = value;
        return value;
    }
}
