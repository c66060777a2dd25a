/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;

/** The processor time of processes, as Linux counts it: user and system time of all threads, dead ones included. */
final class Cpu {
    /** What Linux tells in is the same on every machine, whatever its own clock ticks in. */
    private static final Duration TICK = Duration.ofMillis(10);

    /** Fields of /proc/PID/stat after the name, which may contain blanks. */
    private static final int USER = 11;

    private static final int SYSTEM = 12;

    private Cpu() {}

    static Duration of(Collection<Long> pids) {
        return pids.stream().map(Cpu::of).reduce(Duration.ZERO, Duration::plus);
    }

    static Duration ofThisProcess() {
        return of(ProcessHandle.current().pid());
    }

    private static Duration of(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
            return TICK.multipliedBy(Long.parseLong(fields[USER]) + Long.parseLong(fields[SYSTEM]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
