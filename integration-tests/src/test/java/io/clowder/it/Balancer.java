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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * A load balancer that asks nodes for their readiness, and clients behind it that count. Each request must succeed, and find
 * what the one before left; what a client has seen instead is thrown when the balancer is closed.
 */
final class Balancer implements AutoCloseable {
    static final String APP = "/probe";

    /** For the host of a node. */
    static final String READINESS = "<Valve className=\"io.clowder.tomcat.ReadinessValve\"/>";

    private static final String READY = "/ready";
    private static final int CLIENTS = 6;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Between two questions; a node that is to stop serves for ten times that. */
    private static final Duration PROBE = Duration.ofMillis(200);

    private final List<TomcatNode> nodes = new CopyOnWriteArrayList<>();
    private final Set<TomcatNode> ready = ConcurrentHashMap.newKeySet();
    private final LongAdder requests = new LongAdder();
    private final List<CompletableFuture<Void>> running = new ArrayList<>();
    private volatile boolean going = true;

    /** A session, and how often its counter was raised. Of one thread at a time. */
    static final class Counted {
        private final HttpUser user = new HttpUser();
        private int count;

        void raise(TomcatNode node) {
            assertThat(user.asks(node, APP, "inc:n")).isEqualTo("" + ++count);
        }

        /** It has what its requests have left. */
        void check(TomcatNode node) {
            assertThat(user.asks(node, APP, "get:n")).isEqualTo("" + count);
        }

        /** Asks as long as the node cannot tell; then it has what its requests have left. How often it could not tell. */
        int checkPatiently(TomcatNode node) {
            AtomicInteger refused = new AtomicInteger();
            await().atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(PROBE)
                    .until(() -> {
                        Answer answer = user.get(node, HttpUser.doing(APP, "get:n"));
                        if (answer.status() == 503) {
                            refused.incrementAndGet();
                            return false;
                        }
                        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                        assertThat(answer.body()).isEqualTo("" + count);
                        return true;
                    });
            return refused.get();
        }

        CompletableFuture<Answer> ask(TomcatNode node) {
            return user.getAsync(node, HttpUser.doing(APP, "inc:n")).thenApply(answer -> {
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("" + ++count);
                return answer;
            });
        }
    }

    /** The attributes that a ServerListener needs beside those that put it into a cluster. */
    static String listener(Nodes nodes) {
        return "<Listener className=\"io.clowder.tomcat.ServerListener\" " + nodes.membership() + " stopDelay=\"2\"/>";
    }

    /** In front of these nodes, none of which is known to be ready yet. */
    Balancer(List<TomcatNode> nodes) {
        this.nodes.addAll(nodes);
        running.add(CompletableFuture.runAsync(this::probe));
    }

    /** New sessions, each begun on the next of these nodes. */
    static List<Counted> sessions(int number, List<TomcatNode> nodes) {
        List<Counted> all = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            Counted counted = new Counted();
            counted.raise(nodes.get(i % nodes.size()));
            all.add(counted);
        }
        return all;
    }

    /** Clients begin to use these sessions, each its share, one request after the other. */
    void use(List<Counted> sessions) {
        for (int i = 0; i < CLIENTS; i++) {
            List<Counted> own = sessions.subList(i * sessions.size() / CLIENTS, (i + 1) * sessions.size() / CLIENTS);
            running.add(CompletableFuture.runAsync(() -> useAll(own)));
        }
    }

    /** One node more. */
    void add(TomcatNode node) {
        nodes.add(node);
    }

    /** Those that were ready when they were asked last. */
    Set<TomcatNode> ready() {
        return ready;
    }

    void awaitReady(int number) {
        await().atMost(Nodes.START).until(() -> ready.size() == number);
    }

    /** How many requests have succeeded. */
    long requests() {
        return requests.sum();
    }

    /** Ends the clients, and throws what one of them has seen. */
    @Override
    public void close() {
        going = false;
        running.forEach(CompletableFuture::join);
    }

    /** To the node of the session's route if that is ready, else to another one. */
    private void useAll(List<Counted> sessions) {
        while (going) {
            for (Counted counted : sessions) {
                String route = counted.user.route();
                counted.raise(ready.stream()
                        .filter(one -> HttpUser.routeOf(one).equals(route))
                        .findFirst()
                        .orElseGet(() -> ready.iterator().next()));
                requests.increment();
            }
        }
    }

    private void probe() {
        HttpUser prober = new HttpUser();
        while (going) {
            for (TomcatNode node : nodes) {
                if (isReady(prober, node)) {
                    ready.add(node);
                } else {
                    ready.remove(node);
                }
            }
            Nodes.letPass(PROBE);
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
