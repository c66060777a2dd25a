/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.chaos.Reply.Outcome;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promise holds for the rules of session-core, without Tomcat and Hazelcast. */
class HeapChaosTest {
    private static final int LIVES = 3;
    private static final Duration AT_MOST = Duration.ofSeconds(60);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void thePromiseHolds(long seed) throws InterruptedException {
        Run run = new Run(new HeapCluster(), seed, line -> {});
        assertThat(run.go(LIVES, AT_MOST)).isEmpty();
        assertThat(run.tally().replies(Outcome.ANSWERED)).isGreaterThan(1_000);
        assertThat(run.tally().replies(Outcome.UNAVAILABLE)).isPositive();
    }
}
