/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Says that the cluster does not answer: at once, and while that lasts not for each request again. Thread-safe. */
final class OutageLog {

    /** Between two warnings. */
    static final Duration PAUSE = Duration.ofSeconds(10);

    private final Logger log;
    private final LongSupplier nanoTime;
    private final AtomicLong warnedAt;
    private final LongAdder unsaid = new LongAdder();

    /** On a clock that counts as {@link System#nanoTime()}. */
    OutageLog(Logger log, LongSupplier nanoTime) {
        this.log = log;
        this.nanoTime = nanoTime;
        this.warnedAt = new AtomicLong(nanoTime.getAsLong() - PAUSE.toNanos());
    }

    /** A warning if the last one was a while ago, with the number of those that were not said since; else for DEBUG. */
    void warn(String message, @Nullable Throwable cause) {
        long now = nanoTime.getAsLong();
        long last = warnedAt.get();
        if (now - last < PAUSE.toNanos() || !warnedAt.compareAndSet(last, now)) {
            unsaid.increment();
            log.log(Level.DEBUG, message, cause);
            return;
        }
        long others = unsaid.sumThenReset();
        log.log(
                Level.WARNING,
                others == 0 ? message : message + " (and " + others + " more since the last warning)",
                cause);
    }
}
