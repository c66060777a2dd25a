/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One of three nodes stands still, for less time than the others need to drop it: its pause does not become theirs. */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
class OUT4FrozenMemberIT {

    private static final int CLIENTS = 200;

    /** Of each client: one of them, as a rule, is kept by the node that stands still. */
    private static final int SESSIONS = 4;

    /** At a node. */
    private static final int WAITING = 50;

    private static final Duration FROZEN = Duration.ofSeconds(4);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final List<List<HttpUser>> users = new ArrayList<>();

    private record Reading(int status, Duration took) {}

    @Test
    void itsPauseTakesAFewThreadsAndNotAll(ThreeNodes three) {
        for (int client = 0; client < CLIENTS; client++) {
            users.add(new ArrayList<>());
        }
        List<TomcatNode> others = List.of(three.a(), three.b());
        ConcurrentLinkedQueue<Reading> readings = new ConcurrentLinkedQueue<>();
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        List<Integer> logged = new ArrayList<>();
        try {
            all(threads, client -> {
                for (int i = 0; i < SESSIONS; i++) {
                    HttpUser user = new HttpUser();
                    assertThat(user.asks(three.turn(client + i), ThreeNodes.ROAMING, "inc:n"))
                            .isEqualTo("1");
                    users.get(client).add(user);
                }
            });
            others.forEach(node -> logged.add(node.log().length()));
            three.c().freeze();
            long end = System.nanoTime() + FROZEN.toNanos();
            CompletableFuture<Void> thawed = CompletableFuture.runAsync(
                    three.c()::thaw, CompletableFuture.delayedExecutor(FROZEN.toMillis(), TimeUnit.MILLISECONDS));
            all(threads, client -> {
                for (int turn = client; System.nanoTime() < end; turn++) {
                    readings.add(reading(users.get(client).get(turn % SESSIONS), others.get(turn % 2)));
                    Nodes.letPass(PAUSE);
                }
            });
            thawed.join();
        } finally {
            threads.shutdownNow();
        }
        List<Duration> refused = sorted(
                readings.stream().filter(reading -> reading.status == 503).toList());
        List<Duration> answered = sorted(
                readings.stream().filter(reading -> reading.status == 200).toList());
        System.out.printf(
                "While one of three nodes stood still: %d answers, p50 %d ms, p99 %d ms; %d times 503, p50 %d ms, p99 %d ms%n",
                answered.size(),
                millis(answered, 0.5),
                millis(answered, 0.99),
                refused.size(),
                millis(refused, 0.5),
                millis(refused, 0.99));

        assertThat(readings.stream()
                        .filter(reading -> reading.took.compareTo(FROZEN.dividedBy(2)) > 0 && reading.status == 200))
                .as("requests that waited, and got an answer")
                .hasSizeBetween(WAITING, 2 * WAITING);
        assertThat(refused).as("requests that did not wait").hasSizeGreaterThan(CLIENTS / 10);
        for (int i = 0; i < others.size(); i++) {
            String said = others.get(i).log().substring(logged.get(i));
            assertThat(said).containsOnlyOnce("What would wait, too, gets a 503 after at most 0.5 s");
            assertThat(said).doesNotContain("DEGRADED");
        }
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            for (HttpUser user : users.get(0)) {
                for (TomcatNode node : three.all()) {
                    assertThat(reading(user, node).status).isEqualTo(200);
                }
            }
        });
        users.stream()
                .flatMap(Collection::stream)
                .forEach(user -> assertThat(user.asks(three.c(), ThreeNodes.ROAMING, "get:n"))
                        .isEqualTo("1"));
    }

    private static void all(ExecutorService threads, IntConsumer client) {
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            running.add(CompletableFuture.runAsync(() -> client.accept(number), threads));
        }
        running.forEach(CompletableFuture::join); // throws what a client has seen
    }

    /** What the node says of a session that there is: its value, or that it cannot tell. */
    private static Reading reading(HttpUser user, TomcatNode node) {
        long start = System.nanoTime();
        Answer answer = user.get(node, HttpUser.doing(ThreeNodes.ROAMING, "get:n"));
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        if (answer.status() != 503) {
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.lines()).containsExactly("1");
        }
        return new Reading(answer.status(), took);
    }

    private static List<Duration> sorted(List<Reading> readings) {
        return readings.stream().map(Reading::took).sorted().toList();
    }

    private static long millis(List<Duration> sorted, double quantile) {
        return sorted.get((int) (sorted.size() * quantile)).toMillis();
    }
}
