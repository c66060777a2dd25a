/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import io.clowder.it.app.Cart;
import io.clowder.it.app.Traveller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PE-4: many more sessions go through a node than it keeps copies of. */
@Tag("any-tomcat")
class PE4BoundedIT {
    private static final int SESSIONS = 2_000;
    private static final int COPIES = 50;

    /** The case asks for 200,000 sessions and 5,000 copies: {@code -Dclowder.sessions=200000}. */
    private static final int MANY = Integer.getInteger("clowder.sessions", 20_000);

    private static final int FEW = MANY / 40;
    private static final int CLIENTS = 8;
    private static final String SESSION = "io.clowder.tomcat.ClowderSession";
    private static final String RECORD = "io.clowder.store.SessionRecord";

    /** The records of the sessions are on their node, too: a thousand and some bytes each. */
    private static final String HEAP = "-Xmx" + (160 + MANY / 400) + "m";

    private static final Nodes NODES = new Nodes("bounded", 7240);
    private static TomcatNode a;
    private static TomcatNode b;

    @BeforeAll
    static void start() {
        a = NODES.start("a", builder -> builder.jvmOptions(HEAP), apps());
        b = NODES.start("b", builder -> builder.jvmOptions(HEAP), apps());
    }

    private static WebApp[] apps() {
        String bounded = NODES.membership() + " maxLocalSessions=\"" + COPIES + "\"";
        return new WebApp[] {
            WebApp.probe("probe"),
            WebApp.probe("sticky").manager(bounded),
            WebApp.probe("roaming").manager(bounded + " affinity=\"roaming\""),
            WebApp.probe("idle")
                    .context("backgroundProcessorDelay=\"1\"")
                    .manager(bounded + " localIdleTimeout=\"1\" processExpiresFrequency=\"1\""),
            WebApp.probe("many").manager(NODES.membership() + " maxLocalSessions=\"" + FEW + "\""),
            WebApp.probe("full").manager(NODES.membership() + " maxActiveSessions=\"3\"")
        };
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    @BeforeEach
    void settle() {
        NODES.settled();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/sticky", "/roaming"})
    void copiesAreBoundedAndEverySessionComesBackWhole(String app) {
        List<HttpUser> users = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            HttpUser user = new HttpUser();
            user.does(a, app, "int:n=" + i, "cart:cart=milk", "new:t=" + Traveller.class.getName());
            users.add(user);
            assertBounded(app, i);
        }
        long evictions = Nodes.counter(a, app, "evictions");
        assertThat(evictions).isBetween(SESSIONS - (long) COPIES, (long) SESSIONS);
        assertThat(users.get(SESSIONS - 1).asks(a, app, "get:t")).isEqualTo(evictions + " gone, 0 come");

        for (int i = 0; i < SESSIONS; i++) {
            assertThat(users.get(i).does(a, app, "get:n", "get:cart", "isNew"))
                    .as("session %d", i)
                    .containsExactly("" + i, "milk", "false");
            assertBounded(app, i);
        }
        assertThat(Nodes.counter(a, app, "expiredSessions")).isZero();
        String told = users.get(SESSIONS - 1).asks(a, app, "get:t");
        long gone = Nodes.counter(a, app, "evictions");
        assertThat(told).startsWith(gone + " gone, ");
        long come = Long.parseLong(told.split(" ", 4)[2]);
        // Who came back: all, but for those whose copy was still there when their turn came.
        assertThat(come).isEqualTo(gone - (SESSIONS - Nodes.counter(a, app, "activeSessions")));
        assertThat(users.get(0).does(b, app, "get:n", "get:cart")).containsExactly("0", "milk");
    }

    @Test
    void theHeapHasNoMoreObjectsThanCopiesHoweverManySessionsThereAre() {
        long others = Nodes.objects(a, SESSION);
        long othersCarts = Nodes.objects(a, Cart.class.getName());
        long othersRecords = Nodes.objects(a, RECORD);
        List<List<HttpUser>> users = Clients.work(CLIENTS, (client, connections) -> {
            List<HttpUser> own = new ArrayList<>();
            for (int i = 0; i < MANY / CLIENTS; i++) {
                HttpUser user = new HttpUser();
                connections.does(user, a, "/many", "int:n=" + i, "cart:cart=milk");
                own.add(user);
            }
            return own;
        });
        useAlone(users.get(0));
        assertThat(Nodes.counter(a, "/many", "activeSessions")).isBetween(1L, (long) FEW);
        assertThat(Nodes.objects(a, SESSION) - others).isBetween(1L, (long) FEW);
        assertThat(Nodes.objects(a, RECORD) - othersRecords).isEqualTo(MANY);
        Clients.work(CLIENTS, (client, connections) -> {
            for (int i = 0; i < MANY / CLIENTS; i++) {
                HttpUser user = users.get(client).get(i);
                assertThat(connections.does(user, a, "/many", "get:n", "get:cart", "isNew"))
                        .containsExactly("" + i, "milk", "false");
            }
            return client;
        });
        useAlone(users.get(0));
        assertThat(Nodes.counter(a, "/many", "activeSessions")).isBetween(1L, (long) FEW);
        assertThat(Nodes.objects(a, SESSION) - others).isBetween(1L, (long) FEW);
        assertThat(Nodes.objects(a, Cart.class.getName()) - othersCarts).isBetween(1L, (long) FEW);
        assertThat(Nodes.objects(a, RECORD) - othersRecords).isEqualTo(MANY);
    }

    /** While one request evicts copies, others make some; with one client the bound is exact. */
    private static void useAlone(List<HttpUser> users) {
        try (KeptConnections connections = new KeptConnections()) {
            users.subList(0, FEW).forEach(user -> connections.does(user, a, "/many", "get:n", "get:cart"));
        }
    }

    private static void assertBounded(String app, int i) {
        if (i % 100 == 99) {
            assertThat(Nodes.counter(a, app, "activeSessions")).isBetween(1L, (long) COPIES);
        }
    }

    @Test
    void anIdleCopyGoesAndItsSessionStillEndsAtItsTimeout() {
        HttpUser user = new HttpUser();
        user.does(a, "/idle", "set:x=1", "interval:8");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() ->
                        assertThat(Nodes.counter(a, "/idle", "activeSessions")).isZero());
        assertThat(Nodes.counter(a, "/idle", "expiredSessions")).isZero();
        long last = System.nanoTime();
        assertThat(user.does(a, "/idle", "get:x", "isNew")).containsExactly("1", "false");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() ->
                        assertThat(Nodes.counter(a, "/idle", "expiredSessions")).isEqualTo(1));
        assertThat(Duration.ofNanos(System.nanoTime() - last)).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(13));
        assertThat(Nodes.counter(a, "/idle", "evictions")).isEqualTo(2);
        assertThat(user.asks(a, "/idle", "found")).isEqualTo("none");
    }

    @Test
    void whatIsTooMuchForTomcatIsRefusedWithTextAndHarmsNoOther() {
        List<HttpUser> users = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            HttpUser user = new HttpUser();
            user.does(a, "/full", "int:n=" + i);
            users.add(user);
        }
        Answer refused = new HttpUser().get(a, HttpUser.doing("/full", "int:n=3"));
        assertThat(refused.status()).isEqualTo(500);
        assertThat(a.log()).contains("TooManyActiveSessionsException: createSession: Too many active sessions");
        for (int i = 0; i < 3; i++) {
            assertThat(users.get(i).asks(a, "/full", "get:n")).isEqualTo("" + i);
        }
    }
}
