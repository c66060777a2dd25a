/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FirstSightTest {

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // overflows, as nanoTime may
    private final FirstSight sight = new FirstSight(nanos::get);
    private final NodeId other = NodeId.random();

    @Test
    void anOperationIsWithinTheTimeSinceItWasFirstMet() {
        OperationId operation = new OperationId(other, 1);
        Duration nine = Duration.ofNanos(9);
        assertThat(sight.isWithin(operation, nine)).isTrue();
        nanos.addAndGet(8);
        assertThat(sight.isWithin(operation, nine)).isTrue();
        nanos.addAndGet(1);
        assertThat(sight.isWithin(operation, nine)).isFalse();
        assertThat(sight.isWithin(operation, Duration.ofNanos(10))).isTrue();
        assertThat(sight.isWithin(new OperationId(other, 2), nine)).isTrue();
    }

    @Test
    void theOldestIsForgotten() {
        for (int i = 0; i <= 1_000; i++) {
            sight.isWithin(new OperationId(other, i), Duration.ofNanos(1));
        }
        nanos.addAndGet(1);
        assertThat(sight.isWithin(new OperationId(other, 1_000), Duration.ofNanos(1)))
                .isFalse();
        assertThat(sight.isWithin(new OperationId(other, 0), Duration.ofNanos(1)))
                .isTrue();
    }
}
