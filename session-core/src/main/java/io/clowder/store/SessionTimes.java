/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

/**
 * When a session was created and used, and how long it may be idle.
 *
 * @param createdAt milliseconds since the epoch
 * @param accessedAt the newest request known, milliseconds since the epoch
 * @param maxInactiveSeconds as {@code HttpSession.getMaxInactiveInterval()}: zero or less never ends by idleness
 */
public record SessionTimes(long createdAt, long accessedAt, int maxInactiveSeconds) {

    /** These times, or with the access of {@code other} where that is newer. */
    public SessionTimes accessedAsIn(SessionTimes other) {
        return other.accessedAt <= accessedAt
                ? this
                : new SessionTimes(createdAt, other.accessedAt, maxInactiveSeconds);
    }

    /** These times after a save: the newest access, and the allowed idleness if the save set it. */
    SessionTimes updatedBy(SessionDelta delta) {
        int allowed = delta.timeoutSet() ? delta.times().maxInactiveSeconds : maxInactiveSeconds;
        return new SessionTimes(createdAt, Math.max(accessedAt, delta.times().accessedAt), allowed);
    }
}
