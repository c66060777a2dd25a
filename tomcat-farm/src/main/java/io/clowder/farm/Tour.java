/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.BindException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The demo: two Tomcats, one front door, and a visitor who kills the node that serves. Started by {@code ./demo}. */
public final class Tour {
    private static final String HELP = """
            Usage: ./demo [options]
            Two Tomcats share the sessions of a small shop behind one address. Ctrl-C stops everything.
              --check         take the tour without a visitor; exit code 0 only if every step held
              --tomcat 10|11  the Tomcat to start (default 10, which is 10.1)
              --port N        the port of the front door (default 8080)
              --manager NAME  another session manager, to compare: org.apache.catalina.session.StandardManager
              --help          this text""";
    private static final int SIGKILLED = 137;

    // java.util.logging forgets the level of a logger that nobody holds.
    private static final List<Logger> QUIET =
            List.of(Logger.getLogger("io.undertow"), Logger.getLogger("org.xnio"), Logger.getLogger("org.jboss"));

    private final Settings settings;

    private Tour(Settings settings) {
        this.settings = settings;
    }

    /** Exits with 0 if all went well, 1 if not, 2 if the options are wrong. */
    public static void main(String[] args) throws Exception {
        // A killed node is not news to the visitor who killed it.
        QUIET.forEach(logger -> logger.setLevel(Level.OFF));
        try {
            Settings settings = Settings.of(List.of(args));
            if (settings.help) {
                System.out.println(HELP);
                System.exit(0);
            }
            System.exit(new Tour(settings).run() ? 0 : 1);
        } catch (IllegalArgumentException e) {
            System.err.println("demo: " + e.getMessage() + "\n\n" + HELP);
            System.exit(2);
        } catch (BindException e) {
            System.err.println("demo: " + e.getMessage());
            System.exit(1);
        } catch (IllegalStateException e) {
            System.err.println("demo: " + e.getMessage());
            System.exit(1);
        }
    }

    private boolean run() throws Exception {
        TomcatDistribution tomcat = TomcatDistribution.ofMajor(settings.tomcat);
        Path dir = tomcat.home().resolveSibling("../demo-" + settings.port).normalize();
        try (Stage stage = open(tomcat, dir)) {
            if (settings.check) {
                System.out.println(tomcat + " twice, behind " + stage.door().url());
                return new Check(stage, System.out).run();
            }
            show(tomcat, stage);
            return true;
        }
    }

    private Stage open(TomcatDistribution tomcat, Path dir) throws BindException {
        try {
            return Stage.set(tomcat, settings.manager, dir, settings.port);
        } catch (BindException e) {
            throw new BindException("port " + settings.port + " is in use; choose another one with --port");
        }
    }

    private void show(TomcatDistribution tomcat, Stage stage) throws Exception {
        System.out.println("Starting two of " + tomcat + " ...");
        stage.start();
        stage.nodes().forEach(Tour::watch);
        System.out.printf("""

                1. Open %s and put something into the basket; the strip below says which node serves you.
                2. Sign in as %s with the password %s.
                3. Kill the node that serves you, and go on: %s
                Enter starts a killed node again, Ctrl-C stops everything.
                """, stage.door().url(), Stage.USER, Stage.PASSWORD, kills(stage));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        while (in.readLine() != null) {
            restart(stage);
        }
        // No terminal: until a signal comes.
        new CountDownLatch(1).await();
    }

    private static void restart(Stage stage) {
        List<TomcatNode> dead =
                stage.nodes().stream().filter(node -> !node.isAlive()).toList();
        stage.start();
        dead.forEach(Tour::watch);
        System.out.println((dead.isEmpty() ? "Both nodes run. " : "Started. ") + kills(stage));
    }

    private static String kills(Stage stage) {
        return stage.nodes().stream()
                .map(node -> "kill -9 " + node.pid() + "  (node " + node.route() + ")")
                .reduce((one, other) -> one + "  or  " + other)
                .orElseThrow();
    }

    private static void watch(TomcatNode node) {
        CompletableFuture<Void> unused = node.onExit().thenAccept(code -> {
            if (code == SIGKILLED) {
                System.out.println("Node " + node.route() + " is dead. Reload the page; Enter starts the node again.");
            }
        });
    }

    /** What the command line says. */
    record Settings(boolean help, boolean check, int tomcat, int port, String manager) {
        static Settings of(List<String> args) {
            boolean help = false;
            boolean check = false;
            int tomcat = 10;
            int port = 8080;
            String manager = "io.clowder.tomcat.ClowderManager";
            for (Iterator<String> left = args.iterator(); left.hasNext(); ) {
                String option = left.next();
                switch (option) {
                    case "--help", "-h" -> help = true;
                    case "--check" -> check = true;
                    case "--tomcat" -> tomcat = number(option, value(option, left), 10, 11);
                    case "--port" -> port = number(option, value(option, left), 1, 65_535);
                    case "--manager" -> manager = value(option, left);
                    default -> throw new IllegalArgumentException("unknown option " + option);
                }
            }
            return new Settings(help, check, tomcat, port, manager);
        }

        private static String value(String option, Iterator<String> left) {
            if (!left.hasNext()) {
                throw new IllegalArgumentException(option + " needs a value");
            }
            return left.next();
        }

        private static int number(String option, String value, int least, int most) {
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
}
