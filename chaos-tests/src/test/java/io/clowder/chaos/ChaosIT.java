/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A minute of {@code ./chaos}. */
class ChaosIT {
    @Test
    @Timeout(600)
    void thePromiseHoldsForAMinute() throws InterruptedException {
        Chaos.Settings settings =
                new Chaos.Settings(false, 1, Long.getLong("clowder.seed"), Integer.getInteger("clowder.tomcat"), 7400);
        assertThat(Chaos.holds(settings))
                .as("seed %s; the output tells more", settings.seed())
                .isTrue();
    }
}
