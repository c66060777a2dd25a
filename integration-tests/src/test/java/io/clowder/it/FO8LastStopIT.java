/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** FO-8, embedded: who stops the last node is told what is lost with it. */
class FO8LastStopIT {

    @Test
    void theLastStopSaysHowManySessionsAreLost() {
        try (Nodes nodes = new Nodes("last", 7560)) {
            TomcatNode a = nodes.start("a", builder -> builder, WebApp.probe("probe"), WebApp.probe("other"));
            nodes.settled();
            assertThat(lost(a)).as("without a session").isEmpty();

            nodes.settled();
            for (int i = 0; i < 3; i++) {
                new HttpUser().does(a, "/probe", "set:x=1");
            }
            new HttpUser().does(a, "/other", "set:x=1");
            new HttpUser().does(a, "/probe", "set:x=1", "end");
            TomcatNode b = nodes.start("b", builder -> builder, WebApp.probe("probe"), WebApp.probe("other"));
            nodes.settled();
            assertThat(lost(a)).as("b goes on").isEmpty();
            assertThat(lost(b))
                    .singleElement()
                    .asString()
                    .contains(
                            "WARNING",
                            "The last member of cluster '" + nodes.cluster() + "' stops",
                            "are lost",
                            ": 4.");
        }
    }

    /** Stops it; what it says of that. */
    private static List<String> lost(TomcatNode node) {
        node.stop();
        return Nodes.linesWith(node.logOfThisStart(), "lost");
    }
}
