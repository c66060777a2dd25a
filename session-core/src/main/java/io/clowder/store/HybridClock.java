/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Time stamps for attribute writes: wall-clock milliseconds in the upper 48 bits, a counter in the lower 16. Never goes back
 * on one node and never stays behind a stamp that the node has seen, so that a write made after another one was read carries
 * the larger stamp. After Kulkarni et al., "Logical Physical Clocks" (2014). Thread-safe.
 */
public final class HybridClock {

    private static final int COUNTER_BITS = 16;

    private final InstantSource wall;
    private final AtomicLong last = new AtomicLong();

    /** A clock over the given wall clock. */
    public HybridClock(InstantSource wall) {
        this.wall = wall;
    }

    /** A stamp that was made so many milliseconds before. */
    static long before(long stamp, long millis) {
        return Math.max(0, stamp - (millis << COUNTER_BITS));
    }

    /** The time of a stamp, in milliseconds since the epoch. */
    public static long millisOf(long stamp) {
        return stamp >>> COUNTER_BITS;
    }

    /** The next stamp, larger than all before it. */
    public long next() {
        long physical = wall.millis() << COUNTER_BITS;
        return last.updateAndGet(previous -> Math.max(previous + 1, physical));
    }

    /** Takes note of a stamp made elsewhere. */
    public void observe(long stamp) {
        last.accumulateAndGet(stamp, Math::max);
    }
}
