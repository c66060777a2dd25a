/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import io.clowder.farm.TomcatDistribution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Measures what sessions cost. Started by {@code ./benchmark}. */
public final class Benchmark {
    /** Where nodes are laid out; nothing in it outlives the next run. */
    private static final Path FOLDER = Path.of("benchmarks", "target", "stands");

    private Benchmark() {}

    /** Exits with 0 if Clowder gave no wrong answer, 1 if it did or the run failed, 2 if the options are wrong. */
    public static void main(String[] args) throws Exception {
        List<String> said = List.of(args);
        try {
            Settings settings = Settings.of(said);
            if (settings.help()) {
                System.out.println(Settings.HELP);
                System.exit(0);
            }
            System.exit(run(settings, "./benchmark " + String.join(" ", said), FOLDER) ? 0 : 1);
        } catch (IllegalArgumentException e) {
            System.err.println("benchmark: " + e.getMessage() + "\n\n" + Settings.HELP);
            System.exit(2);
        } catch (IllegalStateException e) {
            System.err.println("benchmark: " + e.getMessage());
            System.exit(1);
        }
    }

    /** Whether Clowder gave no wrong answer. */
    static boolean run(Settings settings, String command, Path folder) throws IOException {
        TomcatDistribution tomcat = TomcatDistribution.ofMajor(settings.tomcat());
        String head = Report.head(tomcat.toString(), command.strip());
        List<Integer> sizes = settings.scale();
        return sizes == null ? compare(settings, tomcat, head, folder) : scale(settings, sizes, tomcat, head, folder);
    }

    private static boolean compare(Settings settings, TomcatDistribution tomcat, String head, Path folder)
            throws IOException {
        Results results = new Comparison(settings, tomcat, System.out).run(folder);
        write(
                settings.out(),
                "latest",
                new Report(settings, results).markdown(head),
                new Plot(settings, results).svg());
        Contender clowder = results.of("clowder");
        return clowder == null || results.wrong(clowder) == 0;
    }

    private static boolean scale(
            Settings settings, List<Integer> sizes, TomcatDistribution tomcat, String head, Path folder)
            throws IOException {
        List<Scale.Row> rows = new Scale(settings, sizes, tomcat, System.out).run(folder);
        ScaleReport report = new ScaleReport(settings, rows);
        write(settings.out(), "scale", report.markdown(head), report.svg());
        return rows.stream().allMatch(row -> row.cell().wrong() == 0);
    }

    private static void write(Path folder, String name, String markdown, String svg) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(name + ".md"), markdown);
        Files.writeString(folder.resolve(name + ".svg"), svg);
        System.out.println("\nWritten to " + folder.resolve(name + ".md"));
    }
}
