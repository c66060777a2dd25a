/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The results in Markdown. A cell with wrong answers says so, and tells no speed. */
final class Report {
    private final Settings settings;
    private final Results results;

    Report(Settings settings, Results results) {
        this.settings = settings;
        this.results = results;
    }

    /** What a table of figures must say about itself. */
    static String head(String tomcat, String command) {
        return """
                %s, `%s`

                %s; %s; %s; %s
                """.formatted(
                LocalDate.now(ZoneOffset.UTC), command, Machine.hardware(), Machine.java(), tomcat, Machine.jars());
    }

    /** One window, for who watches. */
    static String line(Scenario scenario, Contender contender, Window window) {
        return String.format(
                Locale.ROOT,
                "%-18s %-28s %8.0f/s  p50 %6.2f ms  p99 %6.2f ms  CPU %.4f ms  (load %.4f)  %.0f B",
                scenario.key(),
                contender.title(),
                window.perSecond(),
                window.p50().toNanos() / 1e6,
                window.p99().toNanos() / 1e6,
                window.cpuMillis(),
                window.loadMillis(),
                window.bytesPerRequest());
    }

    String markdown(String head) {
        StringBuilder text = new StringBuilder("# Side by side\n\n").append(head);
        text.append("\nMedians of ").append(settings.windows()).append(" windows of ");
        text.append(settings.window().toSeconds())
                .append(" s after ")
                .append(settings.warmUp().toSeconds());
        text.append(" s of warm-up, ").append(settings.clients()).append(" clients; ");
        text.append("[how, and what the words mean](../../docs/performance.md).\n");
        if (!settings.scenarios().isEmpty()) {
            text.append(
                    "\nCPU per request of all processes as a multiple of plain Tomcat's / throughput as a share of ");
            text.append("plain Tomcat's, each window beside plain Tomcat's of the same round:\n\n")
                    .append(summary());
            text.append("\n![CPU per request as a multiple of plain Tomcat's](latest.svg)\n");
            text.append(floor());
            for (Scenario scenario : settings.scenarios()) {
                text.append("\n## ").append(scenario.title()).append("\n\n").append(detail(scenario));
            }
        }
        if (!results.heap().isEmpty()) {
            text.append("\n## Heap per session\n\n").append(heap());
        }
        return text.append("\n## Contenders\n\n").append(contenders()).toString();
    }

    private String summary() {
        List<Contender> columns = results.contenders();
        StringBuilder text = new StringBuilder();
        text.append(row("", columns, Contender::title)).append(rule(columns.size()));
        for (Scenario scenario : settings.scenarios()) {
            text.append(row(scenario.title(), columns, contender -> cell(contender, scenario)));
        }
        return text.toString();
    }

    private String cell(Contender contender, Scenario scenario) {
        Cell cell = results.cell(contender, scenario);
        if (cell.wrong() > 0) {
            return wrong(cell);
        }
        if (contender.equals(results.plain())) {
            return text("%.4f ms", cell.median(Window::cpuMillis)) + text(" / %,.0f/s", cell.median(Window::perSecond));
        }
        return text("%.2f", results.multiple(contender, scenario))
                + text(" / %.2f", results.share(contender, scenario));
    }

    private static String wrong(Cell cell) {
        return text("wrong answers: %,d", cell.wrong()) + text(" of %,d", cell.asked());
    }

    private String detail(Scenario scenario) {
        StringBuilder text = new StringBuilder();
        List<String> columns = List.of(
                "requests/s",
                "p50 ms",
                "p99 ms",
                "CPU ms/request (least - most)",
                "x plain",
                "load's CPU ms/request",
                "B between nodes/request",
                "wrong answers");
        text.append(row("", columns, Function.identity())).append(rule(columns.size()));
        for (Contender contender : results.contenders()) {
            Cell cell = results.cell(contender, scenario);
            boolean wrong = cell.wrong() > 0;
            text.append(row(
                    contender.title(),
                    List.of(
                            text("%,.0f", cell.median(Window::perSecond)),
                            text("%.2f", cell.median(window -> window.p50().toNanos() / 1e6)),
                            text("%.2f", cell.median(window -> window.p99().toNanos() / 1e6)),
                            text("%.4f", cell.median(Window::cpuMillis))
                                    + text(" (%.4f", cell.least(Window::cpuMillis))
                                    + text(" - %.4f)", cell.most(Window::cpuMillis)),
                            text("%.2f", results.multiple(contender, scenario)),
                            text("%.4f", cell.median(Window::loadMillis)),
                            text("%,.0f", cell.median(Window::bytesPerRequest)),
                            wrong ? wrong(cell) + " (" + String.join("; ", cell.faults()) + ")" : "0"),
                    figure -> wrong && !figure.startsWith("wrong") ? "-" : figure));
        }
        return text.toString();
    }

    /** How far ours is from what Hazelcast alone costs; empty if one of them was not measured. */
    private String floor() {
        Contender floor = results.of("floor");
        Contender clowder = results.of("clowder");
        if (floor == null || clowder == null || !settings.scenarios().contains(Scenario.STICKY_READ)) {
            return "";
        }
        StringBuilder text =
                new StringBuilder("\n## The floor\n\nWhat one bare operation costs, its request taken off, and what ");
        text.append("1.25 of them cost besides plain Tomcat (CPU / throughput, as above):\n\n");
        List<String> columns = List.of("floor, ms", "plain + 1.25 x floor", "Clowder");
        text.append(row("", columns, Function.identity())).append(rule(columns.size()));
        for (Scenario scenario : settings.scenarios()) {
            if (scenario != Scenario.STICKY_READ) {
                double cpu = results.multiple(floor, scenario) - results.multiple(floor, Scenario.STICKY_READ);
                double time = 1 / results.share(floor, scenario) - 1 / results.share(floor, Scenario.STICKY_READ);
                double plain = results.cell(results.plain(), scenario).median(Window::cpuMillis);
                text.append(row(
                        scenario.title(),
                        List.of(
                                text("%.4f", cpu * plain),
                                text("%.2f", 1 + 1.25 * cpu) + text(" / %.2f", 1 / (1 + 1.25 * time)),
                                cell(clowder, scenario)),
                        Function.identity()));
            }
        }
        return text.toString();
    }

    private String heap() {
        List<String> columns = List.of("home node, KB", "backup node, KB");
        StringBuilder text = new StringBuilder();
        text.append(row("10 attributes of 200 B", columns, Function.identity())).append(rule(columns.size()));
        results.heap()
                .forEach((contender, bytes) ->
                        text.append(row(contender.title(), bytes, one -> text("%.1f", one / 1_000))));
        return text.toString();
    }

    private String contenders() {
        StringBuilder text = new StringBuilder();
        for (Contender contender : results.contenders()) {
            text.append("- ")
                    .append(contender.title())
                    .append(": ")
                    .append(contender.about())
                    .append('\n');
        }
        for (Map.Entry<Contender, String> one : results.missing().entrySet()) {
            text.append("- ")
                    .append(one.getKey().title())
                    .append(": ")
                    .append(one.getValue())
                    .append('\n');
        }
        return text.toString();
    }

    private static <T> String row(String title, List<T> cells, Function<T, String> text) {
        return cells.stream().map(text).collect(Collectors.joining(" | ", "| " + title + " | ", " |\n"));
    }

    private static String rule(int columns) {
        StringJoiner rule = new StringJoiner("|", "|", "|\n");
        for (int i = 0; i <= columns; i++) {
            rule.add("---");
        }
        return rule.toString();
    }

    private static String text(String format, Object figure) {
        return figure instanceof Double number && number.isNaN() ? "-" : String.format(Locale.ROOT, format, figure);
    }
}
