/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A minute of {@code ./chaos}, and half a one with {@code --topology client}. */
class ChaosIT {
    private static final long SEED = Long.getLong("clowder.seed");
    private static final int TOMCAT = Integer.getInteger("clowder.tomcat");

    @Test
    @Timeout(600)
    void thePromiseHoldsForAMinute() throws InterruptedException {
        holds(new Chaos.Settings(false, 1, SEED, TOMCAT, 7400), Duration.ofMinutes(1));
    }

    @Test
    @Timeout(600)
    void thePromiseHoldsWhileTheClusterGoesAndComesBack() throws InterruptedException {
        holds(new Chaos.Settings(false, 1, SEED, TOMCAT, 8640, true), Duration.ofSeconds(20));
    }

    private static void holds(Chaos.Settings settings, Duration time) throws InterruptedException {
        assertThat(Chaos.holds(settings, time))
                .as("seed %s; the output tells more", settings.seed())
                .isTrue();
    }
}
