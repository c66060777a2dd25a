/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** EX-1: a node whose copy is idle neither ends nor announces a session that another node serves. */
@Tag("any-tomcat")
@MostlyWaits
@ExtendWith(SweptNodes.Shared.class)
class EX1IdleCopyIT {
    private static final int TIMEOUT_SECONDS = 4;
    private static final List<String> APPS = List.of(SweptNodes.STICKY, SweptNodes.ROAMING);

    @Test
    void aSessionThatIsUsedOnAnotherNodeForFiveTimeoutsIsNeverLost(SweptNodes nodes) {
        List<HttpUser> users = APPS.stream()
                .map(app -> SweptNodes.create(nodes.a(), app, "used-elsewhere" + app, TIMEOUT_SECONDS))
                .toList();
        List<Long> asked = counters(nodes, "storeOperations");
        List<Long> expired = counters(nodes, "expiredSessions");
        List<Long> evicted = counters(nodes, "evictions");
        for (int second = 1; second <= 5 * TIMEOUT_SECONDS; second++) {
            Nodes.letPass(Duration.ofSeconds(1));
            for (int each = 0; each < APPS.size(); each++) {
                assertThat(users.get(each).asks(nodes.b(), APPS.get(each), "get:name"))
                        .as("%s after %d s", APPS.get(each), second)
                        .isEqualTo("used-elsewhere" + APPS.get(each));
            }
        }
        assertThat(nodes.announced("used-elsewhere")).isEmpty();
        assertThat(counters(nodes, "expiredSessions")).isEqualTo(expired);
        // Sticky: b has taken it over, a knows that it is not its to end. Roaming: a has asked, was refused, and let
        // its
        // copy go.
        assertThat(Nodes.counter(nodes.b(), SweptNodes.STICKY, "takeovers")).isPositive();
        assertThat(counters(nodes, "storeOperations").get(1)).isGreaterThan(asked.get(1));
        assertThat(counters(nodes, "evictions").get(1)).isEqualTo(evicted.get(1) + 1);
        // It comes back to a as it is; no later test shall see it end.
        for (int each = 0; each < APPS.size(); each++) {
            assertThat(users.get(each).does(nodes.a(), APPS.get(each), "get:cart", "end"))
                    .startsWith("milk");
        }
    }

    /** Of a, one for each application. */
    private static List<Long> counters(SweptNodes nodes, String name) {
        return APPS.stream().map(app -> Nodes.counter(nodes.a(), app, name)).toList();
    }
}
