/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import io.clowder.farm.Built;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where a benchmark ran, in words. */
final class Machine {
    private Machine() {}

    /** {@code 2 x AMD EPYC, 23 GB, Linux 6.1}. */
    static String hardware() {
        long kilobytes = Long.parseLong(field("/proc/meminfo", "MemTotal").replaceAll("\\D", ""));
        return Runtime.getRuntime().availableProcessors() + " x " + field("/proc/cpuinfo", "model name") + ", "
                + Math.round(kilobytes / 1024.0 / 1024.0) + " GB, " + System.getProperty("os.name") + " "
                + System.getProperty("os.version");
    }

    static String java() {
        return System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version");
    }

    /** The jars of our distribution: {@code clowder-1.0, hazelcast-5.7.0}. */
    static String jars() {
        try (Stream<Path> files = Files.list(Built.distributionLib())) {
            return files.map(file -> file.getFileName().toString().replace(".jar", ""))
                    .sorted()
                    .collect(Collectors.joining(", "));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String field(String file, String name) {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
