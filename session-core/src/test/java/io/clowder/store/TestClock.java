/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that goes when it is told to. */
public final class TestClock implements InstantSource {

    private volatile Instant now = Instant.ofEpochMilli(1_700_000_000_000L);

    @Override
    public Instant instant() {
        return now;
    }

    /** Moves the time on. */
    public void advance(Duration time) {
        now = now.plus(time);
    }
}
