/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** ST-3: a session that is only read lives as long as it is read, and no longer than its timeout afterwards. */
class ST3ReadsKeepAliveIT {
    private static final int TIMEOUT_SECONDS = 5;
    private static final List<String> APPS = List.of("/sticky", "/roaming", "/near");
    private static final Nodes NODES = new Nodes("reads", 7260);
    private static TomcatNode a;
    private static TomcatNode b;

    @BeforeAll
    static void start() {
        a = NODES.start("a", builder -> builder, apps());
        b = NODES.start("b", builder -> builder, apps());
        NODES.settled();
    }

    private static WebApp[] apps() {
        return new WebApp[] {
            WebApp.probe("probe"),
            app("sticky", ""),
            app("roaming", "affinity=\"roaming\""),
            app("near", "affinity=\"roaming\" reads=\"near\"")
        };
    }

    private static WebApp app(String name, String more) {
        return WebApp.probe(name)
                .context("backgroundProcessorDelay=\"1\"")
                .manager(NODES.membership() + " processExpiresFrequency=\"1\" " + more);
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    @Test
    void readsAloneKeepASessionAliveAndWithoutThemItGoes() {
        List<HttpUser> users = new ArrayList<>();
        for (String app : APPS) {
            HttpUser user = new HttpUser();
            user.does(a, app, "set:x=1", "interval:" + TIMEOUT_SECONDS);
            users.add(user);
        }
        long last = 0;
        for (int i = 0; i < 3 * TIMEOUT_SECONDS; i++) {
            Nodes.letPass(Duration.ofSeconds(1));
            last = System.nanoTime();
            for (int each = 0; each < APPS.size(); each++) {
                TomcatNode node = each == 0 || i % 2 == 0 ? a : b;
                assertThat(users.get(each).asks(node, APPS.get(each), "get:x"))
                        .as("%s after %d s", APPS.get(each), i)
                        .isEqualTo("1");
            }
        }
        for (String app : APPS) {
            await(app)
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() -> assertThat(ended(app)).isEqualTo(1));
        }
        // The timeout, a tenth of it, and one look each second at two nodes; the rest is for a machine that is busy.
        assertThat(Duration.ofNanos(System.nanoTime() - last))
                .isBetween(Duration.ofSeconds(TIMEOUT_SECONDS), Duration.ofSeconds(TIMEOUT_SECONDS + 5));
        for (int each = 0; each < APPS.size(); each++) {
            assertThat(users.get(each).asks(b, APPS.get(each), "found")).isEqualTo("none");
        }
    }

    private static long ended(String app) {
        return Nodes.counter(a, app, "expiredSessions") + Nodes.counter(b, app, "expiredSessions");
    }
}
