/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LatenciesTest {

    @Test
    void tellsAnyShareToWithinTwoPercent() {
        Latencies latencies = new Latencies();
        for (int micros = 1; micros <= 10_000; micros++) {
            latencies.add(micros * 1_000L);
        }

        assertThat(latencies.count()).isEqualTo(10_000);
        assertThat(latencies.at(0.5).toNanos()).isCloseTo(5_000_000, within(100_000L));
        assertThat(latencies.at(0.99).toNanos()).isCloseTo(9_900_000, within(198_000L));
    }

    @Test
    void keepsWhatIsVeryShortOrVeryLong() {
        Latencies latencies = new Latencies();
        latencies.add(1);
        latencies.add(Duration.ofHours(1).toNanos());

        assertThat(latencies.at(0.5)).isLessThan(Duration.ofNanos(100));
        assertThat(latencies.at(1)).isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
    }

    @Test
    void hasNothingToTellAboutNothing() {
        assertThat(new Latencies().at(0.5)).isEqualTo(Duration.ZERO);
    }
}
