/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One measured stretch of load.
 *
 * @param time from the first request to the last answer
 * @param cpu of all processes that served
 * @param load of the process that asked
 * @param bytes that were sent between the nodes; null where nobody counts them
 */
record Window(
        long requests,
        Duration time,
        Duration p50,
        Duration p99,
        Duration cpu,
        Duration load,
        @Nullable Long bytes) {

    /** Asks for that long, and looks before and after at what it has cost. */
    static Window of(Stand stand, Load load, Script script, Duration time, Cell cell) throws IOException {
        Traffic traffic = stand.traffic();
        Duration cpu = Cpu.of(stand.pids());
        Duration own = Cpu.ofThisProcess();
        long begin = System.nanoTime();
        Tally tally = load.run(script, time, Long.MAX_VALUE);
        long end = System.nanoTime();
        Duration cpuAfter = Cpu.of(stand.pids());
        Duration ownAfter = Cpu.ofThisProcess();
        Traffic trafficAfter = stand.traffic();
        cell.note(tally);
        return new Window(
                tally.requests(),
                Duration.ofNanos(end - begin),
                tally.latencies().at(0.5),
                tally.latencies().at(0.99),
                cpuAfter.minus(cpu),
                ownAfter.minus(own),
                traffic == null || trafficAfter == null ? null : trafficAfter.since(traffic));
    }

    double perSecond() {
        return requests * 1e9 / time.toNanos();
    }

    /** Of all processes that served, in ms for each request. */
    double cpuMillis() {
        return cpu.toNanos() / 1e6 / requests;
    }

    double loadMillis() {
        return load.toNanos() / 1e6 / requests;
    }

    /** For each request; NaN where nobody counts. */
    double bytesPerRequest() {
        return bytes == null ? Double.NaN : (double) bytes / requests;
    }
}
