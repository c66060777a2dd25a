/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** K8-3 with minimumClusterSize: nodes of the smaller side of a split use nothing that the larger one may have changed. */
@Tag("any-tomcat")
@Timeout(300)
@Isolated("its bounds are those of a machine that does nothing else")
class K83MinimumSizeIT {
    @Test
    void ofTheSmallerSideEachGoesOnAlone() {
        try (Network network = new Network(Split.SIZE);
                SplitNodes five = new SplitNodes(network, Split.SIZE, "minimum", 8620, "minimumClusterSize=\"3\"");
                SteadyTraffic traffic = SteadyTraffic.sticky(five.all(), Split.APPS)) {
            Split split = new Split(network, five, Set.of(2, 3, 4), Set.of(0, 1), true);
            split.begin();
            assertReady(five.all(), 200);
            traffic.phase("the split is not known yet");
            split.cut();
            SplitNodes.awaitCluster(split.larger(), Split.FORMED);
            split.smaller()
                    .forEach(node -> await().atMost(Split.FORMED)
                            .untilAsserted(() -> assertThat(state(node)).isEqualTo("DEGRADED")));
            System.out.printf("Two alone after %.1f s%n", split.secondsSinceCut());
            for (TomcatNode node : split.smaller()) {
                assertThat(Nodes.bean(node, "Catalina:type=Clowder", "reason"))
                        .isEqualTo("the cluster has 2 of the 3 members that minimumClusterSize asks for");
            }
            traffic.phase("two alone");
            split.goOn();
            assertReady(split.smaller(), 503);
            assertReady(split.larger(), 200);
            split.larger().forEach(node -> assertThat(state(node)).isEqualTo("CLUSTERED"));
            traffic.phase("the sides meet");
            split.mend();
            traffic.phase("one cluster again");
            five.all()
                    .forEach(node -> await().atMost(Split.MET)
                            .untilAsserted(() -> assertThat(state(node)).isEqualTo("CLUSTERED")));
            Nodes.letPass(Split.LATER);
            traffic.tell("", "the split is not known yet", "two alone", "the sides meet", "one cluster again");
            traffic.check(five.all());
            split.check();
            assertReady(five.all(), 200);
            assertThat(five.counter(SplitNodes.STICKY, "conflicts") + five.counter(SplitNodes.ROAMING, "conflicts"))
                    .as("attributes that both had changed")
                    .isEqualTo(split.conflicts());
            assertThat(traffic.refused("two alone")).isZero();
            assertThat(traffic.refused("one cluster again")).isZero();
        }
    }

    private static void assertReady(List<TomcatNode> nodes, int status) {
        for (TomcatNode node : nodes) {
            assertThat(new HttpUser().get(node, SplitNodes.READY).status())
                    .as("readiness of %s", node)
                    .isEqualTo(status);
        }
    }

    private static String state(TomcatNode node) {
        return ClientNodes.state(node);
    }
}
