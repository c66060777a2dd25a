/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** OUT-4: one of three nodes stands still, for less time than the others need to drop it: its pause does not become theirs. */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
@Isolated("its bounds are those of a machine that does nothing else")
class OUT4FrozenMemberIT {

    private static final int CLIENTS = 200;

    /** Of each client: one of them, as a rule, is kept by the node that stands still. */
    private static final int SESSIONS = 4;

    /** Every so many requests one writes. */
    private static final int WRITES = 5;

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration NORMAL = Duration.ofSeconds(3);
    private static final Duration TICK = Duration.ofMillis(5);

    /** Longer than a request waits, and shorter than the others need to drop the node. */
    private static final Duration FROZEN = Duration.ofMillis(7_500);

    /** By then some have waited in vain: the default of operationTimeout after it was noticed. */
    private static final Duration OPEN = Duration.ofMillis(6_500);

    /** Of a request whose session is not kept by the node that stands still; it may have the backup. */
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private static final Duration OPERATION_TIMEOUT = Duration.ofSeconds(5);

    private final List<List<Counted>> users = new ArrayList<>();
    private final ConcurrentLinkedQueue<Reading> readings = new ConcurrentLinkedQueue<>();

    /** A session, how often its counter was raised, and how often nobody knows whether it was. */
    private static final class Counted {
        private final HttpUser user = new HttpUser();
        private int count;
        private int unsure;
    }

    /** One answer, begun so long after the node stood still. */
    private record Reading(Duration at, int status, Duration took) {}

    @Test
    void itsPauseTakesAFewThreadsAndNotAll(ThreeNodes three) {
        List<TomcatNode> others = List.of(three.a(), three.b());
        List<Integer> logged = new ArrayList<>();
        ConcurrentLinkedQueue<Integer> busy = new ConcurrentLinkedQueue<>();
        AtomicBoolean frozen = new AtomicBoolean(true);
        AtomicLong stall = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS + 2);
        try {
            for (int client = 0; client < CLIENTS; client++) {
                users.add(new ArrayList<>());
            }
            all(threads, client -> {
                for (int i = 0; i < SESSIONS; i++) {
                    Counted counted = new Counted();
                    request(counted, three.turn(client + i), true, Duration.ZERO);
                    users.get(client).add(counted);
                }
            });
            readings.clear();
            use(threads, others, NORMAL);
            List<Duration> normal = times(reading -> true);
            readings.clear();
            others.forEach(node -> logged.add(node.log().length()));

            three.c().freeze();
            CompletableFuture<Void> watch = CompletableFuture.runAsync(
                    () -> {
                        while (frozen.get()) {
                            others.forEach(node -> busy.add(busyThreads(node)));
                            Nodes.letPass(PAUSE);
                        }
                    },
                    threads);
            CompletableFuture<Void> clock = CompletableFuture.runAsync(
                    () -> {
                        while (frozen.get()) {
                            long began = System.nanoTime();
                            LockSupport.parkNanos(TICK.toNanos());
                            stall.accumulateAndGet(System.nanoTime() - began - TICK.toNanos(), Math::max);
                        }
                    },
                    threads);
            use(threads, others, FROZEN); // and a little more: until the last ones have been refused
            three.c().thaw();
            frozen.set(false);
            watch.join();
            clock.join();

            System.out.printf("OUT-4: p99 of %d requests before: %d ms%n", normal.size(), millis(normal, 0.99));
            tell("while one of three nodes stood still", reading -> true);
            tell("answered", reading -> reading.status == 200);
            tell("refused", reading -> reading.status == 503);
            tell("once some had waited in vain", reading -> reading.at.compareTo(OPEN) > 0);
            System.out.printf(
                    "  busy threads of 200, at most: %d%n",
                    busy.stream().max(Integer::compare).orElseThrow());

            // On this machine, which is busy, and may have stood still meanwhile.
            long usual = Math.max(millis(normal, 0.99), stall.get() / 1_000_000);
            assertThat(millis(times(reading -> true), 0.99))
                    .as("p99 of all")
                    .isLessThan(OPERATION_TIMEOUT.plusMillis(100 + usual).toMillis());
            assertThat(millis(times(reading -> reading.status == 200), 0.9))
                    .as("p90 of what was answered")
                    .isLessThan(2 * usual);
            assertThat(millis(times(reading -> reading.at.compareTo(OPEN) > 0), 0.99))
                    .as("p99 of all, once nobody waits in vain any more")
                    .isLessThan(2 * (PATIENCE.toMillis() + usual));
            // 50 wait, and until it is known that one stands still all that need it.
            assertThat(busy).as("busy threads of 200").allMatch(one -> one < 150);
        } finally {
            frozen.set(false);
            three.c().thaw();
            threads.shutdownNow();
        }
        for (int i = 0; i < others.size(); i++) {
            String said = others.get(i).log().substring(logged.get(i));
            assertThat(said).containsOnlyOnce("Others that need it get a 503 at once, or after 0.5 s");
            assertThat(said).doesNotContain("DEGRADED");
            assertThat(Nodes.bean(others.get(i), "Catalina:type=Clowder", "refused"))
                    .isNotEqualTo("0");
        }
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            for (Counted counted : users.get(0)) {
                for (TomcatNode node : three.all()) {
                    assertThat(counted.user
                                    .get(node, HttpUser.doing(ThreeNodes.ROAMING, "get:n"))
                                    .status())
                            .isEqualTo(200);
                }
            }
        });
        users.forEach(sessions -> sessions.forEach(
                counted -> assertThat(Integer.parseInt(counted.user.asks(three.c(), ThreeNodes.ROAMING, "get:n")))
                        .isBetween(counted.count, counted.count + counted.unsure)));
        others.forEach(node -> node.awaitLog("nothing is refused any more", Duration.ofSeconds(1)));
    }

    private void use(ExecutorService threads, List<TomcatNode> nodes, Duration time) {
        long start = System.nanoTime();
        all(threads, client -> {
            for (int turn = client; System.nanoTime() - start < time.toNanos(); turn++) {
                Duration at = Duration.ofNanos(System.nanoTime() - start);
                request(users.get(client).get(turn % SESSIONS), nodes.get(turn % 2), turn % WRITES == 0, at);
                LockSupport.parkNanos(Math.min(PAUSE.toNanos(), start + time.toNanos() - System.nanoTime()));
            }
        });
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
    private void request(Counted counted, TomcatNode node, boolean writes, Duration at) {
        long start = System.nanoTime();
        Answer answer = counted.user.get(node, HttpUser.doing(ThreeNodes.ROAMING, writes ? "inc:n" : "get:n"));
        readings.add(new Reading(at, answer.status(), Duration.ofNanos(System.nanoTime() - start)));
        if (answer.status() == 503) {
            counted.unsure += writes ? 1 : 0;
            return;
        }
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        int before = counted.count + (writes ? 1 : 0);
        counted.count = Integer.parseInt(answer.body());
        assertThat(counted.count).isBetween(before, before + counted.unsure);
        counted.unsure -= counted.count - before;
    }

    private static int busyThreads(TomcatNode node) {
        return Integer.parseInt(Nodes.bean(
                node,
                "Catalina:type=ThreadPool,name=\"http-nio-127.0.0.1-" + node.port() + "\"",
                "currentThreadsBusy"));
    }

    private void tell(String what, Predicate<Reading> which) {
        List<Duration> times = times(which);
        System.out.printf(
                "  %s: %d requests, p50 %d ms, p90 %d ms, p99 %d ms, longest %d ms%n",
                what, times.size(), millis(times, 0.5), millis(times, 0.9), millis(times, 0.99), millis(times, 1));
    }

    private List<Duration> times(Predicate<Reading> which) {
        return readings.stream().filter(which).map(Reading::took).sorted().toList();
    }

    private static long millis(List<Duration> sorted, double quantile) {
        return sorted.get((int) ((sorted.size() - 1) * quantile)).toMillis();
    }
}
