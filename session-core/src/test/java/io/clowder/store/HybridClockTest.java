/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class HybridClockTest {

    private final TestClock wall = new TestClock();
    private final HybridClock clock = new HybridClock(wall);

    @Test
    void aStampIsTheWallClockAndCountsWhereThatStandsStill() {
        long first = clock.next();
        assertThat(first >> 16).isEqualTo(wall.millis());
        assertThat(clock.next()).isEqualTo(first + 1);
        wall.advance(Duration.ofMillis(1));
        assertThat(clock.next()).isEqualTo(first + (1 << 16));
    }

    @Test
    void aWallClockThatIsSetBackDoesNotSetStampsBack() {
        long first = clock.next();
        wall.advance(Duration.ofHours(-1));
        assertThat(clock.next()).isEqualTo(first + 1);
    }

    @Test
    void aStampIsLargerThanWhatWasSeenOfOthers() {
        long own = clock.next();
        clock.observe(own - 1000);
        assertThat(clock.next()).isEqualTo(own + 1);
        clock.observe(own + 1000);
        assertThat(clock.next()).isEqualTo(own + 1001);
    }

    @Test
    void noStampIsGivenTwice() {
        long[] stamps = IntStream.range(0, 10_000)
                .parallel()
                .mapToLong(i -> {
                    if (i % 10 == 0) {
                        clock.observe(clock.next() + i);
                    }
                    return clock.next();
                })
                .toArray();
        assertThat(LongStream.of(stamps).distinct().count()).isEqualTo(stamps.length);
        assertThat(Arrays.stream(stamps).min().orElseThrow() >> 16).isEqualTo(wall.millis());
    }
}
