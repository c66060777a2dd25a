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

    /** An access may be unknown to a backup for this share of the allowed idleness: of 30 minutes, 3. */
    public static final int ACCESS_SHARE = 10;

    /** Whether the session was not used for its allowed idleness at that time, in milliseconds since the epoch. */
    public boolean isIdleAt(long millis) {
        return maxInactiveSeconds > 0 && millis - accessedAt >= maxInactiveSeconds * 1000L;
    }

    /** Whether nobody can still use the session at that time, in milliseconds since the epoch, whatever a backup missed. */
    public boolean isOverAt(long millis) {
        return maxInactiveSeconds > 0 && millis - accessedAt >= allowedAndShare();
    }

    /** When that is for the first time, in milliseconds since the epoch; {@link Long#MAX_VALUE} for never. */
    public long overAt() {
        return maxInactiveSeconds > 0 ? accessedAt + allowedAndShare() : Long.MAX_VALUE;
    }

    private long allowedAndShare() {
        long allowed = maxInactiveSeconds * 1000L;
        return allowed + allowed / ACCESS_SHARE;
    }

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
