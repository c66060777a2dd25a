/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The time of the cluster on a node whose own clock is off, is put right, or stands still. */
class ClusterClockTest {

    private static final long NOON = 1_700_000_000_000L;
    private static final long TEN_MINUTES = 600_000;

    private long wall = NOON;
    private long nanos = -5_000_000_000L;
    private final ClusterClock clock = new ClusterClock(() -> Instant.ofEpochMilli(wall), () -> nanos);

    @Test
    void beginsAsTheClockOfItsNodeAndGoesOnWithIt() {
        assertThat(clock.millis()).isEqualTo(NOON);
        pass(1_234);
        assertThat(clock.millis()).isEqualTo(NOON + 1_234);
        assertThat(clock.instant()).isEqualTo(Instant.ofEpochMilli(NOON + 1_234));
        assertThat(clock.skew()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {TEN_MINUTES, -TEN_MINUTES, 1_500, -30L * 24 * 3600 * 1000})
    void followsTheOldestNodeAndKnowsHowFarItsOwnClockIsOff(long off) {
        for (int beat = 0; beat < 5; beat++) {
            ask(5, 3, off);
            assertThat(clock.millis() - (wall - off)).isBetween(-8L, 8L);
            assertThat(clock.skew()).isBetween(off - 8, off + 8);
            assertThat(clock.ofWall(wall)).isEqualTo(clock.millis());
            pass(250);
        }
    }

    @Test
    void anAnswerThatIsNearEnoughMovesNothing() {
        ask(5, 3, 2);
        ask(200, 0, 150);
        assertThat(clock.skew()).isZero();
        assertThat(clock.millis()).isEqualTo(wall);
    }

    @Test
    void aQuickAnswerCorrectsWhatASlowOneLeftOpen() {
        ask(2_000, 2_000, TEN_MINUTES);
        assertThat(clock.skew()).isBetween(TEN_MINUTES - 4_000, TEN_MINUTES + 4_000);
        ask(0, 0, TEN_MINUTES);
        assertThat(clock.skew()).isBetween(TEN_MINUTES - 1, TEN_MINUTES + 1);
    }

    @Test
    void aClockThatIsPutForwardWhileANodeRunsMovesNothing() {
        ask(1, 1, 0);
        wall += TEN_MINUTES;
        assertThat(clock.millis()).isEqualTo(wall - TEN_MINUTES);
        assertThat(clock.skew()).isEqualTo(TEN_MINUTES);
        ask(1, 1, TEN_MINUTES);
        assertThat(clock.millis()).isEqualTo(wall - TEN_MINUTES);
        clock.lead();
        assertThat(clock.millis()).isEqualTo(wall - TEN_MINUTES);
    }

    @Test
    void theNextOldestGoesOnWithTheTimeThatItHas() {
        ask(0, 0, TEN_MINUTES);
        long before = clock.millis();
        clock.lead();
        pass(1_000);
        clock.lead();
        assertThat(clock.millis()).isEqualTo(before + 1_000);
        clock.alone();
        assertThat(clock.millis()).isBetween(before + 999, before + 1_001);
    }

    @Test
    void aNodeThatIsAloneFollowsItsOwnClock() {
        clock.alone();
        wall += TEN_MINUTES; // the machine slept
        clock.alone();
        assertThat(clock.millis()).isEqualTo(wall);
        wall -= Duration.ofDays(1).toMillis();
        clock.alone();
        assertThat(clock.millis()).isEqualTo(wall);
    }

    @Test
    void aNodeThatIsLeftAloneKeepsItsDistanceUntilItsClockIsSetRight() {
        ask(0, 0, TEN_MINUTES);
        long before = clock.millis();
        clock.alone();
        wall -= TEN_MINUTES - 3;
        clock.alone();
        assertThat(clock.millis()).isEqualTo(before);
        assertThat(clock.skew()).isBetween(2L, 4L);
        wall += TEN_MINUTES;
        clock.alone();
        assertThat(clock.skew()).isBetween(2L, 4L);
    }

    private void pass(long millis) {
        wall += millis;
        nanos += millis * 1_000_000;
    }

    /** A question to the oldest node, whose clock is right, while ours is ahead by {@code off}. */
    private void ask(long there, long back, long off) {
        long asked = nanos;
        pass(there);
        long theirs = wall - off;
        pass(back);
        clock.follow(asked, theirs);
    }
}
