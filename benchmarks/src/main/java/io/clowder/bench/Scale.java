/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import io.clowder.farm.TomcatDistribution;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Clowder alone, with sticky writes: what a write costs on more nodes, and among more sessions. */
final class Scale {
    private static final List<Integer> NODES = List.of(2, 4, 8);
    private static final int MEGABYTES = 1_024;

    /** Of heap for each session, on each of two nodes, with room to collect. */
    private static final int KILOBYTES_PER_SESSION = 20;

    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Script SCRIPT = Script.WRITE;

    private final Settings settings;
    private final List<Integer> sizes;
    private final TomcatDistribution tomcat;
    private final PrintStream out;

    /**
     * Nothing measured yet.
     *
     * @param sizes numbers of sessions
     */
    Scale(Settings settings, List<Integer> sizes, TomcatDistribution tomcat, PrintStream out) {
        this.settings = settings;
        this.sizes = sizes;
        this.tomcat = tomcat;
        this.out = out;
    }

    /**
     * What a number of nodes, or of sessions, did.
     *
     * @param operations sent to entries, for each write
     * @param storeBytes of their commands, for each write
     * @param idleBytes that the nodes exchange in a second in which nobody asks for anything; NaN where nobody counts
     * @param heapBytes for each session, on all nodes together; NaN where they are too few to be seen
     */
    record Row(
            int nodes,
            int sessions,
            Cell cell,
            double operations,
            double storeBytes,
            double idleBytes,
            double heapBytes) {}

    /** First the numbers of nodes, then those of sessions. */
    List<Row> run(Path folder) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (int nodes : NODES) {
            rows.add(measure(folder, nodes, settings.clients(), MEGABYTES));
        }
        int most = sizes.stream().mapToInt(Integer::intValue).max().orElse(0);
        int heap = MEGABYTES + most / 1_024 * KILOBYTES_PER_SESSION;
        for (int sessions : sizes) {
            rows.add(measure(folder, 2, sessions, heap));
        }
        return rows;
    }

    private Row measure(Path folder, int nodes, int sessions, int heap) throws IOException {
        Clowder clowder = new Clowder(settings.port());
        try (Stand stand = Stand.start(clowder, tomcat, folder, nodes, heap)) {
            stand.awaitReady();
            out.println(nodes + " nodes, " + sessions + " sessions");
            try (Load load = new Load(stand.ports(), Stand.STICKY, false, false, settings.clients(), sessions, nodes)) {
                return measured(stand, load, nodes, sessions);
            }
        }
    }

    private Row measured(Stand stand, Load load, int nodes, int sessions) throws IOException {
        Cell cell = new Cell();
        double heapBefore = heap(stand, nodes);
        cell.note(load.make());
        double heapBytes =
                sessions < 10 * settings.clients() ? Double.NaN : (heap(stand, nodes) - heapBefore) / sessions;
        cell.note(load.run(SCRIPT, settings.warmUp(), Long.MAX_VALUE));
        long operations = stand.counter(Stand.STICKY, "storeOperations");
        long bytes = stand.counter(Stand.STICKY, "storeBytes");
        long writes = 0;
        for (int i = 0; i < settings.windows(); i++) {
            Window window = Window.of(stand, load, SCRIPT, settings.window(), cell);
            cell.add(window);
            writes += window.requests();
            out.println(Report.line(Scenario.STICKY_WRITE, stand.contender(), window));
        }
        return new Row(
                nodes,
                sessions,
                cell,
                (double) (stand.counter(Stand.STICKY, "storeOperations") - operations) / writes,
                (double) (stand.counter(Stand.STICKY, "storeBytes") - bytes) / writes,
                idle(stand),
                heapBytes);
    }

    private static double heap(Stand stand, int nodes) throws IOException {
        double sum = 0;
        for (int node : IntStream.range(0, nodes).toArray()) {
            sum += stand.heap(node);
        }
        return sum;
    }

    private static double idle(Stand stand) {
        Traffic before = stand.traffic();
        try {
            Thread.sleep(IDLE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Traffic after = stand.traffic();
        return before == null || after == null ? Double.NaN : (double) after.since(before) / IDLE.toSeconds();
    }
}
