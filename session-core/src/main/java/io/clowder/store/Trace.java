/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

/**
 * Where a session that somebody remembers is found now. Not for clients: who presents an old id is told nothing.
 *
 * @param id the id that it has now
 * @param createdAt when it was created, milliseconds since the epoch: tells it from another session that has got its id; zero
 *     when that is not known
 * @param maxInactiveSeconds its allowed idleness; zero or less never ends it
 */
public record Trace(String id, long createdAt, int maxInactiveSeconds) {

    /** It is to be looked for under that id. */
    static Trace movedTo(String newId) {
        return new Trace(newId, 0, 0);
    }

    /** Whether it may be the session that was created at that time. */
    public boolean isOf(long millis) {
        return createdAt == 0 || createdAt == millis;
    }
}
