/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two Tomcats that are clients of a dedicated cluster, and hold the sessions that they serve. */
@Tag("any-tomcat")
@MostlyWaits
@Timeout(300)
class StickyClientIT {
    private static final String APP = ClientNodes.APP;
    private static final String FORM = ClientNodes.FORM;
    private static final String SWEPT = "/swept";
    private static final Duration SOON = Duration.ofSeconds(30);

    private static final ClientNodes CLIENTS = new ClientNodes("sticky-client", 8500, "affinity=\"sticky\"");

    private static TomcatNode a;
    private static TomcatNode b;

    @BeforeAll
    static void start() {
        CLIENTS.start(SweptNodes.swept(CLIENTS.nodes, "swept", ""));
        a = CLIENTS.a();
        b = CLIENTS.b();
    }

    @AfterAll
    static void stop() {
        CLIENTS.close();
    }

    @BeforeEach
    void settle() {
        CLIENTS.settle();
        CLIENTS.both().forEach(StickyClientIT::awaitUnasked);
    }

    private static TomcatNode node(int turn) {
        return CLIENTS.node(turn);
    }

    /** Until the node serves what it holds without a question, as it does when no member has just joined. */
    private static void awaitUnasked(TomcatNode node) {
        HttpUser user = new HttpUser();
        user.does(node, APP, "set:x=1");
        await().atMost(SOON).until(() -> {
            long before = operations(node);
            user.does(node, APP, "get:x");
            return operations(node) == before;
        });
    }

    private static long operations(TomcatNode node) {
        return Nodes.counter(node, APP, "storeOperations");
    }

    private static HttpUser tab(HttpUser user, String app) {
        return new HttpUser().comesWith(app, user.sessionId());
    }

    @Test
    void aReadSendsNothingToTheCluster() {
        assertThat(a.awaitLog("Sessions of /probe", Duration.ZERO))
                .contains("sticky, route a, map", "client of 2 members: ");
        HttpUser user = new HttpUser();
        user.does(a, APP, "set:x=1", "inc:n");
        // A Tomcat or member that is not scheduled for longer than a second and a half is to ask once.
        await().atMost(SOON).until(() -> {
            long before = operations(a);
            for (int i = 0; i < 100; i++) {
                assertThat(user.does(a, APP, "get:x", "get:n")).containsExactly("1", "1");
            }
            return operations(a) == before;
        });
        await("a write is one").atMost(SOON).until(() -> {
            long before = operations(a);
            user.does(a, APP, "inc:n");
            return operations(a) == before + 1;
        });
    }

    @Test
    void eachNodeSeesWhatTheOtherWroteAndCorrectsTheRoute() {
        HttpUser user = new HttpUser();
        user.does(a, APP, "set:x=1");
        String base = user.base();
        long released = Nodes.counter(a, APP, "released") + Nodes.counter(b, APP, "released");
        long began = System.nanoTime();
        for (int i = 1; i <= 200; i++) {
            assertThat(user.does(node(i), APP, "inc:n", "get:x")).containsExactly("" + i, "1");
            assertThat(user.sessionId()).isEqualTo(base + (i % 2 == 0 ? ".a" : ".b"));
        }
        System.out.printf("A request that takes over, and writes: %d us%n", (System.nanoTime() - began) / 200_000);
        // A letter that is not answered within a second comes once more.
        assertThat(Nodes.counter(a, APP, "released") + Nodes.counter(b, APP, "released"))
                .isBetween(released + 200, released + 210);
    }

    /** Each of the two is named by what comes to it: only what it was told keeps it from serving its copy unasked. */
    @Test
    void twoTabsThatKeepToTheirNodesSeeEachOther() {
        HttpUser atA = new HttpUser();
        atA.does(a, APP, "inc:n");
        HttpUser atB = tab(atA, APP);
        for (int i = 2; i <= 200; i++) {
            HttpUser tab = i % 2 == 0 ? atB : atA;
            assertThat(tab.asks(node(i + 1), APP, "inc:n")).isEqualTo("" + i);
            assertThat(tab.route()).isEqualTo(i % 2 == 0 ? "b" : "a");
            for (int reads = 0; reads < 2; reads++) { // the second one unasked
                assertThat(tab.asks(node(i + 1), APP, "get:n")).isEqualTo("" + i);
            }
        }
    }

    @Test
    void concurrentWritesOfDifferentAttributesAreNotLost() {
        HttpUser first = new HttpUser();
        first.does(a, APP, "set:x=1");
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            HttpUser user = tab(first, APP);
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
        for (TomcatNode node : CLIENTS.both()) {
            assertThat(first.does(node, APP, "get:n0", "get:n1", "get:n2", "get:n3", "get:x"))
                    .containsExactly("25", "25", "25", "25", "1");
        }
    }

    private static List<HttpUser> atA(int count) {
        List<HttpUser> users = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            HttpUser user = new HttpUser();
            user.does(a, APP, "int:n=" + i, "set:x=old");
            users.add(user);
        }
        return users;
    }

    @Test
    void theSessionsOfATomcatThatWasKilledAreServedByTheOther() {
        List<HttpUser> users = atA(50);
        a.kill();
        long killed = System.nanoTime();
        ConcurrentLinkedQueue<Long> took = new ConcurrentLinkedQueue<>();
        SweptNodes.inParallel(users.size(), i -> {
            HttpUser user = users.get(i);
            await().atMost(SOON).until(() -> isAnswered(tab(user, APP), "" + i));
            took.add(System.nanoTime() - killed);
            assertThat(user.does(b, APP, "inc:n", "get:x")).containsExactly("" + (i + 1), "old");
        });
        long longest = took.stream().mapToLong(each -> each).max().orElseThrow();
        System.out.printf("50 sessions of a Tomcat that was killed: served after %d ms%n", longest / 1_000_000);
        assertThat(longest).isLessThan(Duration.ofSeconds(5).toNanos());
        assertThat(users).allMatch(user -> user.route().equals("b"));
    }

    @Test
    void theSessionsOfATomcatThatStopsAreServedAtOnce() {
        List<HttpUser> users = atA(20);
        CLIENTS.nodes.sendShutdown(a);
        await().atMost(SOON).until(() -> !a.isAlive());
        long began = System.nanoTime();
        for (int i = 0; i < users.size(); i++) {
            assertThat(users.get(i).does(b, APP, "inc:n")).containsExactly("" + (i + 1));
        }
        System.out.printf("20 sessions of a Tomcat that stopped: %d ms%n", (System.nanoTime() - began) / 1_000_000);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void aTomcatThatStoodStillServesNothingOld() {
        List<HttpUser> users = atA(20);
        List<CompletableFuture<Answer>> late = new ArrayList<>();
        a.freeze();
        try {
            long froze = System.nanoTime();
            users.forEach(user -> late.add(tab(user, APP).getAsync(a, HttpUser.doing(APP, "get:x"))));
            for (int i = 0; i < users.size(); i++) {
                int n = i;
                HttpUser user = users.get(i);
                await().atMost(Duration.ofSeconds(20)).until(() -> isAnswered(tab(user, APP), "" + n));
                assertThat(user.does(b, APP, "set:x=new")).hasSize(1);
            }
            System.out.printf(
                    "20 sessions of a Tomcat that stands still: served after %d ms%n",
                    (System.nanoTime() - froze) / 1_000_000);
        } finally {
            a.thaw();
        }
        for (CompletableFuture<Answer> answer : late) {
            assertThat(answer.join().status()).isIn(200, 503);
            if (answer.join().status() == 200) {
                assertThat(answer.join().body()).isEqualTo("new");
            }
        }
        for (HttpUser user : users) {
            assertThat(user.does(a, APP, "get:x")).containsExactly("new");
            assertThat(user.does(b, APP, "get:x")).containsExactly("new");
        }
    }

    /** With the session's value, or a 503; never with another session. */
    private static boolean isAnswered(HttpUser tab, String n) {
        String base = tab.base();
        Answer answer = tab.get(b, HttpUser.doing(APP, "get:n"));
        assertThat(answer.status()).as(answer.body()).isIn(200, 503);
        assertThat(tab.base()).isEqualTo(base);
        return answer.status() == 200 && answer.body().equals(n);
    }

    @Test
    void anOutageOfTheClusterTakesNothingWithIt() throws InterruptedException {
        List<HttpUser> users = new ArrayList<>();
        List<Integer> counted = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            HttpUser user = new HttpUser();
            user.does(node(i), APP, "inc:n", "set:x=" + i);
            users.add(user);
            counted.add(1);
        }
        HttpUser bothHave = new HttpUser();
        bothHave.does(a, APP, "set:x=old");
        bothHave.does(b, APP, "set:x=newer");
        CLIENTS.members.killAll();
        for (int round = 0; round < 3; round++) { // also before it is known
            for (int i = 0; i < users.size(); i++) {
                int next = counted.get(i) + 1;
                assertThat(users.get(i).does(node(i), APP, "inc:n", "get:x")).containsExactly("" + next, "" + i);
                counted.set(i, next);
            }
        }
        CLIENTS.awaitState("DEGRADED", "the last member was killed", System.nanoTime());
        bothHave.does(b, APP, "set:y=alone");
        CLIENTS.members.start(CLIENTS.port, 1);
        CLIENTS.awaitState("CLUSTERED", "a member was there", System.nanoTime());
        for (int i = 0; i < users.size(); i++) {
            HttpUser user = users.get(i);
            int next = counted.get(i);
            TomcatNode other = node(i + 1);
            String found = "" + i;
            await().atMost(SOON)
                    .until(() -> tab(user, APP)
                            .get(other, HttpUser.doing(APP, "found", "get:x"))
                            .body()
                            .endsWith(found));
            assertThat(user.does(other, APP, "inc:n")).containsExactly("" + (next + 1));
            assertThat(user.does(node(i), APP, "inc:n", "get:x")).containsExactly("" + (next + 2), "" + i);
        }
        for (TomcatNode node : List.of(b, a, b)) {
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(bothHave.does(node, APP, "get:x", "get:y"))
                            .containsExactly("newer", "alone"));
        }
    }

    @Test
    void loginLogoutAndANewIdAreThoseOfBothNodes() {
        HttpUser user = new HttpUser();
        Login.FORM.take(user, FORM, () -> a);
        HttpUser tab = tab(user, FORM);
        assertThat(Login.FORM.isKnown(tab, a, FORM)).isTrue();
        user.does(b, FORM, "set:x=1", "change");
        assertThat(new HttpUser().comesWith(FORM, tab.sessionId()).asks(a, FORM, "found"))
                .as("the old id")
                .isEqualTo("none");
        assertThat(user.asks(a, FORM, "get:x")).isEqualTo("1");
        HttpUser atA = tab(user, FORM);
        user.does(b, FORM, "logout", "end");
        for (TomcatNode node : CLIENTS.both()) {
            assertThat(atA.asks(node, FORM, "found")).isEqualTo("none");
            assertThat(Login.FORM.isKnown(new HttpUser().comesWith(FORM, user.sessionId()), node, FORM))
                    .isFalse();
        }
    }

    @Test
    void eachSessionIsEndedOnceAndNoneThatIsUsed() {
        String tag = "sticky-" + System.nanoTime() + "-";
        Map<String, Integer> expected = new TreeMap<>();
        for (int i = 0; i < 40; i++) { // idle, on the node that goes on and on the one that is killed
            SweptNodes.create(node(i), SWEPT, tag + i, 8);
            expected.put(SweptNodes.farewell(tag + i), 1);
        }
        HttpUser loggedOut = SweptNodes.create(a, SWEPT, tag + "out", 600);
        loggedOut.does(b, SWEPT, "end");
        expected.put(SweptNodes.farewell(tag + "out"), 1);
        HttpUser used = SweptNodes.create(b, SWEPT, tag + "used", 8);
        a.kill();
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> {
                    assertThat(used.asks(b, SWEPT, "get:name")).isEqualTo(tag + "used");
                    assertThat(SweptNodes.announced(List.of(a, b), tag)).containsExactlyEntriesOf(expected);
                    // A session goes after its end was announced.
                    assertThat(Nodes.counter(b, SWEPT, "activeSessionsFull")).isEqualTo(1);
                });
    }

    @Test
    void aMemberThatIsKilledTakesNothingWithIt() throws InterruptedException {
        List<HttpUser> users = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            HttpUser user = new HttpUser();
            user.does(node(i), APP, "inc:n");
            users.add(user);
        }
        CLIENTS.members.running().get(0).kill();
        for (int n = 2; n < 12; n++) {
            for (int i = 0; i < users.size(); i++) {
                assertThat(users.get(i).asks(node(i + n / 4), APP, "inc:n")).isEqualTo("" + n);
            }
        }
    }
}
