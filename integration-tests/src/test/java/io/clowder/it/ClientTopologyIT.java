/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two Tomcats that are clients of a dedicated cluster of two members. */
@Tag("any-tomcat")
@MostlyWaits
@Timeout(300)
class ClientTopologyIT {
    private static final String APP = ClientNodes.APP;
    private static final String FORM = ClientNodes.FORM;
    private static final String SWEPT = "/swept";

    private static final Duration OPERATION_TIMEOUT = Duration.ofSeconds(5);

    private static final ClientNodes CLIENTS = new ClientNodes("client", 7860);
    private static final DedicatedMembers MEMBERS = CLIENTS.members;
    private static final int PORT = CLIENTS.port;

    private static TomcatNode a;
    private static TomcatNode b;

    /** What one client saw of one answer. */
    private record Seen(long sentAt, int status, long took) {}

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
    }

    private static void awaitMembers(TomcatNode node, int count) {
        ClientNodes.awaitMembers(node, count);
    }

    private static TomcatNode node(int turn) {
        return CLIENTS.node(turn);
    }

    @Test
    void ofAHundredWritesRoundRobinNoneIsStale() {
        assertThat(a.awaitLog("Sessions of /probe", Duration.ZERO))
                .contains("roaming (topology: each request asks the cluster), route a, map", "client of 2 members: ");
        HttpUser user = new HttpUser();
        user.does(a, APP, "set:x=1");
        String base = user.base();
        assertThat(user.route()).isEqualTo("a");
        for (int i = 1; i <= 100; i++) {
            assertThat(user.does(node(i), APP, "inc:n", "get:x")).containsExactly("" + i, "1");
            assertThat(user.sessionId()).as("it keeps its route").isEqualTo(base + (i % 2 == 0 ? ".a" : ".b"));
        }
        for (TomcatNode node : List.of(a, b)) {
            assertThat(Nodes.counter(node, APP, "takeovers")).isZero();
            assertThat(Nodes.counter(node, APP, "released")).isZero();
        }
    }

    @Test
    void loginLogoutAndANewIdAreThoseOfBothNodes() {
        HttpUser user = new HttpUser();
        AtomicInteger turn = new AtomicInteger();
        Login.FORM.take(user, FORM, () -> node(turn.getAndIncrement()));
        for (int i = 0; i < 4; i++) {
            assertThat(Login.FORM.isKnown(user, node(i), FORM)).isTrue();
        }
        String loggedIn = user.sessionId();
        user.does(a, FORM, "set:x=1", "change");
        assertThat(user.base()).isNotEqualTo(loggedIn.split("\\.")[0]);
        for (int i = 0; i < 4; i++) {
            assertThat(user.asks(node(i), FORM, "get:x")).isEqualTo("1");
            assertThat(Login.FORM.isKnown(user, node(i), FORM)).isTrue();
            assertThat(new HttpUser().comesWith(FORM, loggedIn).asks(node(i), FORM, "found"))
                    .as("the old id")
                    .isEqualTo("none");
        }
        String changed = user.sessionId();
        user.does(b, FORM, "logout", "end");
        for (int i = 0; i < 4; i++) {
            assertThat(new HttpUser().comesWith(FORM, changed).asks(node(i), FORM, "found"))
                    .isEqualTo("none");
            assertThat(Login.FORM.isKnown(new HttpUser().comesWith(FORM, changed), node(i), FORM))
                    .isFalse();
        }
    }

    /** What clients see while something happens to the cluster. */
    private static final class Traffic {
        private final Duration pause;
        private final AtomicBoolean on = new AtomicBoolean(true);
        private final List<HttpUser> users = new ArrayList<>();
        private final List<CompletableFuture<List<Seen>>> seen = new ArrayList<>();
        private final Map<HttpUser, AtomicInteger> last = new IdentityHashMap<>();

        /** Of so many clients, each of which makes a pause after each answer. */
        Traffic(int clients, Duration pause) {
            this.pause = pause;
            for (int i = 0; i < clients; i++) {
                HttpUser user = new HttpUser();
                user.does(node(i), APP, "int:n=0");
                users.add(user);
                last.put(user, new AtomicInteger());
            }
            users.forEach(user -> seen.add(CompletableFuture.supplyAsync(asking(user), command -> {
                Thread thread = new Thread(command, "traffic");
                thread.setDaemon(true);
                thread.start();
            })));
        }

        /** Each client adds one, at alternating nodes: never fewer than what it was told last, at most one for each 503. */
        private Supplier<List<Seen>> asking(HttpUser user) {
            return () -> {
                List<Seen> answers = new ArrayList<>();
                int known = 0;
                int unknown = 0;
                for (int i = 0; on.get(); i++) {
                    long sent = System.nanoTime();
                    Answer answer = user.get(node(i), HttpUser.doing(APP, "inc:n"));
                    answers.add(new Seen(sent, answer.status(), System.nanoTime() - sent));
                    if (answer.status() == 200) {
                        int n = Integer.parseInt(answer.body());
                        assertThat(n).as("lost, or counted twice").isBetween(known + 1, known + 1 + unknown);
                        known = n;
                        unknown = 0;
                    } else {
                        assertThat(answer.status()).as(answer.body()).isEqualTo(503);
                        unknown++;
                    }
                    LockSupport.parkNanos(pause.toNanos());
                }
                last.get(user).set(known);
                return answers;
            };
        }

        List<Seen> end() {
            on.set(false);
            return seen.stream().flatMap(each -> each.join().stream()).toList();
        }

        /** Whether each client asks still; what one saw that it must not see has ended it. */
        boolean isGoingOn() {
            return seen.stream().noneMatch(CompletableFuture::isDone);
        }

        /** All that was answered is there, whoever is asked. */
        void assertNothingLost() {
            for (HttpUser user : users) {
                for (TomcatNode node : List.of(a, b)) {
                    assertThat(Integer.parseInt(user.asks(node, APP, "get:n")))
                            .isGreaterThanOrEqualTo(last.get(user).get());
                }
            }
        }
    }

    private static void report(String what, List<Seen> seen, long since) {
        List<Long> took = seen.stream()
                .filter(each -> each.sentAt() + each.took() >= since)
                .map(Seen::took)
                .sorted()
                .toList();
        System.out.printf(
                "%s: %d requests, %d of them after it, %d answered 503; of those after it p99 %d ms, longest %d ms%n",
                what,
                seen.size(),
                took.size(),
                seen.stream().filter(each -> each.status() == 503).count(),
                took.get(took.size() * 99 / 100) / 1_000_000,
                took.get(took.size() - 1) / 1_000_000);
    }

    @Test
    void aMemberThatIsKilledTakesNothingWithIt() throws InterruptedException {
        Traffic traffic = new Traffic(4, Duration.ZERO);
        Nodes.letPass(Duration.ofSeconds(1));
        long killed = System.nanoTime();
        MEMBERS.running().get(0).kill();
        Nodes.letPass(OPERATION_TIMEOUT.plusSeconds(2));
        List<Seen> seen = traffic.end();
        report("A dedicated member killed", seen, killed);
        assertThat(seen)
                .filteredOn(each -> each.sentAt() - killed > OPERATION_TIMEOUT.toNanos())
                .isNotEmpty()
                .allMatch(each -> each.status() == 200);
        assertThat(seen)
                .allMatch(each -> each.took() < OPERATION_TIMEOUT.plusSeconds(2).toNanos());
        traffic.assertNothingLost();
        for (TomcatNode node : List.of(a, b)) {
            assertThat(ClientNodes.state(node)).isEqualTo("CLUSTERED");
        }
    }

    @Test
    void aMemberThatIsStoppedHandsOverWhatItHas() throws InterruptedException {
        Traffic traffic = new Traffic(4, Duration.ZERO);
        Nodes.letPass(Duration.ofSeconds(1));
        long stopped = System.nanoTime();
        DedicatedMembers.Member leaving = MEMBERS.running().get(0);
        int said = leaving.said().length();
        leaving.stop();
        Nodes.letPass(Duration.ofSeconds(1));
        List<Seen> seen = traffic.end();
        report("A dedicated member stopped", seen, stopped);
        assertThat(seen).allMatch(each -> each.status() == 200);
        traffic.assertNothingLost();
        assertThat(leaving.said().substring(said)).doesNotContain("SEVERE", "The last member of cluster");
    }

    /**
     * The oldest of three: the others drop it after 10 s, and it joins them again when it goes on. Whatever clients ask for
     * meanwhile, and which member keeps it, they get the newest state or a 503.
     */
    @Test
    void aMemberThatStandsStillHidesNothingAndShowsNothingOld() throws InterruptedException {
        MEMBERS.startBeside();
        for (TomcatNode node : List.of(a, b)) {
            awaitMembers(node, 3);
        }
        List<HttpUser> idle = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            HttpUser user = new HttpUser();
            user.does(node(i), APP, "set:x=old", "set:kept=1");
            idle.add(user);
        }
        Map<TomcatNode, Integer> before =
                Map.of(a, a.logOfThisStart().length(), b, b.logOfThisStart().length());
        DedicatedMembers.Member still = MEMBERS.running().get(0);
        Traffic traffic = new Traffic(12, Duration.ofMillis(20));
        // They save when the member stands still already: it does what they say when it wakes up.
        List<CompletableFuture<Answer>> late = new ArrayList<>();
        for (int i = 0; i < idle.size(); i++) {
            late.add(idle.get(i).getAsync(node(i), HttpUser.doing(APP, "get:x", "sleep:2000", "set:x=late")));
        }
        Nodes.letPass(Duration.ofSeconds(1));
        long froze = System.nanoTime();
        long dropped;
        still.freeze();
        try {
            for (TomcatNode node : List.of(a, b)) {
                awaitMembers(node, 2);
            }
            dropped = System.nanoTime();
            print("A dedicated member that stands still was dropped after", froze);
            assertThat(late).extracting(answer -> answer.join().status()).containsOnly(200, 503);
            for (int i = 0; i < idle.size(); i++) {
                assertThat(idle.get(i).does(node(i), APP, "set:x=new", "get:kept"))
                        .element(1)
                        .isEqualTo("1");
            }
            Nodes.letPass(OPERATION_TIMEOUT);
        } finally {
            still.thaw();
        }
        long woke = System.nanoTime();
        try {
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                assertShown(idle, "new");
                return still.said().contains("CLUSTERED again");
            });
            for (TomcatNode node : List.of(a, b)) {
                awaitMembers(node, 3);
            }
            print("It was one of three again, after it woke up, after", woke);
            Nodes.letPass(Duration.ofSeconds(2));
            assertThat(traffic.isGoingOn()).isTrue();
        } finally {
            List<Seen> seen = traffic.end();
            report("A dedicated member stood still", seen, froze);
            assertThat(seen)
                    .allMatch(each ->
                            each.took() < OPERATION_TIMEOUT.plusSeconds(3).toNanos());
            assertThat(seen)
                    .filteredOn(each -> each.sentAt() > dropped && each.sentAt() + each.took() < woke)
                    .isNotEmpty()
                    .allMatch(each -> each.status() == 200);
            still.kill();
        }
        assertShown(idle, "new");
        traffic.assertNothingLost();
        for (TomcatNode node : List.of(a, b)) {
            assertThat(node.logOfThisStart().substring(before.get(node))).doesNotContain("DEGRADED: ");
        }
    }

    private static void assertShown(List<HttpUser> users, String x) {
        for (TomcatNode node : List.of(a, b)) {
            for (HttpUser user : users) {
                Answer answer = user.get(node, HttpUser.doing(APP, "get:x"));
                if (answer.status() != 503) {
                    assertThat(answer.lines()).as(answer.body()).containsExactly(x);
                }
            }
        }
    }

    /** For longer than the client's heartbeat allows: it takes its connections for dead, and opens new ones. */
    @Test
    void aTomcatThatStoodStillServesTheNewestStateAtOnce() {
        List<HttpUser> users = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            HttpUser user = new HttpUser();
            user.does(a, APP, "set:x=old", "set:kept=1");
            users.add(user);
        }
        int before = a.logOfThisStart().length();
        a.freeze();
        try {
            users.forEach(user -> user.does(b, APP, "set:x=new"));
            Nodes.letPass(Duration.ofSeconds(7));
        } finally {
            a.thaw();
        }
        for (HttpUser user : users) {
            assertThat(user.does(a, APP, "get:x", "get:kept")).containsExactly("new", "1");
        }
        String said = a.logOfThisStart().substring(before);
        // Else answers were there first, when it woke up.
        System.out.println("Connections taken for dead: " + said.contains("Heartbeat failed over the connection"));
        assertThat(said).doesNotContain("DEGRADED: ");
    }

    private static void print(String what, long since) {
        System.out.printf("%s: %d ms%n", what, (System.nanoTime() - since) / 1_000_000);
    }

    @Test
    void idleSessionsAreEndedOnceAlsoThoseOfATomcatThatWasKilled() {
        int count = 60;
        String tag = "client-" + System.nanoTime() + "-";
        Map<String, Integer> expected = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            SweptNodes.create(node(i), SWEPT, tag + i, 8);
            expected.put(SweptNodes.farewell(tag + i), 1);
        }
        a.kill();
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() ->
                        assertThat(SweptNodes.announced(List.of(a, b), tag)).containsExactlyEntriesOf(expected));
        // Nobody announces one of them a second time.
        Nodes.letPass(Duration.ofSeconds(4));
        assertThat(SweptNodes.announced(List.of(a, b), tag)).containsExactlyEntriesOf(expected);
        assertThat(Nodes.counter(b, SWEPT, "activeSessionsFull")).isZero();
    }
}
