/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Each JMH benchmark runs. How fast they are is not asserted. */
class JmhTest {

    @Test
    void runsEachOnce() throws Exception {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(10))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();

        // 3 of sessions, 5 of attributes, 2 with 3 kinds of values, 5 with 2 sizes of sessions.
        assertThat(results)
                .hasSize(3 + 5 + 2 * 3 + 5 * 2)
                .allMatch(result -> result.getPrimaryResult().getScore() > 0);
    }
}
