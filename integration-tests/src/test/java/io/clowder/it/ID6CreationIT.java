/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ID-6: who makes a session, and when the cluster hears of it. */
@ExtendWith(HostNodes.Shared.class)
class ID6CreationIT {

    private static final int REQUESTS = 10_000;
    private static final String BOT = "Mozilla/5.0 (compatible; Googlebot/2.1)";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void healthChecksFilesAndLooksForASessionMakeNone(HostNodes host) throws IOException {
        List<String> paths =
                List.of(HttpUser.doing("/probe", "hello"), "/probe/picture.txt", HttpUser.doing("/probe", "found"));
        List<String> bodies = List.of("hello", "a cat", "none");
        long drawn = sum(host, "/probe", "sessionsDrawn");
        long operations = sum(host, "/probe", "storeOperations");
        try (KeptConnections connections = new KeptConnections()) {
            HttpUser user = new HttpUser();
            for (int i = 0; i < REQUESTS; i++) {
                Answer answer = connections.get(user, host.both().get(i / 3 % 2), paths.get(i % 3));
                assertThat(answer.body()).isEqualTo(bodies.get(i % 3));
                assertThat(answer.setCookies()).isEmpty();
            }
        }
        assertThat(sum(host, "/probe", "sessionsDrawn") - drawn).isZero();
        assertThat(sum(host, "/probe", "storeOperations") - operations).isZero();
        assertThat(sum(host, "/probe", "activeSessions")).isZero();
    }

    @Test
    void aCrawlerHasOneSessionOnEachNode(HostNodes host) {
        String app = "/crawled";
        List<Integer> saidBefore =
                host.both().stream().map(node -> node.log().length()).toList();
        List<Set<String>> ids = List.of(new TreeSet<>(), new TreeSet<>());
        for (int i = 0; i < 20; i++) {
            ids.get(i % 2).add(crawls(host.both().get(i % 2), app));
        }
        assertThat(ids.get(0)).hasSize(1);
        assertThat(ids.get(1)).hasSize(1);
        String id = ids.get(0).iterator().next();

        // It keeps a cookie, too: then the session goes wherever it goes.
        HttpUser crawler = new HttpUser().agent(BOT).comesWith(app, id);
        for (int i = 0; i < 4; i++) {
            TomcatNode node = host.both().get(i % 2);
            assertThat(crawler.asks(node, app, "inc:pages")).isEqualTo("" + (11 + i));
            assertThat(crawler.route()).isEqualTo(HttpUser.routeOf(node));
        }
        // Ended where the valve has never heard of it: the valve of the other node must not go on presenting it.
        assertThat(crawler.asks(host.b(), app, "end")).isEqualTo("ended");
        assertThat(visited(host.a(), app))
                .as("one that the valve did not ask for, and one for it")
                .hasSize(2);

        await("the valve's timeout of 5 s")
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(sum(host, app, "activeSessions")).isEqualTo(1));
        assertThat(visited(host.a(), app)).hasSize(1);
        assertThat(visited(host.b(), app)).hasSize(1);
        for (int i = 0; i < 2; i++) {
            String said = host.both().get(i).log().substring(saidBefore.get(i));
            assertThat(Nodes.linesWith(said, " WARNING ", "io.clowder")).isEmpty();
            assertThat(said).doesNotContain(" SEVERE ");
        }
    }

    /** The sessions of one crawler that looks at twenty pages. */
    private static Set<String> visited(TomcatNode node, String app) {
        Set<String> ids = new TreeSet<>();
        for (int i = 0; i < 20; i++) {
            ids.add(crawls(node, app));
        }
        return ids;
    }

    /** A page, without any cookie. */
    private static String crawls(TomcatNode node, String app) {
        return new HttpUser().agent(BOT).does(node, app, "inc:pages", "id").get(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/empty", "/roaming-empty"})
    void anEmptySessionStaysOnItsNodeUntilItHasAnAttribute(String app, HostNodes host) {
        HttpUser user = new HttpUser();
        long operations = sum(host, app, "storeOperations");
        String id = user.asks(host.a(), app, "id");
        for (int i = 0; i < 10; i++) {
            assertThat(user.does(host.a(), app, "id", "isNew", "get:n")).containsExactly(id, "false", "null");
        }
        id = user.does(host.a(), app, "change").get(0);
        assertThat(user.sessionId()).isEqualTo(id);
        assertThat(sum(host, app, "storeOperations") - operations).isZero();

        assertThat(user.asks(host.b(), app, "found")).isEqualTo("none");
        assertThat(sum(host, app, "storeOperations") - operations)
                .as("a question of the host's crawler valve, and one of the application")
                .isEqualTo(2);

        user.does(host.a(), app, "set:n=1");
        assertThat(user.does(host.b(), app, "get:n", "isNew")).containsExactly("1", "false");
        assertThat(user.base()).isEqualTo(id.split("\\.", 2)[0]);
        user.does(host.b(), app, "remove:n");
        assertThat(user.asks(host.a(), app, "isNew")).as("it stays stored").isEqualTo("false");
        user.does(host.a(), app, "end");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/empty", "/roaming-empty"})
    void anEmptySessionEndsAtItsTimeoutOrWhenItIsEnded(String app, HostNodes host) {
        HttpUser user = new HttpUser();
        HttpUser other = new HttpUser();
        long operations = sum(host, app, "storeOperations");
        long expired = sum(host, app, "expiredSessions");
        user.does(host.a(), app, "interval:2");
        other.does(host.a(), app, "id");
        assertThat(other.asks(host.a(), app, "end")).isEqualTo("ended");
        assertThat(other.asks(host.a(), app, "found")).isEqualTo("none");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Nodes.counter(host.a(), app, "activeSessions"))
                        .isZero());
        assertThat(sum(host, app, "expiredSessions") - expired).isEqualTo(2);
        assertThat(user.asks(host.a(), app, "found")).isEqualTo("none");
        assertThat(sum(host, app, "storeOperations") - operations)
                .as("two questions for each of two ids that have ended")
                .isEqualTo(4);
    }

    @Test
    void tooManySessionsAreRefusedWithTomcatsTextAndHarmNoOther(HostNodes host) {
        List<HttpUser> users = new ArrayList<>();
        long expired = Nodes.counter(host.a(), "/full", "expiredSessions");
        for (int i = 0; i < 3; i++) {
            users.add(new HttpUser());
            users.get(i).does(host.a(), "/full", "int:n=" + i);
        }
        HttpUser ofB = new HttpUser();
        ofB.does(host.b(), "/full", "int:n=3");
        for (int i = 0; i < 5; i++) {
            assertThat(new HttpUser()
                            .get(host.a(), HttpUser.doing("/full", "int:n=4"))
                            .status())
                    .isEqualTo(500);
        }
        assertThat(host.a().log()).contains("TooManyActiveSessionsException: createSession: Too many active sessions");
        assertThat(Nodes.counter(host.a(), "/full", "activeSessions")).isEqualTo(3);
        assertThat(Nodes.counter(host.a(), "/full", "expiredSessions")).isEqualTo(expired);
        users.add(ofB);
        for (int i = 0; i < 4; i++) {
            assertThat(users.get(i).does(host.a(), "/full", "get:n", "isNew"))
                    .as("session %d, taken over where it was made elsewhere", i)
                    .containsExactly("" + i, "false");
        }
        users.forEach(user -> user.does(host.a(), "/full", "end"));
        new HttpUser().does(host.a(), "/full", "int:n=5", "end");
    }

    private static long sum(HostNodes host, String app, String counter) {
        return host.both().stream()
                .mapToLong(node -> Nodes.counter(node, app, counter))
                .sum();
    }
}
