/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command runs: plain Tomcat and Clowder, one scenario, one short window. How fast they are is not asserted. */
class BenchmarkIT {

    @Test
    void measuresAndWritesWhatItFound(@TempDir Path out) throws Exception {
        Settings settings = Settings.of(List.of(
                "--only",
                "clowder",
                "--scenarios",
                "roaming-write,heap",
                "--windows",
                "1",
                "--seconds",
                "1",
                "--warm-up",
                "1",
                "--port",
                "8240",
                "--out",
                out.toString()));

        boolean right = Benchmark.run(settings, "./benchmark --test", Path.of("target", "stands-it"));

        assertThat(right).isTrue();
        String report = Files.readString(out.resolve("latest.md"));
        assertThat(report)
                .contains("./benchmark --test", "## roaming write", "## Heap per session")
                .doesNotContain("wrong answers:");
        assertThat(report.lines().filter(line -> line.startsWith("| **Clowder** |")))
                .hasSize(2)
                .allMatch(line -> line.matches(".*\\d.*"));
        assertThat(DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(out.resolve("latest.svg").toFile())
                        .getElementsByTagName("rect")
                        .getLength())
                .as("the background and one bar")
                .isEqualTo(2);
    }
}
