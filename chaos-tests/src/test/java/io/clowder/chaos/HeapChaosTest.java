/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.chaos.Reply.Outcome;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The promise holds for the rules of session-core, without Tomcat and Hazelcast. */
class HeapChaosTest {
    private static final int LIVES = 3;
    private static final Duration AT_MOST = Duration.ofSeconds(60);

    @ParameterizedTest
    @CsvSource({"1, 100", "2, 100", "3, 100", "4, 1", "5, 1"})
    void thePromiseHolds(long seed, int copies) throws InterruptedException {
        Run run = new Run(new HeapCluster(copies), seed, line -> {});
        assertThat(run.go(LIVES, AT_MOST)).isEmpty();
        assertThat(run.tally().replies(Outcome.ANSWERED)).isGreaterThan(1_000);
        assertThat(run.tally().replies(Outcome.UNAVAILABLE)).isPositive();
    }
}
