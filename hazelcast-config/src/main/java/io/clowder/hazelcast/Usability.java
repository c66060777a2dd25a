/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether this node can use the cluster, and why not: said once when that changes. One thread looks; any may ask what it has
 * seen.
 */
final class Usability {

    private static final String BACK = "the cluster is back, and is being told what has changed";

    private final Logger log;
    private final LongSupplier nanoTime;
    private volatile @Nullable String trouble;
    private long since;

    /** It can, as it has just joined. On a clock that counts as {@link System#nanoTime()}. */
    Usability(Logger log, LongSupplier nanoTime) {
        this.log = log;
        this.nanoTime = nanoTime;
    }

    /** Why the cluster cannot be used, as seen at the last look; null when it can. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /**
     * Takes note of why the cluster cannot be used now, null when it can.
     *
     * @param alone whether this node goes on alone; until it does no more, the cluster is not used
     */
    void look(@Nullable String reason, boolean alone) {
        String now = reason == null && alone ? BACK : reason;
        String before = trouble;
        trouble = now;
        if (before == null && now != null) {
            since = nanoTime.getAsLong();
            log.log(
                    Level.WARNING,
                    "DEGRADED: {0}. {1}",
                    now,
                    alone
                            ? "This node goes on alone: it serves the sessions that it has, and new ones, and tells the"
                                    + " cluster of them when that is back"
                            : "Requests that need the cluster get a 503, and this node is not ready");
        } else if (before != null && now == null) {
            Duration lasted = Duration.ofNanos(nanoTime.getAsLong() - since);
            log.log(Level.INFO, "CLUSTERED again after {0} s", lasted.toSeconds());
        }
    }
}
