/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.farm.Built;
import io.clowder.farm.TomcatDistribution;
import io.clowder.farm.TomcatNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Short-lived sessions, crashes and redeployments on three Tomcats, and a look at what is left of them. Started by {@code ./soak}. */
public final class Soak {
    private static final String HELP = """
            Usage: ./soak [options]
            Three Tomcats share short-lived sessions, and are killed and redeployed meanwhile; then nobody uses them for as
            long as a session may be idle. Exit code 0 only if nothing is left then: no session, no class loader of an
            application that was, no thread, no memory. Ctrl-C stops everything.
              --minutes N     how long (default 2, at most 1440)
              --seed S        the same requests and faults as in an earlier run (default: drawn, and printed)
              --tomcat 10|11  the Tomcat to start (default 10, which is 10.1)
              --port P        the first of 20 ports that the members try (default 7400)
              --help          this text""";

    private static final int VISITORS = 6;
    private static final Duration PROGRESS = Duration.ofSeconds(10);
    private static final Faults.Mix MIX = new Faults.Mix(35, 0, true);

    /** The longest idleness, a tenth of it, the looks of two nodes one after the other, and time for a machine that is busy. */
    private static final Duration SILENCE = Duration.ofSeconds(Visitor.LONGEST_IDLE * 2 + 15L);

    private static volatile boolean interrupted;

    private final TomcatCluster cluster;
    private final long seed;
    private final Tally tally = new Tally();
    private final Visitor.Count count = new Visitor.Count();

    private Soak(TomcatCluster cluster, long seed) {
        this.cluster = cluster;
        this.seed = seed;
    }

    /** Exits with 0 if nothing was left, 1 if something was, 2 if the options are wrong. */
    public static void main(String[] args) throws Exception {
        try {
            Chaos.Settings settings = Chaos.Settings.of(List.of(args));
            if (settings.client()) {
                throw new IllegalArgumentException("the soak has nodes that keep the sessions themselves");
            }
            if (settings.help()) {
                System.out.println(HELP);
                System.exit(0);
            }
            Runtime.getRuntime().addShutdownHook(new Thread(() -> interrupted = true, "soak-interrupted"));
            System.exit(leavesNothing(settings, Duration.ofMinutes(settings.minutes())) ? 0 : 1);
        } catch (IllegalArgumentException e) {
            System.err.println("soak: " + e.getMessage() + "\n\n" + HELP);
            System.exit(2);
        } catch (IllegalStateException e) {
            if (!interrupted) {
                System.err.println("soak: " + e.getMessage());
            }
            System.exit(1);
        }
    }

    /** Runs for that time, prints, and says whether nothing was left. */
    static boolean leavesNothing(Chaos.Settings settings, Duration time) throws InterruptedException {
        TomcatDistribution tomcat = TomcatDistribution.ofMajor(settings.tomcat());
        Path folder = tomcat.home()
                .resolveSibling("../../../chaos-tests/target/soak-" + settings.port())
                .normalize();
        System.out.println("Seed " + settings.seed() + ", " + time.toSeconds() + " s, three of " + tomcat);
        try (TomcatCluster cluster =
                TomcatCluster.startShortLived(tomcat, Built.distributionLib(), folder, settings.port())) {
            return new Soak(cluster, settings.seed()).leavesNothing(time);
        }
    }

    private boolean leavesNothing(Duration time) throws InterruptedException {
        List<Remains> before = warm();
        use(time);
        List<Remains> after = awaitSilence();
        System.out.println(count + ", " + tally);
        tally.failures().forEach((what, times) -> System.out.println(times + " times " + what));
        System.out.println(Remains.head());
        boolean nothing = true;
        for (int node = 0; node < after.size(); node++) {
            System.out.println(after.get(node).row("abc".substring(node, node + 1), before.get(node)));
        }
        for (int node = 0; node < after.size(); node++) {
            List<String> wrong = after.get(node).wrong(before.get(node), apps());
            for (String one : wrong) {
                System.out.println("node " + "abc".charAt(node) + " has " + one);
            }
            if (!wrong.isEmpty()) {
                nothing = false;
                dumpHeap(cluster.nodes().get(node));
            }
        }
        int claims = after.stream().mapToInt(Remains::claims).sum();
        if (claims != after.size()) {
            System.out.println("There are " + claims + " claims of routes by " + after.size() + " nodes");
            nothing = false;
        }
        System.out.println("Seed " + seed + ": " + (nothing ? "nothing is left" : "something is left"));
        return nothing;
    }

    private static void dumpHeap(TomcatNode node) {
        Path dump = node.base().resolve("logs/heap.hprof");
        node.jcmd("GC.heap_dump", dump.toString());
        System.out.println("What holds it can be found in " + dump);
    }

    /** With Tomcat's own manager. */
    private static int apps() {
        return TomcatCluster.APPS.size() + 1;
    }

    /** Uses and redeploys everything once, so that what is made once and kept is there; what the nodes have then. */
    private List<Remains> warm() throws InterruptedException {
        for (int node = 0; node < cluster.nodes().size(); node++) {
            cluster.redeploy(node);
        }
        visit(Duration.ofSeconds(8), false);
        return awaitSilence();
    }

    private void use(Duration time) throws InterruptedException {
        visit(time, true);
    }

    private void visit(Duration time, boolean faulty) throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "soak");
            thread.setDaemon(true);
            return thread;
        });
        long begin = System.nanoTime();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < VISITORS; i++) {
                Visitor visitor = new Visitor(cluster, seed, i, tally, count);
                running.add(threads.submit(() -> {
                    visitor.run(over::get);
                    return null;
                }));
            }
            if (faulty) {
                running.add(threads.submit(() -> {
                    new Faults(seed, MIX).run(cluster, tally, over::get);
                    return null;
                }));
            }
            watch(running, () -> System.nanoTime() - begin >= time.toNanos(), begin, faulty);
            over.set(true);
            for (Future<?> one : running) {
                await(one);
            }
        } finally {
            over.set(true);
            threads.shutdownNow();
        }
    }

    private void watch(List<Future<?>> running, BooleanSupplier isOver, long begin, boolean tells)
            throws InterruptedException {
        long told = begin;
        while (!isOver.getAsBoolean() && running.stream().noneMatch(Future::isDone)) {
            Thread.sleep(20);
            long now = System.nanoTime();
            if (tells && now - told >= PROGRESS.toNanos()) {
                told = now;
                System.out.printf(
                        "%4d s: %s, %s%n", Duration.ofNanos(now - begin).toSeconds(), count, tally);
            }
        }
    }

    private static void await(Future<?> task) throws InterruptedException {
        try {
            task.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("The run broke: " + e.getCause(), e.getCause());
        }
    }

    /** What the nodes have when nothing of a session is left, or after the silence. */
    private List<Remains> awaitSilence() throws InterruptedException {
        cluster.awaitSafe();
        long begin = System.nanoTime();
        while (true) {
            List<Remains> now = remains();
            boolean nothing = now.stream().allMatch(one -> one.isNothing(apps()));
            long silent = System.nanoTime() - begin;
            if (nothing || silent > SILENCE.toNanos()) {
                System.out.println("Silent for " + Duration.ofNanos(silent).toSeconds() + " s");
                return now;
            }
            Thread.sleep(500);
        }
    }

    private List<Remains> remains() {
        return IntStream.range(0, cluster.nodes().size())
                .mapToObj(this::remains)
                .toList();
    }

    private Remains remains(int number) {
        TomcatNode node = cluster.nodes().get(number);
        try {
            String maps = cluster.node(number, TomcatCluster.APPS.get(0), "maps");
            return Remains.of(maps, node.jcmd("GC.class_histogram"), node.jcmd("Thread.print"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }
}
