/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import io.clowder.store.OperationId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** When this node first met an operation that another had not finished. Thread-safe. */
final class FirstSight {

    /** Of those met long ago nothing is needed any more. */
    private static final int MOST = 1_000;

    private final LongSupplier nanoTime;
    private final Map<OperationId, Long> met = new LinkedHashMap<>();

    /** On a clock that counts as {@link System#nanoTime()}. */
    FirstSight(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Whether it was met for the first time less than that long ago, now if it was not met before. */
    synchronized boolean isWithin(OperationId operation, Duration longest) {
        long now = nanoTime.getAsLong();
        Long first = met.putIfAbsent(operation, now);
        if (met.size() > MOST) {
            met.remove(met.keySet().iterator().next());
        }
        return first == null || now - first < longest.toNanos();
    }
}
