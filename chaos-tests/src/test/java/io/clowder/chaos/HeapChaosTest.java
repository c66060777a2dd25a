/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.chaos.Reply.Outcome;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** Behind a balancer that follows the route, as nobody else may rely on what a node has while it is alone. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void thePromiseHoldsWhileTheNodesGoOnAlone(long seed) throws InterruptedException {
        goOnAlone(seed, new Faults.Mix(30, 10, 60, false, false));
    }

    /** Without kills: what a node had the only copy of, and that was forgotten, is lost with it. */
    @ParameterizedTest
    @ValueSource(longs = {21, 22})
    void thePromiseHoldsWhenTheStoreComesBackEmpty(long seed) throws InterruptedException {
        goOnAlone(seed, new Faults.Mix(0, 20, 80, true, false));
    }

    private static void goOnAlone(long seed, Faults.Mix mix) throws InterruptedException {
        Faults faults = new Faults(seed, mix);
        List<Mode> sticky = List.of(Mode.STICKY, Mode.STICKY, Mode.STICKY);
        Run run = new Run(new HeapCluster(100), seed, line -> {}, sticky, faults);
        assertThat(run.go(3 * LIVES, AT_MOST)).isEmpty();
        assertThat(run.tally().replies(Outcome.ANSWERED)).isGreaterThan(1_000);
        assertThat(run.tally().faults(Faults.Kind.OUTAGE)).isPositive();
    }
}
