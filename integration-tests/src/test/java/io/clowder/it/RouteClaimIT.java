/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A jvmRoute belongs to one live node of a cluster. */
@Tag("any-tomcat")
@ExtendWith(TwoNodes.Shared.class)
class RouteClaimIT {

    @Test
    void aSecondNodeWithTheSameRouteFailsItsStart(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), "/probe", "set:x=1");
        TomcatNode second = two.start("second", builder -> builder.route("a"));
        try {
            second.awaitLog("Server startup in", Nodes.START);
            assertThat(Nodes.linesWith(second.log(), "jvmRoute", "'a'")).isNotEmpty();
            for (String app : new String[] {"/probe", "/root1", "/form"}) {
                assertThat(new HttpUser()
                                .get(second, HttpUser.doing(app, "hello"))
                                .status())
                        .isEqualTo(404);
            }
            assertThat(user.asks(two.a(), "/probe", "get:x")).isEqualTo("1");
        } finally {
            two.nodes().forget(second);
        }
    }

    @Test
    void aNodeThatWasKilledStartsAgainWithItsOwnRoute(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), "/probe", "set:x=1");
        two.a().kill();
        two.a().start().awaitReady("/probe/do?q=hello", Nodes.START);
        assertThat(user.asks(two.a(), "/probe", "get:x")).isEqualTo("1");
        assertThat(user.route()).isEqualTo("a");
    }

    @Test
    void aNodeThatWasStoppedStartsAgainWithItsOwnRoute(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), "/probe", "set:x=1");
        two.a().stop();
        two.a().start().awaitReady("/probe/do?q=hello", Nodes.START);
        assertThat(user.asks(two.a(), "/probe", "get:x")).isEqualTo("1");
        assertThat(user.route()).isEqualTo("a");
    }
}
