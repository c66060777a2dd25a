/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * K8-1: of five nodes two die at the same moment, and no session is lost; then three leave, one after the other and in order, and no
 * request fails either. With two backups of each session, as two deaths at once need.
 */
@Tag("any-tomcat")
@Isolated("its bounds are those of a machine that does nothing else")
class K81ScaleInIT {

    private static final int SESSIONS = 1_000;

    /** As soon as two nodes are dead so many are asked for, all at once. */
    private static final int AT_ONCE = 120;

    private static final String CONFIGURATION = """
            <hazelcast xmlns="http://www.hazelcast.com/schema/config">
              <cluster-name>its-scale-in-%d</cluster-name>
              <network>
                <port auto-increment="true" port-count="20">8000</port>
                <join>
                  <auto-detection enabled="false"/>
                  <multicast enabled="false"/>
                  <tcp-ip enabled="true"><member>127.0.0.1</member></tcp-ip>
                </join>
                <interfaces enabled="true"><interface>127.0.0.1</interface></interfaces>
              </network>
              <map name="clowder:*">
                <in-memory-format>OBJECT</in-memory-format>
                <backup-count>2</backup-count>
              </map>
            </hazelcast>
            """;

    private static final Path FILE = Path.of("target", "scale-in.xml").toAbsolutePath();
    private static final Nodes NODES = new Nodes("scale-in", cluster -> "config=\"" + FILE + "\"");
    private static final List<TomcatNode> ALL = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(FILE, CONFIGURATION.formatted(ProcessHandle.current().pid()));
        for (String name : List.of("a", "b", "c", "d", "e")) {
            ALL.add(NODES.start(
                    name,
                    builder -> builder.server(Balancer.listener(NODES)).host(Balancer.READINESS),
                    WebApp.probe("probe")));
        }
        NODES.settled();
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    @Test
    void twoOfFiveDieAndThenThreeOfFiveLeave() {
        List<Balancer.Counted> all = Balancer.sessions(SESSIONS, ALL);
        twoDie(all);
        NODES.settled();
        threeLeave(all);
    }

    private static void twoDie(List<Balancer.Counted> all) {
        List<TomcatNode> left = ALL.subList(0, 3);
        List<CompletableFuture<Void>> kills = ALL.subList(3, 5).stream()
                .map(node -> CompletableFuture.runAsync(node::kill))
                .toList();
        kills.forEach(CompletableFuture::join);
        long dead = System.nanoTime();
        // Some may be refused once: if the oldest is dead, the next one waits for 5 s whether the other dead one
        // answers.
        ExecutorService clients = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<CompletableFuture<Integer>> refused = IntStream.range(0, AT_ONCE)
                    .mapToObj(i ->
                            CompletableFuture.supplyAsync(() -> all.get(i).checkPatiently(left.get(i % 3)), clients))
                    .toList();
            System.out.printf(
                    "K8-1: two of five nodes died; of %d sessions asked for at once, %d requests were refused",
                    AT_ONCE, refused.stream().mapToInt(CompletableFuture::join).sum());
        } finally {
            clients.shutdownNow();
        }
        System.out.printf("; all had answered %.1f s later%n", (System.nanoTime() - dead) / 1e9);
        assertThat(left).allMatch(node -> sessions(node) == SESSIONS);
    }

    private static void threeLeave(List<Balancer.Counted> all) {
        List<TomcatNode> nodes = new ArrayList<>(ALL);
        try (Balancer balancer = new Balancer(ALL)) {
            balancer.awaitReady(5);
            balancer.use(all);
            while (nodes.size() > 2) {
                TomcatNode leaving = nodes.remove(nodes.size() - 1);
                System.out.printf(
                        "K8-1: %s left in %.1f s%n",
                        HttpUser.routeOf(leaving), leaving.stop().toMillis() / 1e3);
                assertThat(balancer.ready()).containsExactlyInAnyOrderElementsOf(nodes);
                assertThat(nodes).allMatch(node -> sessions(node) == SESSIONS);
            }
            System.out.printf("K8-1: %,d requests went on meanwhile%n", balancer.requests());
        }
        Stream.of(0, 1).forEach(i -> all.forEach(counted -> counted.check(nodes.get(i))));
    }

    private static long sessions(TomcatNode node) {
        return Nodes.counter(node, Balancer.APP, "activeSessionsFull");
    }
}
