/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * FO-7: each node is stopped and started again, one after the other, behind a load balancer that asks for readiness: no
 * request fails, no session ends, and the last write of each is on another node.
 */
class FO7LeavingIT {

    private static final String APP = "/probe";
    private static final String READY = "/ready";
    private static final int SESSIONS = 300;
    private static final int CLIENTS = 6;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Between two questions of the balancer; a node that is to stop serves for ten times that. */
    private static final long PROBE_MILLIS = 200;

    private static final Nodes NODES = new Nodes("leaving", 7700);
    private static final List<TomcatNode> ALL = new ArrayList<>();

    private final Set<TomcatNode> ready = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean going = new AtomicBoolean(true);
    private final LongAdder requests = new LongAdder();

    /** A session, and how often its counter was raised. */
    private static final class Counted {
        private final HttpUser user = new HttpUser();
        private int count;
    }

    @BeforeAll
    static void start() {
        String listener =
                "<Listener className=\"io.clowder.tomcat.ServerListener\" " + NODES.membership() + " stopDelay=\"2\"/>";
        for (String name : List.of("a", "b", "c")) {
            ALL.add(NODES.start(
                    name,
                    builder -> builder.server(listener).host("<Valve className=\"io.clowder.tomcat.ReadinessValve\"/>"),
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
        List<Counted> all = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            Counted counted = new Counted();
            all.add(counted);
            raise(counted, ALL.get(i % 3));
        }
        CompletableFuture<Void> balancer = CompletableFuture.runAsync(this::probe);
        await().atMost(PATIENCE).until(() -> ready.size() == 3);
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            List<Counted> own = all.subList(i * SESSIONS / CLIENTS, (i + 1) * SESSIONS / CLIENTS);
            clients.add(CompletableFuture.runAsync(() -> use(own)));
        }
        try {
            for (TomcatNode leaving : ALL) {
                leaving.stop();
                assertThat(ready)
                        .as("the balancer after the stop of " + leaving)
                        .hasSize(2);
                ready.forEach(node -> assertThat(sessions(node)).isEqualTo(SESSIONS));
                leaving.start();
                await().atMost(Nodes.START).until(() -> ready.size() == 3);
                NODES.settled();
                ready.forEach(node -> assertThat(sessions(node)).isEqualTo(SESSIONS));
            }
        } finally {
            going.set(false);
        }
        clients.forEach(CompletableFuture::join); // throws what a client has seen
        balancer.join();
        System.out.printf("%,d requests went on while three nodes were stopped and started%n", requests.sum());
        for (Counted counted : all) {
            assertThat(counted.user.asks(ALL.get(0), APP, "get:n")).isEqualTo("" + counted.count);
        }
    }

    private static long sessions(TomcatNode node) {
        return Nodes.counter(node, APP, "activeSessionsFull");
    }

    /** As a load balancer: to the node of the session's route if that is ready, else to another one. */
    private void use(List<Counted> sessions) {
        while (going.get()) {
            for (Counted counted : sessions) {
                String route = counted.user.route();
                TomcatNode node = ready.stream()
                        .filter(one -> HttpUser.routeOf(one).equals(route))
                        .findFirst()
                        .orElseGet(() -> ready.iterator().next());
                raise(counted, node);
                requests.increment();
            }
        }
    }

    private static void raise(Counted counted, TomcatNode node) {
        assertThat(counted.user.asks(node, APP, "inc:n")).isEqualTo("" + ++counted.count);
    }

    private void probe() {
        HttpUser prober = new HttpUser();
        while (going.get()) {
            for (TomcatNode node : ALL) {
                if (isReady(prober, node)) {
                    ready.add(node);
                } else {
                    ready.remove(node);
                }
            }
            Nodes.letPass(Duration.ofMillis(PROBE_MILLIS));
        }
    }

    private static boolean isReady(HttpUser prober, TomcatNode node) {
        try {
            return prober.get(node, READY).status() == 200;
        } catch (AssertionError e) { // nobody listens
            return false;
        }
    }
}
