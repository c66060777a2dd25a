/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that count in sessions of their own, each at the nodes that its balancer sends it to, while something happens to the
 * cluster. An answer is the next number, or a 503 that leaves open whether it counted.
 */
final class SteadyTraffic implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final int SESSIONS_EACH = 3;
    private static final int HISTORY = 60;

    private final Queue<Sample> samples = new ConcurrentLinkedQueue<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final List<Counted> counted = new ArrayList<>();
    private final List<CompletableFuture<Void>> clients = new ArrayList<>();
    private volatile boolean going = true;
    private volatile String phase = "";
    private volatile long lastRefused = System.nanoTime();

    private record Sample(String phase, long nanos, int status) {}

    /** A session of a client, and what its counter may be. Of one thread at a time. */
    private static final class Counted {
        private final HttpUser user = new HttpUser();
        private final List<TomcatNode> way;
        private final String app;
        private int turn;
        private int last;
        private int doubtful;

        /** Its last answers, for the message of a failure. */
        private final Deque<String> history = new ArrayDeque<>();

        void answered(TomcatNode node, long nanos, Answer answer) {
            if (history.size() == HISTORY) {
                history.removeFirst();
            }
            history.addLast("%s +%d ms %s: %s"
                    .formatted(
                            LocalTime.now(),
                            nanos / 1_000_000,
                            node.route(),
                            answer.status() == 200 ? answer.body() : answer.status()));
        }

        Counted(List<TomcatNode> way, String app) {
            this.way = way;
            this.app = app;
        }

        TomcatNode next() {
            return way.get(turn++ % way.size());
        }

        /** What is wrong with the number; null if it may be so. */
        String takes(int number) {
            boolean possible = number > last && number <= last + doubtful + 1;
            String problem = possible ? null : "after " + last + " and " + doubtful + " unknown: " + number;
            last = number;
            doubtful = 0;
            return problem;
        }
    }

    /** Begins at once, with one client for each application and each way, the nodes of which its requests go to in turn. */
    SteadyTraffic(List<List<TomcatNode>> ways, List<String> apps) {
        for (String app : apps) {
            for (List<TomcatNode> way : ways) {
                List<Counted> sessions = new ArrayList<>();
                for (int i = 0; i < SESSIONS_EACH; i++) {
                    Counted session = new Counted(way, app);
                    session.takes(Integer.parseInt(session.user.asks(session.next(), app, "inc:n")));
                    sessions.add(session);
                }
                counted.addAll(sessions);
                clients.add(CompletableFuture.runAsync(
                        () -> count(sessions), task -> new Thread(task, "traffic" + app + clients.size()).start()));
            }
        }
    }

    /** Each session stays with one node. */
    static SteadyTraffic sticky(List<TomcatNode> nodes, List<String> apps) {
        return new SteadyTraffic(nodes.stream().map(List::of).toList(), apps);
    }

    /** What happens from now on is told of by that name. */
    void phase(String name) {
        phase = name;
    }

    private void count(List<Counted> sessions) {
        try (KeptConnections connections = new KeptConnections()) {
            for (int i = 0; going; i = (i + 1) % sessions.size()) {
                Counted session = sessions.get(i);
                TomcatNode node = session.next();
                String now = phase;
                long began = System.nanoTime();
                Answer answer = connections.get(session.user, node, HttpUser.doing(session.app, "inc:n"));
                long took = System.nanoTime() - began;
                samples.add(new Sample(now, took, answer.status()));
                String problem = null;
                if (answer.status() == 503) {
                    session.doubtful++;
                    lastRefused = System.nanoTime();
                } else if (answer.status() != 200) {
                    problem = "status " + answer.status();
                } else {
                    problem = session.takes(Integer.parseInt(answer.body()));
                }
                session.answered(node, took, answer);
                if (problem != null) {
                    wrong.add(now + ": " + node + session.app + " "
                            + session.user.base().substring(0, 4) + " " + problem + ", " + session.history);
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        } catch (IOException | RuntimeException e) {
            wrong.add(phase + ": " + e);
        }
    }

    /** How long ago the last 503 was; since the start without one. */
    Duration calm() {
        return Duration.ofNanos(System.nanoTime() - lastRefused);
    }

    /** Ends it; nothing was wrong, and every node has every session with what it was counted to. */
    void check(List<TomcatNode> nodes) {
        close();
        assertThat(wrong).as("answers that must not be").isEmpty();
        for (Counted session : counted) {
            for (TomcatNode node : nodes) {
                int number = Integer.parseInt(session.user.asks(node, session.app, "get:n"));
                assertThat(number)
                        .as("%s on %s, counted on %s", session.app, node, session.way)
                        .isBetween(session.last, session.last + session.doubtful);
            }
        }
    }

    /** How many requests of a phase got a 503. */
    long refused(String name) {
        return of(name).stream().filter(sample -> sample.status() == 503).count();
    }

    /** Prints figures of the phases. */
    void tell(String... phases) {
        for (String name : phases) {
            List<Long> took = of(name).stream().map(Sample::nanos).sorted().toList();
            if (!took.isEmpty()) {
                System.out.printf(
                        "%s: %d requests, %d times 503, p50 %d ms, p99 %d ms, longest %d ms%n",
                        name,
                        took.size(),
                        refused(name),
                        took.get(took.size() / 2) / 1_000_000,
                        took.get(took.size() * 99 / 100) / 1_000_000,
                        took.get(took.size() - 1) / 1_000_000);
            }
        }
    }

    private List<Sample> of(String name) {
        return samples.stream().filter(sample -> sample.phase().equals(name)).toList();
    }

    @Override
    public void close() {
        going = false;
        clients.forEach(CompletableFuture::join);
    }
}
