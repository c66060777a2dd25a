/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the command line says.
 *
 * @param only keys of the contenders; empty for all
 * @param heapSessions of each contender, for the heap per session; 0 if it is not measured
 * @param scale the numbers of sessions with which {@code --scale} measures; null without it
 * @param port the first of those that Hazelcast members try
 * @param out the folder that the results go to
 */
record Settings(
        boolean help,
        int tomcat,
        int windows,
        Duration window,
        Duration warmUp,
        int clients,
        List<String> only,
        List<Scenario> scenarios,
        int heapSessions,
        @Nullable List<Integer> scale,
        int port,
        Path out) {
    static final String HELP = """
            Usage: ./benchmark [options]
            Two Tomcats with Clowder beside two with each of what users would pick instead, under the same load.
              --tomcat 10|11    the Tomcat to start (default 10, which is 10.1)
              --windows N       measured stretches of each contender in each scenario (default 3); medians are told
              --seconds N       how long each takes (default 10)
              --warm-up N       seconds of load before the first (default twice as long as a window)
              --clients N       clients, each of which waits for an answer before it asks again (default 16)
              --only LIST       plain, floor, delta, backup, redisson, clowder (default all; plain is always there)
              --scenarios LIST  sticky-read, sticky-write, sticky-write-big, roaming-read, roaming-write,
                                roaming-read-big, heap (default all)
              --heap-sessions N sessions that the heap per session is taken of (default 20000)
              --scale           instead: Clowder on 2, 4 and 8 nodes, and with 1,000 and 100,000 sessions
              --sessions LIST   other numbers of sessions for --scale
              --port N          the first of the ports for the nodes' own traffic (default 8200)
              --out FOLDER      where the results go (default benchmarks/results)
              --help            this text
            ./benchmark jmh [options of JMH] measures single pieces of Clowder.""";

    private static final String HEAP = "heap";
    private static final List<Integer> SESSIONS = List.of(1_000, 100_000);

    /** What has been said so far. */
    private static final class Said {
        private boolean help;
        private int tomcat = 10;
        private int windows = 3;
        private int seconds = 10;
        private int warmUp = -1;
        private int clients = 16;
        private List<String> only = List.of();
        private List<String> scenarios = List.of();
        private int heapSessions = 20_000;
        private boolean scale;
        private List<Integer> sessions = SESSIONS;
        private int port = 8200;
        private Path out = Path.of("benchmarks", "results");
    }

    static Settings of(List<String> args) {
        Said said = new Said();
        for (Iterator<String> left = args.iterator(); left.hasNext(); ) {
            String option = left.next();
            switch (option) {
                case "--help", "-h" -> said.help = true;
                case "--tomcat" -> said.tomcat = number(option, left, 10, 11);
                case "--windows" -> said.windows = number(option, left, 1, 100);
                case "--seconds" -> said.seconds = number(option, left, 1, 600);
                case "--warm-up" -> said.warmUp = number(option, left, 0, 600);
                case "--clients" -> said.clients = number(option, left, 1, 1_000);
                case "--only" -> said.only = list(option, left);
                case "--scenarios" -> said.scenarios = list(option, left);
                case "--heap-sessions" -> said.heapSessions = number(option, left, 1, 1_000_000);
                case "--scale" -> said.scale = true;
                case "--sessions" ->
                    said.sessions =
                            list(option, left).stream().map(Integer::valueOf).toList();
                case "--port" -> said.port = number(option, left, 1_024, 65_000);
                case "--out" -> said.out = Path.of(value(option, left));
                default -> throw new IllegalArgumentException("unknown option " + option);
            }
        }
        return settings(said);
    }

    private static Settings settings(Said said) {
        List<Scenario> scenarios = said.scenarios.isEmpty()
                ? List.of(Scenario.values())
                : said.scenarios.stream()
                        .filter(key -> !key.equals(HEAP))
                        .map(Scenario::of)
                        .toList();
        return new Settings(
                said.help,
                said.tomcat,
                said.windows,
                Duration.ofSeconds(said.seconds),
                Duration.ofSeconds(said.warmUp < 0 ? 2L * said.seconds : said.warmUp),
                said.clients,
                said.only,
                scenarios,
                said.scenarios.isEmpty() || said.scenarios.contains(HEAP) ? said.heapSessions : 0,
                said.scale ? said.sessions : null,
                said.port,
                said.out);
    }

    /** The contenders of this run, plain Tomcat first. */
    List<Contender> contenders() {
        List<Contender> all = List.of(
                new PlainTomcat(),
                new BareHazelcast(port + Clowder.PORTS),
                TribesManager.delta(port + 2 * Clowder.PORTS, Comparison.NODES),
                TribesManager.backup(port + 2 * Clowder.PORTS + Comparison.NODES, Comparison.NODES),
                new RedissonTomcat(port + 2 * Clowder.PORTS + 2 * Comparison.NODES),
                new Clowder(port));
        List<Contender> chosen = new ArrayList<>();
        for (Contender contender : all) {
            // Everything is told in multiples of it.
            if (only.isEmpty() || only.contains(contender.key()) || contender instanceof PlainTomcat) {
                chosen.add(contender);
            }
        }
        for (String key : only) {
            if (all.stream().noneMatch(contender -> contender.key().equals(key))) {
                throw new IllegalArgumentException("no contender " + key);
            }
        }
        return chosen;
    }

    private static List<String> list(String option, Iterator<String> left) {
        return Arrays.asList(value(option, left).split(",", -1));
    }

    private static String value(String option, Iterator<String> left) {
        if (!left.hasNext()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return left.next();
    }

    private static int number(String option, Iterator<String> left, int least, int most) {
        String value = value(option, left);
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The message below says it.
        }
        throw new IllegalArgumentException(option + " must be from " + least + " to " + most + ", was " + value);
    }
}
