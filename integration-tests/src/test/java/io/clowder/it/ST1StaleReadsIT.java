/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** ST-1: who writes on one node and reads on another right after the response reads what it wrote. */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
class ST1StaleReadsIT {
    private static final int ROUNDS = 20_000;
    private static final int STICKY_ROUNDS = 3_000;
    private static final int NEAR_ROUNDS = 5_000;

    /** How old a value is at most that {@code reads="near"} may show, were each event lost: docs/consistency.md. */
    private static final Duration NEAR_BOUND = Duration.ofSeconds(30);

    @Test
    void noReadIsStaleInRoamingMode(ThreeNodes three) {
        assertThat(StaleReads.in(three.all(), ThreeNodes.ROAMING, ROUNDS, 1)).isEqualTo(StaleReads.NONE);
    }

    @Test
    void noReadIsStaleAfterAChangeOfTheNodeInStickyMode(ThreeNodes three) {
        assertThat(StaleReads.in(three.all(), ThreeNodes.STICKY, STICKY_ROUNDS, 1))
                .isEqualTo(StaleReads.NONE);
    }

    /** How many there are is a matter of chance; each must see the write in the end. */
    @Test
    void nearReadsAreStaleForNoLongerThanStated(ThreeNodes three) {
        StaleReads reads = StaleReads.in(three.all(), ThreeNodes.NEAR, NEAR_ROUNDS, 1);
        assertThat(Duration.ofNanos(reads.oldestNanos())).isLessThan(NEAR_BOUND);
    }
}
