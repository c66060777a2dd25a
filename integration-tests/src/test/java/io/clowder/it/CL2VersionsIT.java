/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * CL-2: a second version beside the first, and reloads in place, under 50 requests a second. What Tomcat itself answers
 * while it exchanges an application, it answers with its own StandardManager, too.
 */
@ExtendWith(TwoNodes.Shared.class)
class CL2VersionsIT {
    private static final int RELOADS = 10;
    private static final int USERS = 10;

    /** The others are asked by the test alone. */
    private static final int UNDER_LOAD = USERS / 2;

    private static final String STANDARD =
            "<Manager className=\"org.apache.catalina.session.StandardManager\" pathname=\"SESSIONS.ser\"/>";

    /** Clients that send 50 requests a second in all, until they are stopped: users with sessions, and newcomers. */
    private static final class Load implements AutoCloseable {
        private static final int PERIOD_MILLIS = 20;

        private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(4);
        private final Map<String, AtomicInteger> answers = new ConcurrentHashMap<>();
        private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();
        private final AtomicInteger sent = new AtomicInteger();
        private final List<TomcatNode> nodes;
        private final String app;
        private final List<HttpUser> users = new ArrayList<>();

        Load(String app, List<TomcatNode> nodes) {
            this.app = app;
            this.nodes = nodes;
            for (int i = 0; i < USERS; i++) {
                HttpUser user = new HttpUser();
                assertThat(user.does(nodes.get(i % nodes.size()), app, "inc:n", "cart:cart=milk", "set:name=" + i))
                        .containsExactly("1", "milk", "ok");
                users.add(user);
            }
            threads.scheduleAtFixedRate(this::send, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }

        /** Half of the requests are of users, with the sessions that they have now. */
        private void send() {
            int number = sent.getAndIncrement();
            TomcatNode node = nodes.get(number / 2 % nodes.size());
            HttpUser user = number % 2 == 0 ? users.get(number / 2 % UNDER_LOAD) : new HttpUser();
            String path = HttpUser.doing(app, "version", number % 2 == 0 ? "found" : "inc:n");
            CompletableFuture<Answer> answer = user.getAsync(node, path);
            underWay.add(answer);
            CompletableFuture<?> unused = answer.handle((received, failure) -> {
                String kind = failure != null ? failure.toString() : kind(received);
                answers.computeIfAbsent(kind, any -> new AtomicInteger()).incrementAndGet();
                return underWay.remove(answer);
            });
        }

        /** Tomcat's own words while an application is exchanged are told from ours, which are a 503, too. */
        private static String kind(Answer answer) {
            boolean tomcats = answer.body().contains("This application is not currently available");
            return answer.status() + (tomcats ? " of Tomcat" : "");
        }

        int sent() {
            return sent.get();
        }

        /** Until all that was sent before has been answered. */
        void awaitAnswers() {
            List<CompletableFuture<?>> before = List.copyOf(underWay);
            await().atMost(Duration.ofSeconds(40)).until(() -> before.stream().allMatch(CompletableFuture::isDone));
        }

        /** How many answers there were of each status. */
        Map<String, Integer> stop() throws InterruptedException {
            threads.shutdown();
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
            await().atMost(Duration.ofSeconds(40)).until(underWay::isEmpty);
            Map<String, Integer> counted = new TreeMap<>();
            answers.forEach((kind, count) -> counted.put(kind, count.get()));
            return counted;
        }

        @Override
        public void close() {
            threads.shutdownNow();
        }
    }

    @Test
    void aSecondVersionBesideTheFirst(TwoNodes two) throws Exception {
        Map<String, Integer> standard = versions(two, "/versions-standard", List.of(two.a()), STANDARD);
        Map<String, Integer> clowder = versions(two, "/versions", List.of(two.a(), two.b()), "");
        System.out.println("CL-2 versions: StandardManager " + standard + ", Clowder " + clowder);
        assertThat(standard).containsOnlyKeys("200");
        assertThat(clowder).containsOnlyKeys("200");
    }

    private static Map<String, Integer> versions(TwoNodes two, String app, List<TomcatNode> nodes, String contextXml)
            throws InterruptedException {
        Path war = WebApp.probe(app.substring(1))
                .contextXml(contextXml)
                .war(two.nodes().folder().resolve("versions"));
        nodes.forEach(node -> manager(node, "deploy?path=" + app + "&version=1&war=file:" + war));
        try (Load load = new Load(app, nodes)) {
            nodes.forEach(node -> manager(node, "deploy?path=" + app + "&version=2&war=file:" + war));
            // Who has a session stays with the first version, on each node; who comes gets the second.
            for (int round = 2; round < 6; round++) {
                for (int i = 0; i < USERS; i++) {
                    TomcatNode node = nodes.get((i + round) % nodes.size());
                    assertThat(load.users.get(i).does(node, app, "version", "inc:n", "loaded:cart", "get:name"))
                            .containsExactly("1", "" + round, "true", "" + i);
                    assertThat(new HttpUser().does(node, app, "version", "inc:n"))
                            .containsExactly("2", "1");
                }
            }
            boolean clustered = nodes.size() > 1;
            long ofFirst = clustered ? ofFirst(nodes.get(0), app) : 0;
            // Until it ends.
            for (int i = 0; i < UNDER_LOAD; i++) {
                HttpUser user = load.users.get(i);
                assertThat(user.does(nodes.get(0), app, "version", "end")).containsExactly("1", "ended");
                assertThat(user.does(nodes.get(0), app, "version", "inc:n")).containsExactly("2", "1");
            }
            if (clustered) { // what undeployOldVersions asks for
                nodes.forEach(node -> assertThat(ofFirst(node, app)).isEqualTo(ofFirst - UNDER_LOAD));
            }
            // Tomcat answers 404 for what it has mapped to a version that stops then; nobody uses the first any more.
            load.awaitAnswers();
            nodes.forEach(node -> manager(node, "undeploy?path=" + app + "&version=1"));
            for (int i = UNDER_LOAD; i < USERS; i++) {
                assertThat(load.users.get(i).does(nodes.get(0), app, "version", "isNew"))
                        .containsExactly("2", "true");
            }
            int before = load.sent();
            await().atMost(Duration.ofSeconds(30)).until(() -> load.sent() >= before + 100);
            return load.stop();
        } finally {
            nodes.forEach(node -> manager(node, "undeploy?path=" + app + "&version=2"));
        }
    }

    /** The sessions of the first version, wherever they are. */
    private static long ofFirst(TomcatNode node, String app) {
        return Nodes.counter(node, app + "##1", "activeSessionsFull");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "affinity=\"roaming\""})
    void tenReloadsInPlace(String affinity, TwoNodes two) throws Exception {
        Map<String, Integer> standard = reloads(two, "/reloads-standard", List.of(two.a()), STANDARD);
        Map<String, Integer> clowder = reloads(
                two,
                "/reloads",
                List.of(two.a(), two.b()),
                "<Manager className=\"" + Nodes.CLASS + "\" " + two.nodes().membership() + " " + affinity + "/>");
        System.out.println("CL-2 reloads: StandardManager " + standard + ", Clowder " + clowder);
        // With each Manager there are a few requests that Tomcat had mapped when the application went.
        assertThat(standard.keySet()).contains("200").isSubsetOf("200", "404", "503 of Tomcat");
        assertThat(clowder.keySet()).contains("200").isSubsetOf("200", "404", "503 of Tomcat");
    }

    private static Map<String, Integer> reloads(TwoNodes two, String app, List<TomcatNode> nodes, String contextXml)
            throws InterruptedException {
        Path war = WebApp.probe(app.substring(1))
                .contextXml(contextXml)
                .war(two.nodes().folder().resolve("reloads"));
        nodes.forEach(node -> manager(node, "deploy?path=" + app + "&war=file:" + war));
        try (Load load = new Load(app, nodes)) {
            for (int i = 1; i <= RELOADS; i++) {
                TomcatNode node = nodes.get(i % nodes.size());
                manager(node, "reload?path=" + app);
                for (HttpUser user : load.users) {
                    assertThat(user.does(node, app, "inc:n", "loaded:cart", "get:cart"))
                            .containsExactly("" + (i + 1), "true", "milk");
                }
            }
            return load.stop();
        } finally {
            nodes.forEach(node -> manager(node, "undeploy?path=" + app));
        }
    }

    private static void manager(TomcatNode node, String command) {
        assertThat(new HttpUser()
                        .basicLogin("admin", "admin")
                        .get(node, "/manager/text/" + command)
                        .body())
                .as(command)
                .startsWith("OK");
    }
}
