/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * K8-5: a third node joins two that are busy, and gets a third of the sessions as soon as it says that it is ready: it finds
 * them all, no request fails, and a hundred thousand sessions do not delay its start.
 */
@Tag("any-tomcat")
@Isolated("its bounds are those of a machine that does nothing else")
class K85JoinIT {

    private static final int SESSIONS = 300;
    private static final Duration DELAY = Duration.ofSeconds(10);
    private static final Nodes NODES = new Nodes("join", 8020);
    private static final List<TomcatNode> BUSY = new ArrayList<>();

    @BeforeAll
    static void start() {
        BUSY.add(start("a"));
        BUSY.add(start("b"));
        NODES.settled();
    }

    private static TomcatNode start(String name) {
        return NODES.start(
                name,
                builder -> builder.server(Balancer.listener(NODES))
                        .host(Balancer.READINESS)
                        .jvmOptions("-Xmx512m"),
                WebApp.probe("probe"));
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    @Test
    void aThirdNodeTakesItsShareAtOnce() {
        long began = System.nanoTime();
        TomcatNode joining = start("c").awaitReady("/ready", Nodes.START);
        Duration alone = Duration.ofNanos(System.nanoTime() - began);
        NODES.settled();
        joining.stop();

        List<Balancer.Counted> all = Balancer.sessions(SESSIONS, BUSY);
        HttpUser user = new HttpUser();
        user.does(BUSY.get(0), Balancer.APP, "set:a=small", "int:n=1");
        assertThat(Nodes.copied(BUSY.get(0), Balancer.APP, user)).isEqualTo(100_000 + SESSIONS + 1);
        List<Balancer.Counted> moved = all.subList(0, SESSIONS / 3);
        Duration busy;
        try (Balancer balancer = new Balancer(BUSY)) {
            balancer.awaitReady(2);
            balancer.use(all.subList(SESSIONS / 3, SESSIONS));
            long before = balancer.requests();
            balancer.add(joining);
            began = System.nanoTime();
            joining.start();
            balancer.awaitReady(3);
            busy = Duration.ofNanos(System.nanoTime() - began);
            moved.stream()
                    .map(counted -> counted.ask(joining))
                    .toList()
                    .forEach(CompletableFuture::join); // throws what was not found, or failed
            NODES.settled();
            System.out.printf(
                    "K8-5: the third node was ready after %.1f s, and beside %,d sessions after %.1f s; %,d requests went on"
                            + " meanwhile%n",
                    alone.toMillis() / 1e3,
                    Nodes.counter(joining, Balancer.APP, "activeSessionsFull"),
                    busy.toMillis() / 1e3,
                    balancer.requests() - before);
        }
        assertThat(Nodes.counter(joining, Balancer.APP, "activeSessionsFull")).isEqualTo(100_000 + SESSIONS + 1);
        assertThat(busy).isLessThan(alone.plus(DELAY));
        Stream.of(joining, BUSY.get(0)).forEach(node -> all.forEach(counted -> counted.check(node)));
    }
}
