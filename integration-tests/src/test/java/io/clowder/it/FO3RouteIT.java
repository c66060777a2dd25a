/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** FO-3: after a failover the id names the node that serves, and the dead one's return changes nothing. */
@ExtendWith(TwoNodes.Shared.class)
class FO3RouteIT {
    private static final String APP = "/probe";

    @Test
    void theRouteFollowsTheSessionAndStays(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=1");
        String base = user.base();
        assertThat(user.sessionId()).isEqualTo(base + ".a");

        two.a().kill();
        Answer first = user.get(two.b(), HttpUser.doing(APP, "get:x", "id"));
        assertThat(first.lines()).containsExactly("1", base + ".b");
        assertThat(first.setCookies()).singleElement().asString().startsWith("JSESSIONID=" + base + ".b;");

        Answer second = user.get(two.b(), HttpUser.doing(APP, "get:x", "id"));
        assertThat(second.lines()).containsExactly("1", base + ".b");
        assertThat(second.setCookies()).isEmpty();

        two.nodes().settled();
        for (int i = 0; i < 10; i++) {
            Answer later = user.get(two.b(), HttpUser.doing(APP, "get:x", "id"));
            assertThat(later.lines()).containsExactly("1", base + ".b");
            assertThat(later.setCookies()).isEmpty();
        }
        assertThat(Nodes.counter(two.a(), APP, "takeovers"))
                .as("takeovers by the one that came back")
                .isZero();
    }

    @Test
    void onlyTheRouteOfTheServingNodeIsEverSet(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=1");
        String base = user.base();
        for (int i = 0; i < 5; i++) {
            assertThat(user.get(two.b(), HttpUser.doing(APP, "get:x")).setCookies())
                    .singleElement()
                    .asString()
                    .startsWith("JSESSIONID=" + base + ".b;");
            assertThat(user.get(two.a(), HttpUser.doing(APP, "get:x")).setCookies())
                    .singleElement()
                    .asString()
                    .startsWith("JSESSIONID=" + base + ".a;");
        }
    }

    @Test
    void aRouteThatNobodyHasIsCorrected(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=1");
        String base = user.base();
        user.presents(base + ".retired");
        assertThat(user.does(two.b(), APP, "get:x", "id")).containsExactly("1", base + ".b");
        user.presents(base);
        assertThat(user.does(two.a(), APP, "get:x", "id")).containsExactly("1", base + ".a");
        assertThat(user.sessionId()).isEqualTo(base + ".a");
    }
}
