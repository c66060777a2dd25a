/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.util.List;
import java.util.Locale;

/** What {@link Scale} has found, in Markdown, and what follows from it for a size that fits no single machine. */
final class ScaleReport {
    private static final int MODEL_NODES = 50;
    private static final int MODEL_SESSIONS = 10_000_000;

    /** A user's think time in the model, in seconds: each session is written that often. */
    private static final int MODEL_PAUSE = 60;

    private final Settings settings;
    private final List<Scale.Row> rows;

    ScaleReport(Settings settings, List<Scale.Row> rows) {
        this.settings = settings;
        this.rows = rows;
    }

    String markdown(String head) {
        StringBuilder text = new StringBuilder("# Clowder at different sizes\n\n").append(head);
        text.append("\nSticky writes of one of 10 attributes of 200 B; medians of ")
                .append(settings.windows());
        text.append(" windows of ").append(settings.window().toSeconds()).append(" s after ");
        text.append(settings.warmUp().toSeconds()).append(" s of warm-up, ").append(settings.clients());
        text.append(" clients; all nodes and the load share the machine.\n\n");
        text.append(
                "| nodes | sessions | writes/s | p50 ms | p99 ms | CPU ms/write | operations/write | command B/write ");
        text.append(
                "| B between nodes/write | B/s between idle nodes | heap KB/session, all nodes | wrong answers |\n");
        text.append("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        rows.forEach(row -> text.append(line(row)));
        return text.append(model()).toString();
    }

    private static String line(Scale.Row row) {
        Cell cell = row.cell();
        String sizes = String.format(Locale.ROOT, "| %d | %,d | ", row.nodes(), row.sessions());
        if (cell.wrong() > 0) {
            return sizes + "- | - | - | - | - | - | - | - | - | " + cell.wrong() + " of " + cell.asked() + " |\n";
        }
        return sizes
                + String.format(
                        Locale.ROOT,
                        "%,.0f | %.2f | %.2f | %.4f | %.3f | %.0f | %s | %s | %s | 0 |%n",
                        cell.median(Window::perSecond),
                        cell.median(window -> window.p50().toNanos() / 1e6),
                        cell.median(window -> window.p99().toNanos() / 1e6),
                        cell.median(Window::cpuMillis),
                        row.operations(),
                        row.storeBytes(),
                        figure("%.0f", cell.median(Window::bytesPerRequest)),
                        figure("%,.0f", row.idleBytes()),
                        figure("%.1f", row.heapBytes() / 1_000));
    }

    /** From the row with the most sessions, and the one with the most nodes; empty if there is none whose heap was seen. */
    private String model() {
        Scale.Row big = rows.get(rows.size() - 1);
        if (Double.isNaN(big.heapBytes()) || big.cell().wrong() > 0) {
            return "";
        }
        double heap = big.heapBytes() * MODEL_SESSIONS / MODEL_NODES / 1e9;
        double writes = (double) MODEL_SESSIONS / MODEL_PAUSE / MODEL_NODES;
        double bytes = big.cell().median(Window::bytesPerRequest);
        double cpu = big.cell().median(Window::cpuMillis);
        return String.format(
                Locale.ROOT,
                """

                ## A model: %d nodes, %,d sessions

                Computed from the last row; nobody has run it. A session has one home and one backup wherever it is, and a
                write is one operation and one backup, so a node's share is the total divided by the nodes.

                | | for each node |
                |---|---|
                | heap for sessions: %,d x %.1f KB / %d | %.2f GB |
                | writes, if each session is written every %d s: %,d / %d / %d | %,.0f/s |
                | their CPU: x %.4f ms | %.2f cores |
                | their bytes between nodes: x %s B | %s MB/s |

                ![Heap for sessions on each node](scale.svg)
                """,
                MODEL_NODES,
                MODEL_SESSIONS,
                MODEL_SESSIONS,
                big.heapBytes() / 1_000,
                MODEL_NODES,
                heap,
                MODEL_PAUSE,
                MODEL_SESSIONS,
                MODEL_PAUSE,
                MODEL_NODES,
                writes,
                cpu,
                writes * cpu / 1_000,
                figure("%.0f", bytes),
                figure("%.2f", writes * bytes / 1e6));
    }

    /** Heap for the sessions on each node, over the number of nodes, for 1 and for 10 million of them. */
    String svg() {
        double heap = rows.get(rows.size() - 1).heapBytes();
        Chart chart =
                new Chart("GB of heap for sessions on each node, over the number of nodes (computed)", MODEL_NODES);
        for (int sessions : List.of(MODEL_SESSIONS / 10, MODEL_SESSIONS)) {
            chart.line(String.format(Locale.ROOT, "%,d sessions", sessions), nodes -> heap * sessions / nodes / 1e9);
        }
        return chart.svg();
    }

    private static String figure(String format, double figure) {
        return Double.isNaN(figure) ? "-" : String.format(Locale.ROOT, format, figure);
    }
}
