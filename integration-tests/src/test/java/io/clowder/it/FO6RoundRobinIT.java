/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** FO-6: a balancer that sends each request to the next node. */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
class FO6RoundRobinIT {
    private static final int CLICKS = 10_000;

    @Test
    void theDefaultWithoutARouteCountsOnWithoutAFault() {
        try (Nodes nodes = new Nodes("round-robin", 7280)) {
            List<TomcatNode> all = List.of(
                    nodes.startWithoutRoute("a", WebApp.probe("probe")),
                    nodes.startWithoutRoute("b", WebApp.probe("probe")),
                    nodes.startWithoutRoute("c", WebApp.probe("probe")));
            nodes.settled();
            HttpUser user = new HttpUser();
            for (int i = 1; i <= CLICKS; i++) {
                assertThat(user.asks(all.get(i % 3), "/probe", "inc:n")).isEqualTo("" + i);
            }
            for (TomcatNode node : all) {
                assertThat(Nodes.counter(node, "/probe", "bounces")).isZero();
            }
        }
    }

    @Test
    void aStickySessionThatAlternatesIsRightAndIsReportedOnce(ThreeNodes three) {
        List<Long> before = three.all().stream()
                .map(node -> Nodes.counter(node, ThreeNodes.STICKY, "bounces"))
                .toList();
        HttpUser user = new HttpUser();
        for (int i = 1; i <= 60; i++) {
            assertThat(user.asks(three.turn(i), ThreeNodes.STICKY, "inc:n")).isEqualTo("" + i);
        }
        for (int i = 0; i < 3; i++) {
            TomcatNode node = three.turn(i);
            assertThat(Nodes.counter(node, ThreeNodes.STICKY, "bounces") - before.get(i))
                    .isEqualTo(19);
            assertThat(Nodes.linesWith(
                            node.logOfThisStart(), "/probe: a session alternates between nodes", "follow the route"))
                    .hasSize(1)
                    .allSatisfy(line -> assertThat(line)
                            .contains("(here ." + node.route() + ")", "affinity=\"roaming\"")
                            .doesNotContain(user.base()));
        }
    }
}
