/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/** Says once that the clock of this node is off, and once that it is right again. One thread uses it. */
final class SkewLog {

    /** What clocks set by NTP never come near to, and no session's timeout notices. */
    static final Duration TOLERANCE = Duration.ofSeconds(1);

    private final Logger log;
    private boolean off;

    SkewLog(Logger log) {
        this.log = log;
    }

    /** Takes note of how many milliseconds the clock of this node is ahead of the cluster. */
    void look(long skew) {
        long distance = Math.abs(skew);
        if (!off && distance > TOLERANCE.toMillis()) {
            off = true;
            log.log(
                    Level.WARNING,
                    "The clock of this node is {0} s {1} that of the cluster, which is the first node''s. Sessions do not end"
                            + " too early or too late by it: their times are those of the cluster. Set the clocks of all nodes"
                            + " (NTP does), and start a node again whose clock was right",
                    seconds(distance),
                    skew > 0 ? "ahead of" : "behind");
        } else if (off && distance < TOLERANCE.toMillis() / 2) {
            off = false;
            log.log(Level.INFO, "The clock of this node agrees with that of the cluster again");
        }
    }

    private static String seconds(long millis) {
        return millis / 1000 + "." + millis % 1000 / 100;
    }
}
