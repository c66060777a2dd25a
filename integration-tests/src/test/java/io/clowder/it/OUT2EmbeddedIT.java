/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** OUT-2 for members: a node starts while the only other one stands still. It goes on alone, and both become one later. */
@Tag("any-tomcat")
class OUT2EmbeddedIT {
    private static final String APP = "/probe";
    private static final int PORT = 8060;
    private static final String MEMBERS = " members=\"127.0.0.1:" + PORT + ", 127.0.0.1:" + (PORT + 1) + "\"";
    private static final Duration BACK = Duration.ofSeconds(90);

    @Test
    void startsAloneAndBecomesOneWithTheOther() {
        try (Nodes nodes = new Nodes("unheard", PORT)) {
            TomcatNode a = started(nodes, "a");
            HttpUser early = new HttpUser();
            assertThat(early.does(a, APP, "set:x=1", "inc:n")).containsExactly("ok", "1");
            String id = base(early);

            a.freeze();
            long began = System.nanoTime();
            TomcatNode b;
            HttpUser late = new HttpUser();
            try {
                b = started(nodes, "b");
                System.out.printf(
                        "Started beside a node that stands still after %d ms%n",
                        (System.nanoTime() - began) / 1_000_000);
                assertThat(state(b)).isEqualTo("DEGRADED");
                assertThat(Nodes.bean(b, "Catalina:type=Clowder", "reason"))
                        .isEqualTo(
                                "a process listens at 127.0.0.1:" + PORT + " and has not answered since the start; it"
                                        + " may stand still, and have sessions. If it is none of this cluster, take it out of"
                                        + " members");
                assertThat(late.does(b, APP, "set:x=2", "inc:n")).containsExactly("ok", "1");
                // What this node lacks is stood in for under the same id.
                assertThat(early.does(b, APP, "found", "set:y=meanwhile")).containsExactly("none", "ok");
                assertThat(base(early)).isEqualTo(id);
            } finally {
                a.thaw();
            }
            long thawed = System.nanoTime();
            for (TomcatNode node : List.of(a, b)) {
                await().atMost(BACK).until(() -> state(node).equals("CLUSTERED"));
            }
            nodes.settled();
            Nodes.awaitTold(b);
            System.out.printf("One cluster %d ms after it went on%n", (System.nanoTime() - thawed) / 1_000_000);
            for (Map.Entry<HttpUser, String> user :
                    Map.of(early, "1", late, "2").entrySet()) {
                for (TomcatNode node : List.of(a, b, a)) {
                    assertThat(user.getKey().does(node, APP, "get:x", "get:n", "isNew", "get:y"))
                            .as("at " + node)
                            .containsExactly(user.getValue(), "1", "false", "null");
                }
            }
            assertThat(base(early)).isEqualTo(id);
        }
    }

    private static TomcatNode started(Nodes nodes, String name) {
        TomcatNode node =
                nodes.start(name, builder -> builder, WebApp.probe("probe").manager(nodes.membership() + MEMBERS));
        node.awaitReady("/probe/do?q=hello", Duration.ofSeconds(60));
        return node;
    }

    private static String state(TomcatNode node) {
        return Nodes.bean(node, "Catalina:type=Clowder", "state");
    }

    private static String base(HttpUser user) {
        return user.sessionId().split("\\.")[0];
    }
}
