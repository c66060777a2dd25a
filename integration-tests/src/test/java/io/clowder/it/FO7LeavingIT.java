/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * FO-7: each node is stopped and started again, one after the other, behind a load balancer that asks for readiness: no
 * request fails, no session ends, and the last write of each is on another node.
 */
@Tag("any-tomcat")
@Isolated("its bounds are those of a machine that does nothing else")
class FO7LeavingIT {

    private static final int SESSIONS = 300;
    private static final Nodes NODES = new Nodes("leaving", 7700);
    private static final List<TomcatNode> ALL = new ArrayList<>();

    @BeforeAll
    static void start() {
        for (String name : List.of("a", "b", "c")) {
            ALL.add(NODES.start(
                    name,
                    builder -> builder.server(Balancer.listener(NODES)).host(Balancer.READINESS),
                    WebApp.probe("probe")));
        }
        NODES.settled();
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    @Test
    void noNodeThatLeavesOrComesBackIsNoticed() {
        List<Balancer.Counted> all = Balancer.sessions(SESSIONS, ALL);
        try (Balancer balancer = new Balancer(ALL)) {
            balancer.awaitReady(3);
            balancer.use(all);
            for (TomcatNode leaving : ALL) {
                leaving.stop();
                assertThat(balancer.ready())
                        .as("the balancer after the stop of " + leaving)
                        .hasSize(2)
                        .allMatch(node -> sessions(node) == SESSIONS);
                leaving.start();
                balancer.awaitReady(3);
                NODES.settled();
                assertThat(balancer.ready()).allMatch(node -> sessions(node) == SESSIONS);
            }
            System.out.printf("%,d requests went on while three nodes were stopped and started%n", balancer.requests());
        }
        all.forEach(counted -> counted.check(ALL.get(0)));
    }

    private static long sessions(TomcatNode node) {
        return Nodes.counter(node, Balancer.APP, "activeSessionsFull");
    }
}
