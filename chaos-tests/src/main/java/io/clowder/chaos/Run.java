/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Clients and faults on a cluster, and what the checker says of them. */
final class Run {
    private static final int CLIENTS_OF_A_MODE = 2;
    private static final Duration PROGRESS = Duration.ofSeconds(10);

    private final Cluster cluster;
    private final long seed;
    private final Consumer<String> out;
    private final List<Mode> modes;
    private final Faults faults;
    private final History history = new History();
    private final Tally tally = new Tally();

    /** A run that tells its progress to {@code out}, line by line. */
    Run(Cluster cluster, long seed, Consumer<String> out) {
        this(cluster, seed, out, List.of(Mode.values()), new Faults(seed));
    }

    /** A run with clients of these modes only, and other faults. */
    Run(Cluster cluster, long seed, Consumer<String> out, List<Mode> modes, Faults faults) {
        this.cluster = cluster;
        this.seed = seed;
        this.out = out;
        this.modes = List.copyOf(modes);
        this.faults = faults;
    }

    Tally tally() {
        return tally;
    }

    /** Lets each client go through {@code lives} sessions, but for {@code most} at most; what is wrong then. */
    List<Violation> go(int lives, Duration most) throws InterruptedException {
        long begin = System.nanoTime();
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "chaos");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Client> clients = clients(threads);
            List<Future<?>> running = new ArrayList<>();
            for (Client client : clients) {
                running.add(threads.submit(() -> {
                    client.run(lives, () -> over.get() || System.nanoTime() - begin > most.toNanos());
                    return null;
                }));
            }
            Future<?> breaking = threads.submit(() -> {
                faults.run(cluster, tally, over::get);
                return null;
            });
            watch(running, breaking, begin);
            over.set(true);
            await(breaking);
            for (Client client : clients) {
                client.look();
            }
            return Checker.check(history);
        } finally {
            over.set(true);
            threads.shutdownNow();
        }
    }

    private List<Client> clients(ExecutorService threads) {
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS_OF_A_MODE; i++) {
            for (Mode mode : modes) {
                clients.add(new Client(cluster, mode, seed, clients.size(), history, tally, threads));
            }
        }
        return clients;
    }

    /** Until the clients are through, or the faults have failed. */
    private void watch(List<Future<?>> running, Future<?> breaking, long begin) throws InterruptedException {
        long told = begin;
        while (!running.stream().allMatch(Future::isDone) && !breaking.isDone()) {
            Thread.sleep(20);
            long now = System.nanoTime();
            if (now - told >= PROGRESS.toNanos()) {
                told = now;
                out.accept("%4d s: %s".formatted(Duration.ofNanos(now - begin).toSeconds(), tally));
            }
        }
        if (breaking.isDone()) {
            await(breaking);
        }
        for (Future<?> client : running) {
            await(client);
        }
    }

    private static void await(Future<?> task) throws InterruptedException {
        try {
            task.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("The run broke: " + e.getCause(), e.getCause());
        }
    }
}
