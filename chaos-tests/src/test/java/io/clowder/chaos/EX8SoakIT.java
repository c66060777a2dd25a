/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** EX-8: logins, logouts, crashes, expiries and redeployments leave nothing behind. Half a minute of {@code ./soak}. */
class EX8SoakIT {
    private static final Duration TIME = Duration.ofSeconds(30);

    @Test
    @Timeout(300)
    void nothingIsLeft() throws InterruptedException {
        Chaos.Settings settings =
                new Chaos.Settings(false, 1, Long.getLong("clowder.seed"), Integer.getInteger("clowder.tomcat"), 7640);
        assertThat(Soak.leavesNothing(settings, TIME))
                .as("seed %s; the output tells more", settings.seed())
                .isTrue();
    }
}
