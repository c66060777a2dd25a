/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.time.Duration;

/** How long requests took, each kept to within 1.6 %. */
final class Latencies {
    /** Buckets for each power of two, as a power of two. */
    private static final int FINE = 6;

    private final long[] counts = new long[(Long.SIZE - FINE) << FINE];
    private long count;

    void add(long nanos) {
        counts[bucket(nanos)]++;
        count++;
    }

    long count() {
        return count;
    }

    /** The time within which that share of the requests was answered; zero if there was none. */
    Duration at(double share) {
        long rank = (long) Math.ceil(share * count);
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= rank && seen > 0) {
                return Duration.ofNanos(middle(i));
            }
        }
        return Duration.ZERO;
    }

    private static int bucket(long nanos) {
        long value = Math.max(nanos, 1L << FINE);
        int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
        int shift = power - FINE;
        return (shift << FINE) + (int) (value >>> shift) - (1 << FINE);
    }

    private static long middle(int bucket) {
        int shift = bucket >>> FINE;
        long low = ((1L << FINE) + (bucket & ((1 << FINE) - 1))) << shift;
        return low + (1L << shift) / 2;
    }
}
