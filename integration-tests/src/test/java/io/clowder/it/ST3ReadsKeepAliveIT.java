/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** ST-3: a session that is only read lives as long as it is read, and no longer than its timeout afterwards. */
@Tag("any-tomcat")
@MostlyWaits
@ExtendWith(SweptNodes.Shared.class)
class ST3ReadsKeepAliveIT {
    private static final int TIMEOUT_SECONDS = 5;
    private static final List<String> APPS = List.of(SweptNodes.STICKY, SweptNodes.ROAMING, SweptNodes.NEAR);

    @Test
    void readsAloneKeepASessionAliveAndWithoutThemItGoes(SweptNodes nodes) {
        TomcatNode a = nodes.a();
        TomcatNode b = nodes.b();
        List<HttpUser> users = new ArrayList<>();
        for (String app : APPS) {
            users.add(SweptNodes.create(a, app, "read" + app, TIMEOUT_SECONDS));
        }
        long last = 0;
        for (int i = 0; i < 3 * TIMEOUT_SECONDS; i++) {
            Nodes.letPass(Duration.ofSeconds(1));
            last = System.nanoTime();
            for (int each = 0; each < APPS.size(); each++) {
                TomcatNode node = each == 0 || i % 2 == 0 ? a : b;
                assertThat(users.get(each).asks(node, APPS.get(each), "get:cart"))
                        .as("%s after %d s", APPS.get(each), i)
                        .isEqualTo("milk");
            }
        }
        for (String app : APPS) {
            await(app)
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() -> assertThat(nodes.announced("read" + app))
                            .isEqualTo(Map.of(SweptNodes.farewell("read" + app), 1)));
        }
        // The timeout, a tenth of it, and one look each second at three nodes; the rest is for a machine that is busy.
        assertThat(Duration.ofNanos(System.nanoTime() - last))
                .isBetween(Duration.ofSeconds(TIMEOUT_SECONDS), SweptNodes.LOOK.plusSeconds(TIMEOUT_SECONDS));
        for (int each = 0; each < APPS.size(); each++) {
            assertThat(users.get(each).asks(b, APPS.get(each), "found")).isEqualTo("none");
        }
    }
}
