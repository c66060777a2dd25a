/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.time.Duration;
import java.util.function.LongSupplier;

/** The moment by which a caller wants an answer. Immutable; one deadline serves all calls of a request. */
public final class Deadline {

    private final LongSupplier nanoTime;
    private final long end;

    private Deadline(LongSupplier nanoTime, long end) {
        this.nanoTime = nanoTime;
        this.end = end;
    }

    /** The deadline that lies {@code patience} ahead. */
    public static Deadline in(Duration patience) {
        return in(patience, System::nanoTime);
    }

    /** As {@link #in(Duration)}, on the given clock, which counts as {@link System#nanoTime()}. */
    public static Deadline in(Duration patience, LongSupplier nanoTime) {
        return new Deadline(nanoTime, nanoTime.getAsLong() + patience.toNanos());
    }

    /** What is left, zero when it has passed. */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, end - nanoTime.getAsLong()));
    }

    /** Whether it has passed. */
    public boolean isOver() {
        return end - nanoTime.getAsLong() <= 0;
    }
}
