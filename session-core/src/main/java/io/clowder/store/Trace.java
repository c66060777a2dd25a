/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

/**
 * Where a session that somebody remembers is found now. Not for clients: who presents an old id is told nothing.
 *
 * @param id the id that it has now
 * @param createdAt when it was created, milliseconds since the epoch: tells it from another session that has got its id; zero
 *     when that is not known
 */
public record Trace(String id, long createdAt) {

    /** Whether it may be the session that was created at that time. */
    public boolean isOf(long millis) {
        return createdAt == 0 || createdAt == millis;
    }
}
