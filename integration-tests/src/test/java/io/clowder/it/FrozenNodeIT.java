/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A node that stood still for longer than the others wait for it, and was dropped by them: from its first moment on it
 * answers with what they have done meanwhile, or with 503, and never with what it had.
 */
@Tag("any-tomcat")
@Isolated("its bounds are those of a machine that does nothing else")
class FrozenNodeIT {
    private static final int SESSIONS = 20;

    /** Of these sessions, the first few are ended while their node stands still. */
    private static final int ENDED = 4;

    private static final Duration BACK = Duration.ofSeconds(60);
    private static final String APP = "/probe";
    private static final int PORT = 7660;
    private static final Nodes NODES = new Nodes("frozen", PORT);
    private static final List<TomcatNode> ALL = new ArrayList<>();

    /** A session, and whether it ends while its node stands still. */
    private record Kept(HttpUser user, String app, boolean ends) {}

    /** With ports: Hazelcast waits 5 s at each where nobody listens, when it looks for a cluster to merge with. */
    @BeforeAll
    static void start() {
        String members = IntStream.range(PORT, PORT + 3)
                .mapToObj(port -> "127.0.0.1:" + port)
                .collect(Collectors.joining(", ", " members=\"", "\""));
        for (String name : List.of("a", "b", "c")) {
            ALL.add(NODES.start(
                    name,
                    builder -> builder,
                    WebApp.probe("probe").manager(NODES.membership() + members),
                    WebApp.probe("roaming").manager(NODES.membership() + members + " affinity=\"roaming\"")));
        }
    }

    @BeforeEach
    void settle() {
        NODES.settled();
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    @Test
    void ofThreeNodesNeverShowsWhatItHad() {
        neverShowsWhatItHad(ALL.get(0), ALL.subList(1, 3), APP, "/roaming");
    }

    /** Neither side is larger then: each of both may be the one that gives up its cluster. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void ofTwoNodesNeverShowsWhatItHad(int still) {
        ALL.get(2).kill();
        // The oldest takes out the dead one, and must not be the one that stands still then.
        awaitCluster(ALL.subList(0, 2));
        neverShowsWhatItHad(ALL.get(still), List.of(ALL.get(1 - still)), APP);
    }

    private static void neverShowsWhatItHad(TomcatNode still, List<TomcatNode> others, String... apps) {
        List<Kept> sessions = new ArrayList<>();
        for (String app : apps) {
            for (int i = 0; i < SESSIONS; i++) {
                HttpUser user = new HttpUser();
                user.does(still, app, "set:x=old", "set:kept=1");
                sessions.add(new Kept(user, app, i < ENDED));
            }
        }
        TomcatNode other = others.get(0);
        TomcatNode last = others.get(others.size() - 1);
        List<String> idsOfA =
                sessions.stream().map(kept -> kept.user().sessionId()).toList();

        int logged = still.log().length();
        int loggedByOther = other.log().length();
        still.freeze();
        try {
            awaitCluster(others);
            for (Kept kept : sessions) {
                assertThat(kept.user().does(other, kept.app(), "set:x=new", "get:kept"))
                        .element(1)
                        .isEqualTo("1");
                if (kept.ends()) {
                    kept.user().asks(last, kept.app(), "end");
                }
            }
        } finally {
            still.thaw();
        }
        long woke = System.nanoTime();
        Map<HttpUser, Kept> open = new LinkedHashMap<>();
        for (int i = 0; i < sessions.size(); i++) {
            HttpUser tab = new HttpUser().comesWith(sessions.get(i).app(), idsOfA.get(i));
            open.put(tab, sessions.get(i));
        }
        int refused = 0;
        while (!open.isEmpty()) {
            assertThat(Duration.ofNanos(System.nanoTime() - woke))
                    .as("not back")
                    .isLessThan(BACK);
            refused += answered(still, open);
        }
        System.out.printf(
                "A node that stood still answered %d requests with 503, and all with the newest state %.1f s after it woke up%n",
                refused, (System.nanoTime() - woke) / 1e9);
        await().atMost(BACK)
                .untilAsserted(() -> assertThat(changes(still, logged))
                        .satisfiesExactly(
                                line -> assertThat(line).contains("DEGRADED: this node stood still for "),
                                line -> assertThat(line).contains("CLUSTERED again")));
        if (others.size() == 1) {
            assertThat(changes(other, loggedByOther))
                    .satisfiesExactly(
                            line -> assertThat(line)
                                    .containsPattern("DEGRADED: no other member has answered for [5-9] s"),
                            line -> assertThat(line).contains("CLUSTERED again"));
        } else {
            assertThat(changes(other, loggedByOther)).isEmpty();
        }
        for (Kept kept : sessions) {
            if (!kept.ends()) {
                for (TomcatNode node : List.of(still, other, last)) {
                    assertThat(kept.user().does(node, kept.app(), "get:x", "get:kept", "names"))
                            .containsExactly("new", "1", "kept,x");
                }
            }
        }
    }

    /** Until these are the cluster, and every partition has its backup as far as there are others. */
    private static void awaitCluster(List<TomcatNode> nodes) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> nodes.stream()
                        .allMatch(node -> Nodes.cluster(node, "members").equals("" + nodes.size())
                                && Nodes.cluster(node, "safe").equals("true")));
    }

    /** What the node has said of its state since. */
    private static List<String> changes(TomcatNode node, int logged) {
        String said = node.log().substring(logged);
        return said.lines()
                .filter(line -> line.contains("DEGRADED") || line.contains("CLUSTERED"))
                .toList();
    }

    /** Asks for all at once; takes out those that were answered, and counts those that were refused. */
    private static int answered(TomcatNode node, Map<HttpUser, Kept> open) {
        Map<HttpUser, CompletableFuture<Answer>> asked = new LinkedHashMap<>();
        open.forEach((tab, kept) ->
                asked.put(tab, tab.getAsync(node, HttpUser.doing(kept.app(), kept.ends() ? "found" : "get:x"))));
        int refused = 0;
        for (Map.Entry<HttpUser, CompletableFuture<Answer>> each : asked.entrySet()) {
            Answer answer = each.getValue().join();
            if (answer.status() == 503) {
                refused++;
            } else {
                Kept kept = open.remove(each.getKey());
                assertThat(answer.lines()).as(answer.body()).containsExactly(kept.ends() ? "none" : "new");
            }
        }
        return refused;
    }
}
