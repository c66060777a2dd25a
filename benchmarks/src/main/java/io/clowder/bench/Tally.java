/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What came back in one stretch of load. */
final class Tally {
    private final Latencies latencies = new Latencies();
    private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);

    /** What may be wrong with an answer. */
    enum Fault {
        /** An older value than was written, or another one. */
        STALE,
        /** The session is not there. */
        LOST,
        /** Another status than 200. */
        REFUSED,
        /** No answer, or a broken one. */
        UNANSWERED
    }

    void add(long nanos, @Nullable Fault fault) {
        latencies.add(nanos);
        if (fault != null) {
            faults.merge(fault, 1, Integer::sum);
        }
    }

    Latencies latencies() {
        return latencies;
    }

    long requests() {
        return latencies.count();
    }

    int wrong() {
        return faults.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** {@code 12 stale, 3 lost}; empty if nothing was wrong. */
    String faults() {
        return faults.entrySet().stream()
                .map(fault -> fault.getValue() + " " + fault.getKey().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}
