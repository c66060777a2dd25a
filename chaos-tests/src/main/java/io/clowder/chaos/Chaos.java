/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.farm.Built;
import io.clowder.farm.TomcatDistribution;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Random requests and failures on three Tomcats, and a check of what the clients saw. Started by {@code ./chaos}. */
public final class Chaos {
    private static final String HELP = """
            Usage: ./chaos [options]
            Three Tomcats share sessions, and are killed, frozen and reloaded while clients use them; what the clients
            saw is checked against the promise of the README. Exit code 0 only if it held. Ctrl-C stops everything.
              --minutes N     how long (default 2, at most 1440)
              --seed S        the same requests and faults as in an earlier run (default: drawn, and printed)
              --tomcat 10|11  the Tomcat to start (default 10, which is 10.1)
              --port P        the first of 20 ports that the members try (default 7400)
              --topology embedded|client
                              client: two dedicated members keep the sessions, and are all killed, or hang, while
                              Tomcats freeze; Tomcats connect to them at the ports from P + 100 on
              --help          this text""";

    private static final int SHOWN = 3;

    /** As nobody else may rely on what a node has while it is alone. */
    private static final List<Mode> STICKY = List.of(Mode.STICKY, Mode.STICKY, Mode.STICKY);

    /** Without kills of nodes: what one had the only copy of, while the cluster had forgotten it, is lost with it. */
    private static final Faults.Mix OUTAGES = new Faults.Mix(0, 20, 80, true, false);

    /** Ctrl-C stops the nodes first: what the run finds amiss from then on is not worth a word. */
    private static volatile boolean interrupted;

    private Chaos() {}

    /** Exits with 0 if the promise held, 1 if not, 2 if the options are wrong. */
    public static void main(String[] args) throws Exception {
        try {
            Settings settings = Settings.of(List.of(args));
            if (settings.help) {
                System.out.println(HELP);
                System.exit(0);
            }
            Runtime.getRuntime().addShutdownHook(new Thread(() -> interrupted = true, "chaos-interrupted"));
            System.exit(holds(settings) ? 0 : 1);
        } catch (IllegalArgumentException e) {
            System.err.println("chaos: " + e.getMessage() + "\n\n" + HELP);
            System.exit(2);
        } catch (IllegalStateException e) {
            if (!interrupted) {
                System.err.println("chaos: " + e.getMessage());
            }
            System.exit(1);
        }
    }

    private static boolean holds(Settings settings) throws InterruptedException {
        return holds(settings, Duration.ofMinutes(settings.minutes));
    }

    /** Runs for that time, prints, and says whether nothing was wrong. */
    static boolean holds(Settings settings, Duration time) throws InterruptedException {
        TomcatDistribution tomcat = TomcatDistribution.ofMajor(settings.tomcat);
        Path folder = tomcat.home()
                .resolveSibling("../../../chaos-tests/target/chaos-" + settings.port)
                .normalize();
        Path lib = Built.distributionLib();
        System.out.println("Seed " + settings.seed + ", " + time.toSeconds() + " s, three of " + tomcat);
        try (TomcatCluster cluster = settings.client
                ? TomcatCluster.startClients(tomcat, lib, folder, settings.port)
                : TomcatCluster.start(tomcat, lib, folder, settings.port)) {
            Run run = settings.client
                    ? new Run(cluster, settings.seed, System.out::println, STICKY, new Faults(settings.seed, OUTAGES))
                    : new Run(cluster, settings.seed, System.out::println);
            List<Violation> violations = run.go(Integer.MAX_VALUE, time);
            run.tally().failures().forEach((what, times) -> System.out.println(times + " times " + what));
            shown(violations).forEach(System.out::println);
            System.out.println("Seed " + settings.seed + ": " + run.tally() + ", " + violations.size() + " violations");
            if (!violations.isEmpty()) {
                Path all = folder.resolve("violations.txt");
                Files.write(all, violations.stream().map(Violation::toString).toList());
                System.out.println("All of them are in " + all + ", the nodes' logs in " + cluster.logs());
            }
            return violations.isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many of each kind in each mode, and the first ones of each. */
    private static List<String> shown(List<Violation> violations) {
        Map<String, List<Violation>> kinds = violations.stream()
                .collect(Collectors.groupingBy(
                        one -> one.kind() + ", " + one.session().split("-", 2)[0], TreeMap::new, Collectors.toList()));
        return kinds.entrySet().stream()
                .flatMap(kind -> Stream.concat(
                        Stream.of(kind.getKey() + ": " + kind.getValue().size()),
                        kind.getValue().stream().limit(SHOWN).map(Violation::toString)))
                .toList();
    }

    /** What the command line says. */
    record Settings(boolean help, int minutes, long seed, int tomcat, int port, boolean client) {

        /** With nodes that keep the sessions. */
        Settings(boolean help, int minutes, long seed, int tomcat, int port) {
            this(help, minutes, seed, tomcat, port, false);
        }

        static Settings of(List<String> args) {
            boolean help = false;
            int minutes = 2;
            long seed = ThreadLocalRandom.current().nextInt(1_000_000);
            int tomcat = 10;
            int port = 7400;
            boolean client = false;
            for (Iterator<String> left = args.iterator(); left.hasNext(); ) {
                String option = left.next();
                switch (option) {
                    case "--help", "-h" -> help = true;
                    case "--minutes" -> minutes = (int) number(option, left, 1, 1_440);
                    case "--seed" -> seed = number(option, left, 0, Long.MAX_VALUE);
                    case "--tomcat" -> tomcat = (int) number(option, left, 10, 11);
                    case "--port" -> port = (int) number(option, left, 1_024, 65_516);
                    case "--topology" -> client = isClient(option, left);
                    default -> throw new IllegalArgumentException("unknown option " + option);
                }
            }
            return new Settings(help, minutes, seed, tomcat, port, client);
        }

        private static boolean isClient(String option, Iterator<String> left) {
            String value = value(option, left);
            if (value.equals("client") || value.equals("embedded")) {
                return value.equals("client");
            }
            throw new IllegalArgumentException(option + " must be embedded or client, was " + value);
        }

        private static String value(String option, Iterator<String> left) {
            if (!left.hasNext()) {
                throw new IllegalArgumentException(option + " needs a value");
            }
            return left.next();
        }

        private static long number(String option, Iterator<String> left, long least, long most) {
            String value = value(option, left);
            try {
                long number = Long.parseLong(value);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // The message below says it.
            }
            throw new IllegalArgumentException(option + " must be from " + least + " to " + most + ", was " + value);
        }
    }
}
