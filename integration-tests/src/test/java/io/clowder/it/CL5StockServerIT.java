/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.core.DistributedObject;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two Tomcats that are clients of two members that have nothing but Hazelcast. */
@Tag("any-tomcat")
@MostlyWaits
@Timeout(180)
class CL5StockServerIT {
    private static final String APP = "/probe";
    private static final String FORM = "/form";
    private static final String SWEPT = "/swept";
    private static final int PORT = 7990;

    private static final Nodes NODES = new Nodes(
            "stock",
            cluster -> "topology=\"client\" clusterName=\"" + cluster
                    + "\" members=\"127.0.0.1:7990, 127.0.0.1:7991, 127.0.0.1:7992\"");
    private static final StockMembers MEMBERS =
            new StockMembers(NODES.cluster(), NODES.folder().resolve("members"), PORT);

    private static TomcatNode a;
    private static TomcatNode b;

    @BeforeAll
    static void start() {
        MEMBERS.start(1);
        MEMBERS.start(2);
        a = NODES.start("a", CL5StockServerIT::users, apps());
        b = NODES.start("b", CL5StockServerIT::users, apps());
        for (TomcatNode node : List.of(a, b)) {
            node.awaitReady(APP + "/do?q=hello", Nodes.START);
        }
    }

    private static TomcatLayout.Builder users(TomcatLayout.Builder builder) {
        return builder.user("tom", TwoNodes.PASSWORD, "cat");
    }

    private static WebApp[] apps() {
        return new WebApp[] {
            WebApp.probe("probe"),
            WebApp.probe("form").login("FORM"),
            SweptNodes.swept(NODES, "swept", ""),
            WebApp.probe("sticky").manager(NODES.membership() + " affinity=\"sticky\"")
        };
    }

    @AfterAll
    static void stop() {
        NODES.close();
        MEMBERS.close();
        MEMBERS.assertNothingMissed();
    }

    private static TomcatNode node(int turn) {
        return turn % 2 == 0 ? a : b;
    }

    @Test
    void ofThreeHundredWritesRoundRobinNoneIsStale() {
        assertThat(a.awaitLog("Sessions of /probe", Duration.ZERO))
                .contains(
                        "roaming (topology: each request asks the cluster), route a, map",
                        " members: 127.0.0.1:",
                        "; stock members: compare-and-set");
        HttpUser user = new HttpUser();
        user.does(a, APP, "set:x=1");
        for (int i = 1; i <= 300; i++) {
            assertThat(user.does(node(i), APP, "inc:n", "get:x")).containsExactly("" + i, "1");
        }
    }

    @Test
    void aTomcatMayHoldSessionsHereToo() {
        String app = "/sticky";
        HttpUser atA = new HttpUser();
        atA.does(a, app, "inc:n");
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            long before = Nodes.counter(a, app, "storeOperations");
            atA.does(a, app, "get:n");
            return Nodes.counter(a, app, "storeOperations") == before;
        });
        HttpUser atB = new HttpUser().comesWith(app, atA.sessionId());
        for (int i = 2; i <= 100; i++) { // each named by what comes to it
            assertThat((i % 2 == 0 ? atB : atA).asks(node(i + 1), app, "inc:n")).isEqualTo("" + i);
        }
        List<HttpUser> users = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            HttpUser user = new HttpUser();
            user.does(a, app, "int:n=" + i);
            users.add(user);
        }
        a.freeze();
        try {
            long froze = System.nanoTime();
            for (int i = 0; i < users.size(); i++) {
                assertThat(users.get(i).does(b, app, "inc:n")).containsExactly("" + (i + 1));
            }
            // One wait of 2.5 s for all, and not one for each.
            assertThat(System.nanoTime() - froze)
                    .isLessThan(Duration.ofSeconds(10).toNanos());
        } finally {
            a.thaw();
        }
        for (int i = 0; i < users.size(); i++) {
            HttpUser tab = new HttpUser().comesWith(app, users.get(i).base() + ".a");
            assertThat(tab.does(a, app, "get:n")).containsExactly("" + (i + 1));
        }
    }

    @Test
    void concurrentWritesOfDifferentAttributesAreNotLost() {
        HttpUser first = new HttpUser();
        first.does(a, APP, "set:x=1");
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int number = i;
            HttpUser user = new HttpUser().comesWith(APP, first.sessionId());
            writers.add(CompletableFuture.runAsync(
                    () -> {
                        for (int n = 1; n <= 25; n++) {
                            assertThat(user.asks(node(number), APP, "inc:n" + number))
                                    .isEqualTo("" + n);
                        }
                    },
                    task -> new Thread(task, "writer").start()));
        }
        writers.forEach(CompletableFuture::join);
        for (TomcatNode node : List.of(a, b)) {
            for (int i = 0; i < 6; i++) {
                assertThat(first.asks(node, APP, "get:n" + i)).isEqualTo("25");
            }
        }
    }

    @Test
    void loginLogoutAndANewIdAreThoseOfBothNodes() {
        HttpUser user = new HttpUser();
        AtomicInteger turn = new AtomicInteger();
        Login.FORM.take(user, FORM, () -> node(turn.getAndIncrement()));
        for (int i = 0; i < 2; i++) {
            assertThat(Login.FORM.isKnown(user, node(i), FORM)).isTrue();
        }
        String loggedIn = user.sessionId();
        user.does(a, FORM, "set:x=1", "change");
        assertThat(user.base()).isNotEqualTo(loggedIn.split("\\.")[0]);
        for (int i = 0; i < 2; i++) {
            assertThat(user.asks(node(i), FORM, "get:x")).isEqualTo("1");
            assertThat(new HttpUser().comesWith(FORM, loggedIn).asks(node(i), FORM, "found"))
                    .as("the old id")
                    .isEqualTo("none");
        }
        String changed = user.sessionId();
        user.does(b, FORM, "logout", "end");
        for (int i = 0; i < 2; i++) {
            assertThat(new HttpUser().comesWith(FORM, changed).asks(node(i), FORM, "found"))
                    .isEqualTo("none");
        }
    }

    @Test
    void idleSessionsAreEndedOnce() {
        int count = 30;
        String tag = "stock-" + System.nanoTime() + "-";
        Map<String, Integer> expected = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            SweptNodes.create(node(i), SWEPT, tag + i, 5);
            expected.put(SweptNodes.farewell(tag + i), 1);
        }
        await().atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() ->
                        assertThat(SweptNodes.announced(List.of(a, b), tag)).containsExactlyEntriesOf(expected));
        Nodes.letPass(Duration.ofSeconds(3)); // nobody announces one of them a second time
        assertThat(SweptNodes.announced(List.of(a, b), tag)).containsExactlyEntriesOf(expected);
        for (TomcatNode node : List.of(a, b)) {
            assertThat(Nodes.counter(node, SWEPT, "activeSessionsFull")).isZero();
        }
    }

    @Test
    void aMemberThatIsKilledTakesNothingWithIt() throws InterruptedException {
        List<HttpUser> idle = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            HttpUser user = new HttpUser();
            user.does(node(i), APP, "set:x=" + i);
            idle.add(user);
        }
        AtomicBoolean on = new AtomicBoolean(true);
        List<HttpUser> busy = List.of(new HttpUser(), new HttpUser(), new HttpUser());
        List<CompletableFuture<Integer>> counts = busy.stream()
                .map(user -> CompletableFuture.supplyAsync(
                        () -> counted(user, on), task -> new Thread(task, "traffic").start()))
                .toList();
        Nodes.letPass(Duration.ofSeconds(1));
        MEMBERS.running().get(0).kill();
        Nodes.letPass(Duration.ofSeconds(4));
        on.set(false);
        for (int i = 0; i < busy.size(); i++) {
            int last = counts.get(i).join();
            assertThat(last).isGreaterThan(20);
            for (TomcatNode node : List.of(a, b)) {
                assertThat(Integer.parseInt(busy.get(i).asks(node, APP, "get:n")))
                        .isGreaterThanOrEqualTo(last);
            }
        }
        for (int i = 0; i < idle.size(); i++) {
            assertThat(idle.get(i).asks(node(i + 1), APP, "get:x")).isEqualTo("" + i);
        }
        for (TomcatNode node : List.of(a, b)) {
            assertThat(Nodes.bean(node, "Catalina:type=Clowder", "state")).isEqualTo("CLUSTERED");
        }
        MEMBERS.start(2);
    }

    /** Adds one at alternating nodes: never fewer than what was answered last, at most one more for each 503. The last answer. */
    private static int counted(HttpUser user, AtomicBoolean on) {
        user.does(a, APP, "int:n=0");
        int known = 0;
        int unknown = 0;
        for (int i = 0; on.get(); i++) {
            Answer answer = user.get(node(i), HttpUser.doing(APP, "inc:n"));
            if (answer.status() == 200) {
                int n = Integer.parseInt(answer.body());
                assertThat(n).as("lost, or counted twice").isBetween(known + 1, known + 1 + unknown);
                known = n;
                unknown = 0;
            } else {
                assertThat(answer.status()).as(answer.body()).isEqualTo(503);
                unknown++;
            }
        }
        return known;
    }

    @Test
    void whoHasNothingOfOursCanListTheSessions() {
        HttpUser user = new HttpUser();
        user.does(a, APP, "set:x=1");
        ClientConfig config = new ClientConfig().setClusterName(NODES.cluster());
        MEMBERS.running().forEach(member -> config.getNetworkConfig().addAddress("127.0.0.1:" + member.clientPort()));
        HazelcastInstance bare = HazelcastClient.newHazelcastClient(config);
        try {
            List<String> names = bare.getDistributedObjects().stream()
                    .filter(IMap.class::isInstance)
                    .map(DistributedObject::getName)
                    .filter(name -> name.startsWith("clowder:"))
                    .sorted()
                    .toList();
            assertThat(names)
                    .containsExactly(
                            "clowder::localhost:/form",
                            "clowder::localhost:/probe",
                            "clowder::localhost:/sticky",
                            "clowder::localhost:/swept");
            IMap<String, Object> map = bare.getMap("clowder::localhost:/probe");
            assertThat(map.size()).isPositive();
            assertThat(map.keySet()).hasSize(map.size()).contains(user.base());
            assertThat(map.values()).hasSize(map.size()).allMatch(byte[].class::isInstance);
        } finally {
            bare.shutdown();
        }
        MEMBERS.assertNothingMissed();
    }
}
