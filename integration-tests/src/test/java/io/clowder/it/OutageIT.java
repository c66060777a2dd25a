/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The dedicated cluster is away: two Tomcats go on alone, and lose nothing when it is back. Methods begin with the case's ID. */
@Tag("any-tomcat")
@MostlyWaits
@Timeout(900)
class OutageIT {
    private static final String APP = ClientNodes.APP;
    private static final String FORM = ClientNodes.FORM;
    private static final String REFUSING = "/refusing";

    /** How long the outage under load lasts; {@code -Doutage.seconds=600} is the case's. */
    private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("outage.seconds", 12));

    private static final int CROWD = 12;
    private static final int CROWDED = 50;
    private static final List<String> POLICIES = List.of("dropSession", "dropAttribute", "fail");

    private static final int USERS = 40;
    private static final int THREADS = 8;
    private static final Duration SOON = Duration.ofSeconds(30);

    private static final ClientNodes CLIENTS = new ClientNodes("outage", 7960);
    private static TomcatNode a;
    private static TomcatNode b;

    @BeforeAll
    static void start() {
        CLIENTS.start(WebApp.probe("refusing")
                .manager(CLIENTS.nodes.membership() + " onOutage=\"fail\" operationTimeout=\"1000\""));
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

    /** A user, logged in, with the node that its balancer sends it to, and how often it has counted. */
    private static final class Sticky {

        private final HttpUser user = new HttpUser();
        private final int home;
        private int counted;

        Sticky(int home) {
            this.home = home;
            Login.FORM.take(user, FORM, this::home);
        }

        TomcatNode home() {
            return CLIENTS.node(home);
        }

        TomcatNode other() {
            return CLIENTS.node(home + 1);
        }

        /** What the answer lacks of a good one; null for a good one. */
        String counts() {
            Answer answer = user.get(home(), HttpUser.doing(FORM, "inc:n", "user"));
            if (answer.status() != 200) {
                return "status " + answer.status();
            }
            counted++;
            String expected = counted + "\n" + Login.FORM.known();
            return answer.body().equals(expected) ? null : "instead of " + counted + ": " + answer.body();
        }
    }

    @Test
    void out1AnOutageOfTheClusterIsNoneOfTheApplication() throws InterruptedException {
        List<Sticky> users = IntStream.range(0, USERS).mapToObj(Sticky::new).toList();
        Map<TomcatNode, Integer> before =
                Map.of(a, a.logOfThisStart().length(), b, b.logOfThisStart().length());
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Long> took = new ConcurrentLinkedQueue<>();
        AtomicBoolean away = new AtomicBoolean();
        AtomicBoolean over = new AtomicBoolean();
        List<CompletableFuture<Void>> clients = IntStream.range(0, THREADS)
                .mapToObj(thread -> CompletableFuture.runAsync(
                        () -> {
                            for (int i = thread; !over.get(); i = (i + THREADS) % USERS) {
                                long began = System.nanoTime();
                                String lacks = users.get(i).counts();
                                if (lacks != null) {
                                    wrong.add(users.get(i).home() + ": " + lacks);
                                }
                                if (away.get()) {
                                    took.add(System.nanoTime() - began);
                                }
                                LockSupport.parkNanos(Duration.ofMillis(60).toNanos());
                            }
                        },
                        task -> new Thread(task, "outage-client-" + thread).start()))
                .toList();
        Nodes.letPass(Duration.ofSeconds(1));

        away.set(true);
        CLIENTS.members.killAll();
        long killed = System.nanoTime();
        CLIENTS.awaitState("DEGRADED", "the last member was killed", killed);
        for (TomcatNode node : CLIENTS.both()) {
            assertThat(Nodes.bean(node, "Catalina:type=Clowder", "reason"))
                    .isEqualTo("no member of cluster '" + CLIENTS.nodes.cluster() + "' can be reached at "
                            + CLIENTS.addresses);
        }
        List<Sticky> newcomers = List.of(new Sticky(0), new Sticky(1));
        newcomers.forEach(user -> assertThat(user.counts()).isNull());
        Nodes.letPass(OUTAGE.minusNanos(System.nanoTime() - killed));
        assertThat(wrong).isEmpty();

        CLIENTS.members.start(CLIENTS.otherPort, 1);
        long back = System.nanoTime();
        CLIENTS.members.start(CLIENTS.otherPort, 2);
        CLIENTS.awaitState("CLUSTERED", "a member was there", back);
        away.set(false);
        Nodes.letPass(Duration.ofSeconds(1));
        over.set(true);
        clients.forEach(CompletableFuture::join);
        assertThat(wrong).as("answers that were no good ones").isEmpty();
        List<Long> sorted = took.stream().sorted().toList();
        System.out.printf(
                "During an outage of %d s: %d requests, p50 %d ms, p99 %d ms, longest %d ms%n",
                OUTAGE.toSeconds(),
                sorted.size(),
                sorted.get(sorted.size() / 2) / 1_000_000,
                sorted.get(sorted.size() * 99 / 100) / 1_000_000,
                sorted.get(sorted.size() - 1) / 1_000_000);

        List<Sticky> all = new ArrayList<>(users);
        all.addAll(newcomers);
        for (Sticky user : all) {
            await().atMost(SOON)
                    .until(() -> user.user
                            .get(user.other(), HttpUser.doing(FORM, "found", "user"))
                            .body()
                            .endsWith(Login.FORM.known()));
            assertThat(user.user.asks(user.other(), FORM, "get:n")).isEqualTo("" + user.counted);
        }
        for (TomcatNode node : CLIENTS.both()) {
            List<String> said =
                    node.logOfThisStart().substring(before.get(node)).lines().toList();
            assertThat(said).filteredOn(line -> line.contains("DEGRADED: ")).hasSize(1);
            assertThat(said)
                    .filteredOn(line -> line.contains("CLUSTERED again after"))
                    .hasSize(1);
            assertThat(said).noneMatch(line -> line.contains("A request was refused"));
            assertThat(said.stream().dropWhile(line -> !line.contains("DEGRADED: ")))
                    .as("Hazelcast would warn of each attempt")
                    .noneMatch(line -> line.contains("Exception during initial connection"));
        }
    }

    /** While the cluster is there, any node is asked; while it is away, the one that the balancer sends the route to. */
    @Test
    void cc2ASessionIsNeverMissingHoweverOftenTheClusterGoes() throws InterruptedException {
        List<HttpUser> users = IntStream.range(0, CROWDED)
                .mapToObj(i -> {
                    HttpUser user = new HttpUser();
                    user.does(CLIENTS.node(i + 1), APP, "set:name=" + i);
                    user.does(CLIENTS.node(i), APP, "found"); // the one that it stays with has a copy, as the other one
                    return user;
                })
                .toList();
        List<String> ids = users.stream().map(HttpUser::base).toList();
        AtomicBoolean anywhere = new AtomicBoolean(true);
        AtomicBoolean over = new AtomicBoolean();
        int[][] last = new int[CROWD][CROWDED];
        CompletableFuture<List<Map<String, Integer>>> crowd = CompletableFuture.supplyAsync(
                () -> Clients.work(
                        CROWD,
                        (client, connections) -> crowds(client, last[client], connections, users, anywhere, over)),
                task -> new Thread(task, "crowd").start());
        try {
            for (int port : List.of(CLIENTS.otherPort, CLIENTS.port)) {
                Nodes.letPass(Duration.ofSeconds(1));
                anywhere.set(false);
                Nodes.letPass(Duration.ofSeconds(1)); // what was asked elsewhere has its answer by then
                CLIENTS.members.killAll();
                CLIENTS.awaitState("DEGRADED", "the last member was killed", System.nanoTime());
                CLIENTS.members.start(port, 1);
                CLIENTS.awaitState("CLUSTERED", "a member was there", System.nanoTime());
                CLIENTS.members.start(port, 2);
                anywhere.set(true);
            }
            Nodes.letPass(Duration.ofSeconds(1));
        } finally {
            over.set(true);
        }
        Map<String, Integer> answers = new TreeMap<>();
        crowd.join().forEach(one -> one.forEach((answer, count) -> answers.merge(answer, count, Integer::sum)));
        System.out.println("Answers while the cluster went and came back twice: " + answers);
        assertThat(answers.keySet()).containsExactly("200 found");

        assertThat(users.stream().map(HttpUser::base)).as("no new ids").isEqualTo(ids);
        for (int i = 0; i < CROWDED; i++) {
            List<String> steps = new ArrayList<>(List.of("get:name"));
            List<String> expected = new ArrayList<>(List.of("" + i));
            for (int client = 0; client < CROWD; client++) {
                steps.add("get:by" + client);
                expected.add(last[client][i] == 0 ? "null" : "" + last[client][i]);
            }
            for (TomcatNode node : CLIENTS.both()) {
                assertThat(users.get(i).does(node, APP, steps.toArray(String[]::new)))
                        .as("session %d on %s", i, node)
                        .isEqualTo(expected);
            }
        }
    }

    /** Writes into sessions at random, in each an attribute of its own; how often there was which answer. */
    private static Map<String, Integer> crowds(
            int client,
            int[] last,
            KeptConnections connections,
            List<HttpUser> users,
            AtomicBoolean anywhere,
            AtomicBoolean over)
            throws IOException {
        Random random = new Random(client);
        Map<String, Integer> answers = new TreeMap<>();
        for (int i = 1; !over.get(); i++) {
            int chosen = random.nextInt(users.size());
            TomcatNode node = CLIENTS.node(anywhere.get() ? random.nextInt(2) : chosen);
            Answer answer =
                    connections.get(users.get(chosen), node, HttpUser.doing(APP, "found", "int:by" + client + "=" + i));
            boolean found = answer.status() == 200
                    && List.of(answer.lines().get(0).split(",")).contains("name");
            answers.merge(found ? "200 found" : answer.status() + " " + answer.body(), 1, Integer::sum);
            last[chosen] = i;
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        return answers;
    }

    /** On the node b a class is changed: first while the cluster is away, and then it meets the old one while it is away again. */
    @Test
    void se1WhatADeploymentMadeUnreadableFollowsThePolicyInAnOutageToo() throws InterruptedException {
        CLIENTS.both().forEach(node -> POLICIES.forEach(policy -> CLIENTS.deploy(node, deployed(policy, 1))));
        HttpUser untouched = madeOnA("/dropSession", "set:x=1", "inc:n");
        List<HttpUser> users = List.of(madeOnA("/dropSession", user("user")), madeOnA("/dropSession", user("user")));
        HttpUser without = madeOnA("/dropAttribute", user("user"));
        HttpUser failing = madeOnA("/fail", user("user"));
        List<String> old = users.stream().map(HttpUser::sessionId).toList();
        int logged = b.log().length();

        CLIENTS.members.killAll();
        CLIENTS.awaitState("DEGRADED", "the last member was killed", System.nanoTime());
        POLICIES.forEach(policy -> CLIENTS.deploy(b, deployed(policy, 2)));
        for (HttpUser user : users) {
            assertThat(user.does(b, "/dropSession", "found", "get:user"))
                    .as("it has no copies any more")
                    .containsExactly("none", "null");
        }
        CLIENTS.members.start(CLIENTS.otherPort, 1);
        CLIENTS.awaitState("CLUSTERED", "a member was there", System.nanoTime());
        for (HttpUser user : users) {
            awaitFound(user, "/dropSession");
        }
        awaitFound(without, "/dropAttribute");
        awaitFound(failing, "/fail");
        awaitFound(untouched, "/dropSession");
        follow("user", users, without, failing);
        gone(old);
        assertWarnedOnce("user", logged);
        assertThat(untouched.does(b, "/dropSession", "get:x", "get:n")).containsExactly("1", "1");

        List<HttpUser> later = List.of(madeOnA("/dropSession", user("owner")), madeOnA("/dropSession", user("owner")));
        HttpUser withoutOwner = madeOnA("/dropAttribute", user("owner"));
        HttpUser failingOwner = madeOnA("/fail", user("owner"));
        List<String> oldOwners = later.stream().map(HttpUser::sessionId).toList();
        CLIENTS.members.killAll();
        CLIENTS.awaitState("DEGRADED", "the last member was killed", System.nanoTime());
        follow("owner", later, withoutOwner, failingOwner);
        assertThat(untouched.does(b, "/dropSession", "get:x", "inc:n")).containsExactly("1", "2");
        CLIENTS.members.start(CLIENTS.port, 1);
        CLIENTS.awaitState("CLUSTERED", "a member was there", System.nanoTime());
        gone(oldOwners);
        assertWarnedOnce("owner", logged);
        for (TomcatNode node : CLIENTS.both()) {
            for (HttpUser user : later) {
                await().atMost(SOON)
                        .until(() -> user.asks(node, "/dropSession", "found").equals("n"));
                assertThat(user.asks(node, "/dropSession", "get:n")).isEqualTo("2");
            }
            assertThat(withoutOwner.does(node, "/dropAttribute", "found", "get:n"))
                    .containsExactly("n", "3");
            assertThat(untouched.does(node, "/dropSession", "get:x", "get:n")).containsExactly("1", "2");
        }
        assertThat(failingOwner.asks(a, "/fail", "get:owner")).isEqualTo("version 1");
    }

    private static WebApp deployed(String policy, int version) {
        return WebApp.probe(policy)
                .manager(CLIENTS.nodes.membership() + " onUnreadable=\"" + policy + "\"")
                .source("shop.User", """
                        package shop;
                        public class User implements java.io.Serializable {
                            private static final long serialVersionUID = %d;
                            public String toString() {
                                return "version %d";
                            }
                        }
                        """.formatted(version, version));
    }

    private static String[] user(String attribute) {
        return new String[] {"new:" + attribute + "=shop.User", "inc:n"};
    }

    /** A session of which the node b has a copy, too, and has not looked into it. */
    private static HttpUser madeOnA(String app, String... steps) {
        HttpUser user = new HttpUser();
        user.does(a, app, steps);
        assertThat(user.asks(b, app, "found")).isNotEqualTo("none");
        return user;
    }

    /** What the node b makes of sessions that have an attribute which it cannot read. */
    private static void follow(String attribute, List<HttpUser> users, HttpUser without, HttpUser failing) {
        String names = Stream.of(attribute, "n").sorted().collect(Collectors.joining(","));
        for (HttpUser user : users) {
            String id = user.base();
            String[] first = users.indexOf(user) == 0
                    ? new String[] {names, "null", "1"}
                    : new String[] {"none", "null", "1"}; // once that is known, nobody sees half a session
            assertThat(user.does(b, "/dropSession", "found", "get:" + attribute, "inc:n"))
                    .containsExactly(first);
            assertThat(user.does(b, "/dropSession", "found", "inc:n")).containsExactly("n", "2");
            assertThat(user.base()).isNotEqualTo(id);
        }
        assertThat(without.does(b, "/dropAttribute", "found", "get:" + attribute, "inc:n"))
                .containsExactly(names, "null", "2");
        assertThat(without.does(b, "/dropAttribute", "found", "inc:n")).containsExactly("n", "3");
        for (int i = 0; i < 2; i++) {
            assertThat(failing.get(b, HttpUser.doing("/fail", "get:" + attribute))
                            .status())
                    .isEqualTo(500);
        }
        assertThat(failing.does(b, "/fail", "get:n")).containsExactly("1");
    }

    private static void gone(List<String> ids) {
        for (String id : ids) {
            for (TomcatNode node : CLIENTS.both()) {
                await().atMost(SOON)
                        .until(() -> new HttpUser()
                                .comesWith("/dropSession", id)
                                .asks(node, "/dropSession", "found")
                                .equals("none"));
            }
        }
    }

    /** A node with a copy has told the cluster of it. */
    private static void awaitFound(HttpUser user, String app) {
        await().atMost(SOON).until(() -> !user.asks(b, app, "found").equals("none"));
    }

    private static void assertWarnedOnce(String attribute, int logged) {
        String said = b.log().substring(logged);
        for (String app : List.of("/dropSession", "/dropAttribute")) {
            assertThat(Nodes.linesWith(
                            said, "WARNING", app + ": Attribute '" + attribute + "' (shop.User) cannot be read"))
                    .hasSize(1);
        }
    }

    @Test
    void out2ATomcatStartsWithoutItsClusterAndJoinsItLater() throws InterruptedException {
        Duration usual = restarted(a);
        CLIENTS.members.killAll();
        Duration alone = restarted(a);
        for (int more = 0; more < 2 && alone.compareTo(usual.plusSeconds(5)) >= 0; more++) {
            alone = restarted(a); // another class had the processors
        }
        System.out.printf("A start with the cluster: %d ms, without: %d ms%n", usual.toMillis(), alone.toMillis());
        assertThat(alone).isLessThan(usual.plusSeconds(5));
        assertThat(ClientNodes.state(a)).isEqualTo("DEGRADED");
        Sticky user = new Sticky(0);
        assertThat(user.counts()).isNull();

        CLIENTS.members.start(CLIENTS.port, 1);
        long back = System.nanoTime();
        CLIENTS.awaitState("CLUSTERED", "the first member was there", back);
        await().atMost(SOON)
                .until(() -> user.user
                        .get(b, HttpUser.doing(FORM, "found", "user"))
                        .body()
                        .endsWith(Login.FORM.known()));
        assertThat(user.user.asks(b, FORM, "inc:n")).isEqualTo("2");
        assertThat(user.user.asks(a, FORM, "get:n")).isEqualTo("2");
    }

    private static Duration restarted(TomcatNode node) {
        node.kill();
        long began = System.nanoTime();
        node.start();
        node.awaitReady(APP + "/do?q=hello", Nodes.START);
        return Duration.ofNanos(System.nanoTime() - began);
    }

    @Test
    void out3MembersThatComeBackUnderTheNameWithAnotherAddressAreFound() throws InterruptedException {
        List<String> threads = clientThreads(a);
        CLIENTS.members.killAll();
        CLIENTS.awaitState("DEGRADED", "the last member was killed", System.nanoTime());
        CLIENTS.nameStandsFor("127.0.0.2");
        try {
            CLIENTS.members.start("127.0.0.2", CLIENTS.port, 1);
            CLIENTS.awaitState("CLUSTERED", "a member was there", System.nanoTime());
            for (TomcatNode node : CLIENTS.both()) {
                assertThat(Nodes.bean(node, "Catalina:type=Clowder", "members")).isEqualTo("127.0.0.2:" + CLIENTS.port);
            }
            HttpUser user = new HttpUser();
            for (int i = 1; i <= 10; i++) {
                assertThat(user.asks(CLIENTS.node(i), APP, "inc:n")).isEqualTo("" + i);
            }
            List<String> after = clientThreads(a);
            assertThat(after.stream().filter(OutageIT::isAlwaysThere))
                    .as("one set of threads: those from before")
                    .containsExactlyElementsOf(
                            threads.stream().filter(OutageIT::isAlwaysThere).toList());
            assertThat(after.stream().map(OutageIT::client).distinct()).hasSize(1);
            assertThat(Nodes.threads(a)).noneMatch(name -> name.equals("clowder-return"));
        } finally {
            CLIENTS.members.killAll();
            CLIENTS.nameStandsFor("127.0.0.1");
        }
    }

    /** Others Hazelcast starts when it needs them first: for the answers of two calls at a time, for one. */
    private static boolean isAlwaysThere(String thread) {
        return !thread.contains("internal") && !thread.contains("responsethread");
    }

    /** The client that a thread belongs to. */
    private static String client(String thread) {
        return Pattern.compile("clowder-[0-9a-f]{8}")
                .matcher(thread)
                .results()
                .map(MatchResult::group)
                .findFirst()
                .orElse(thread);
    }

    private static List<String> clientThreads(TomcatNode node) {
        return Nodes.threads(node).stream()
                .filter(name -> name.matches(".*clowder-[0-9a-f]{8}.*"))
                // The first connection that is closed starts it.
                .filter(name -> !name.endsWith("-closeListenerExecutor"))
                .toList();
    }

    /** Each of these sessions is known to both nodes when the members are killed; they come back empty. */
    @Test
    void out6WhatEachSideDidIsPutTogether() throws InterruptedException {
        HttpUser changed = shared("set:x=old", "set:y=old", "set:z=old");
        HttpUser loggedOut = shared("set:x=1");
        HttpUser renamed = shared("set:x=1");
        HttpUser ofA = new HttpUser();
        ofA.does(a, APP, "set:x=real");
        String real = ofA.sessionId();
        long conflicts = Nodes.counter(a, APP, "conflicts") + Nodes.counter(b, APP, "conflicts");

        CLIENTS.members.killAll();
        CLIENTS.awaitState("DEGRADED", "the last member was killed", System.nanoTime());
        changed.does(a, APP, "set:x=of a", "set:y=of a", "remove:z");
        changed.does(b, APP, "set:y=of b, later", "set:w=of b");
        HttpUser tab = new HttpUser().comesWith(APP, loggedOut.sessionId());
        loggedOut.does(a, APP, "end");
        assertThat(tab.asks(a, APP, "found")).isEqualTo("none");
        assertThat(tab.asks(b, APP, "found"))
                .as("b cannot know that it has ended")
                .isEqualTo("x");
        String old = renamed.sessionId();
        renamed.does(a, APP, "change", "set:x=2");
        assertThat(renamed.base()).isNotEqualTo(old.split("\\.")[0]);
        HttpUser created = new HttpUser();
        List<String> times = created.does(a, APP, "set:x=new", "created", "interval:700");
        // A session that only a has: on b, one stands in for it under the same id.
        assertThat(ofA.asks(b, APP, "found")).isEqualTo("none");
        ofA.does(b, APP, "set:x=stands in");
        assertThat(ofA.base()).isEqualTo(real.split("\\.")[0]);
        assertThat(ofA.asks(b, APP, "get:x")).isEqualTo("stands in");
        assertThat(ofA.asks(a, APP, "get:x")).isEqualTo("real");
        // One that nobody has: it goes on under another id.
        HttpUser stranger = new HttpUser().comesWith(APP, "0123456789ABCDEF0123456789ABCDEF.a");
        stranger.does(b, APP, "set:x=kept");

        CLIENTS.members.start(CLIENTS.port, 1);
        CLIENTS.awaitState("CLUSTERED", "a member was there", System.nanoTime());
        await().atMost(SOON)
                .until(() -> new HttpUser()
                        .comesWith(APP, created.sessionId())
                        .asks(b, APP, "found")
                        .equals("x"));
        for (TomcatNode node : List.of(b, a, b)) {
            assertThat(changed.does(node, APP, "get:x", "get:y", "get:z", "get:w"))
                    .containsExactly("of a", "of b, later", "null", "of b");
            assertThat(tab.asks(node, APP, "found")).isEqualTo("none");
            assertThat(renamed.asks(node, APP, "get:x")).isEqualTo("2");
            assertThat(new HttpUser().comesWith(APP, old).asks(node, APP, "found"))
                    .isEqualTo("none");
            assertThat(created.does(node, APP, "get:x", "created", "interval"))
                    .containsExactly("new", times.get(1), "700");
            assertThat(ofA.asks(node, APP, "get:x")).isEqualTo("real");
        }
        assertThat(ofA.base()).isEqualTo(real.split("\\.")[0]);
        assertThat(stranger.asks(b, APP, "get:x")).isEqualTo("kept");
        assertThat(stranger.base()).isNotEqualTo("0123456789ABCDEF0123456789ABCDEF");
        assertThat(stranger.asks(a, APP, "get:x")).isEqualTo("kept");
        assertThat(Nodes.counter(a, APP, "conflicts") + Nodes.counter(b, APP, "conflicts"))
                .as("both had written y")
                .isEqualTo(conflicts + 1);
    }

    /** A session that both nodes have a copy of. */
    private static HttpUser shared(String... steps) {
        HttpUser user = new HttpUser();
        user.does(a, APP, steps);
        user.does(b, APP, "get:x");
        return user;
    }

    @Test
    void out4AClusterThatHangsIsAnOutageToo() {
        HttpUser user = shared("set:x=1", "inc:n");
        String id = user.sessionId();
        AtomicInteger counted = new AtomicInteger(1);
        CLIENTS.members.running().forEach(DedicatedMembers.Member::freeze);
        try {
            long frozen = System.nanoTime();
            for (int i = 0; i < 3; i++) { // the first one waits until it is known
                Answer answer = user.get(a, HttpUser.doing(APP, "inc:n"));
                if (i == 0
                        && answer.status() == 503) { // this machine stood still, and the node counts the silence anew
                    answer = user.get(a, HttpUser.doing(APP, "inc:n"));
                }
                assertThat(answer.body()).isEqualTo("" + counted.incrementAndGet());
                System.out.printf(
                        "Answer %d of a node whose cluster hangs: after %d ms%n",
                        i + 1, (System.nanoTime() - frozen) / 1_000_000);
            }
            assertThat(Nodes.bean(a, "Catalina:type=Clowder", "reason")).startsWith("no member has answered for ");
        } finally {
            CLIENTS.members.running().forEach(DedicatedMembers.Member::thaw);
        }
        CLIENTS.awaitState("CLUSTERED", "the members went on", System.nanoTime());
        assertThat(user.asks(a, APP, "get:n")).isEqualTo("" + counted.get());
        assertThat(user.asks(b, APP, "get:n")).isEqualTo("" + counted.get());
        assertThat(user.sessionId().split("\\.")[0]).isEqualTo(id.split("\\.")[0]);
    }

    /** The cluster does not answer, and it is not known yet that it is away. */
    @Test
    void out5AnErrorIsNoAbsentSession() {
        HttpUser user = new HttpUser();
        user.does(a, REFUSING, "set:x=1", "inc:n");
        String id = user.sessionId();
        CLIENTS.members.running().forEach(DedicatedMembers.Member::freeze);
        try {
            refuses(user, a, "found", "inc:n");
            refuses(user, b, "found", "inc:n");
        } finally {
            CLIENTS.members.running().forEach(DedicatedMembers.Member::thaw);
        }
        CLIENTS.awaitState("CLUSTERED", "the members went on", System.nanoTime());
        assertThat(user.sessionId()).isEqualTo(id);
        for (TomcatNode node : CLIENTS.both()) {
            // It may become known only now that the members stood still.
            await().atMost(SOON)
                    .until(() ->
                            user.get(node, HttpUser.doing(REFUSING, "found")).status() == 200);
            assertThat(user.does(node, REFUSING, "get:x", "get:n", "isNew")).containsExactly("1", "1", "false");
        }
    }

    @Test
    void onOutageMayRefuseWhatANodeLacks() throws InterruptedException {
        HttpUser user = new HttpUser();
        user.does(a, REFUSING, "set:x=1");
        CLIENTS.members.killAll();
        CLIENTS.awaitState("DEGRADED", "the last member was killed", System.nanoTime());
        refuses(user, b, "found", "inc:n");
        assertThat(user.does(a, REFUSING, "inc:n")).containsExactly("1");
        assertThat(new HttpUser().does(b, REFUSING, "inc:n"))
                .as("a new session")
                .containsExactly("1");
        CLIENTS.members.start(CLIENTS.port, 1);
        CLIENTS.awaitState("CLUSTERED", "a member was there", System.nanoTime());
        assertThat(user.does(a, REFUSING, "get:n", "get:x")).containsExactly("1", "1");
        assertThat(user.does(b, REFUSING, "get:n", "get:x")).containsExactly("1", "1");
    }

    private static void refuses(HttpUser user, TomcatNode node, String... steps) {
        for (String step : steps) {
            Answer answer = user.get(node, HttpUser.doing(REFUSING, step));
            assertThat(answer.status()).as(answer.body()).isEqualTo(503);
            assertThat(answer.setCookies()).as("no other session").isEmpty();
        }
    }

    @Test
    void out8ATomcatStopsInTimeWhileItsClusterIsAway() throws InterruptedException {
        CLIENTS.members.killAll();
        CLIENTS.awaitState("DEGRADED", "the last member was killed", System.nanoTime());
        new HttpUser().does(a, APP, "set:x=1");
        int before = a.logOfThisStart().length();
        long began = System.nanoTime();
        CLIENTS.nodes.sendShutdown(a);
        await().atMost(Duration.ofSeconds(20)).until(() -> !a.isAlive());
        System.out.printf("Stopped within %d ms%n", (System.nanoTime() - began) / 1_000_000);
        String said = a.logOfThisStart().substring(before);
        assertThat(said).contains("what this node changed in 1 sessions is lost");
        assertThat(said.lines()).noneMatch(line -> line.startsWith("\tat ") || line.contains("Exception"));
    }

    @Test
    void fo8SessionsOutliveAllTomcats() {
        Sticky user = new Sticky(0);
        assertThat(user.counts()).isNull();
        String created = user.user.asks(a, FORM, "created");
        for (TomcatNode node : CLIENTS.both()) {
            CLIENTS.nodes.sendShutdown(node);
        }
        for (TomcatNode node : CLIENTS.both()) {
            await().atMost(Duration.ofSeconds(20)).until(() -> !node.isAlive());
        }
        CLIENTS.settle();
        assertThat(user.user.does(b, FORM, "user", "get:n", "created"))
                .containsExactly(Login.FORM.known(), "1", created);
        assertThat(user.counts()).isNull();
    }
}
