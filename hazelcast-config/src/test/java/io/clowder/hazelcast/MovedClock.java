/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.internal.util.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Hazelcast's clock in all tests of this module: the machine's, until a test moves it on. */
public final class MovedClock extends Clock.ClockImpl {

    private static final AtomicLong AHEAD = new AtomicLong();

    /** For Hazelcast, which is told the name of this class. */
    public MovedClock() {}

    static void advance(Duration time) {
        AHEAD.addAndGet(time.toMillis());
    }

    /** A client compares it with the machine's clock, and would take every connection for dead. */
    static void reset() {
        AHEAD.set(0);
    }

    @Override
    protected long currentTimeMillis() {
        return System.currentTimeMillis() + AHEAD.get();
    }
}
