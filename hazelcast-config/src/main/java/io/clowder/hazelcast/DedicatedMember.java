/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.io.PrintStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.logging.LogManager;

/**
 * A process that is one member of a dedicated cluster, with the configuration and rules of an embedded one, and a server socket
 * for Tomcats besides. Its arguments are those of a Manager and {@code clientPort}, as {@code name=value}; what they leave out is
 * taken from the environment, as {@code CLOWDER_CLUSTER_NAME}. It leaves the cluster in order when it is asked to end.
 */
public final class DedicatedMember {

    private static final List<String> NAMES =
            List.of("clusterName", "members", "interface", "port", "clientPort", "config");

    private static final int WRONG = 2;
    private static final int FAILED = 1;

    private DedicatedMember() {}

    /** Returns when the member runs; ends the process if it cannot. */
    public static void main(String[] arguments) {
        if (System.getProperty("java.util.logging.manager") == null) {
            System.setProperty("java.util.logging.manager", LastingLog.class.getName());
        }
        int failure = run(arguments, System.getenv(), System.err);
        if (failure != 0) {
            System.exit(failure);
        }
    }

    private static int run(String[] arguments, Map<String, String> environment, PrintStream err) {
        try {
            Map<String, String> given = given(arguments, environment);
            ClusterMember member = start(settings(given, Path.of("")), ClientPort.parse(given.get("clientPort")));
            Runtime.getRuntime().addShutdownHook(new Thread(member::close, "clowder-member-end"));
            logger().log(
                            Level.INFO,
                            "Dedicated member: {0}; Tomcats connect to {1}",
                            member.describe(),
                            member.clientAddress());
            return 0;
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            return WRONG;
        } catch (IllegalStateException e) {
            err.println("The member cannot start: " + e.getMessage());
            return FAILED;
        }
    }

    private static Logger logger() {
        return System.getLogger(DedicatedMember.class.getName());
    }

    /**
     * Starts such a member in this process.
     *
     * @param clientPort the first port to try for Tomcats
     * @throws IllegalArgumentException if the configuration breaks a rule, naming it and the remedy
     * @throws IllegalStateException if the member cannot start, for instance because no port is free
     */
    public static ClusterMember start(ClusterSettings settings, int clientPort) {
        return start(settings, new ClientPort(clientPort));
    }

    private static ClusterMember start(ClusterSettings settings, ClientPort clients) {
        // Who has no member to go on alone with shall know that it did not start.
        return ClusterMember.start(
                settings.failingFast(), ClowderSerialization::register, clients::open, InstantSource.system());
    }

    /**
     * What the arguments say, and the environment where they say nothing, by the names of arguments.
     *
     * @throws IllegalArgumentException if an argument has no such name
     */
    static Map<String, String> given(String[] arguments, Map<String, String> environment) {
        Map<String, String> given = new HashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            String name = argument.substring(0, Math.max(0, equals));
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException("arguments must be name=value, with the names "
                        + String.join(", ", NAMES) + "; was '" + argument + "'");
            }
            given.put(name, argument.substring(equals + 1));
        }
        for (String name : NAMES) {
            String value = environment.get(variable(name));
            if (value != null && !value.isBlank()) {
                given.putIfAbsent(name, value);
            }
        }
        return given;
    }

    /**
     * What was given of the cluster.
     *
     * @throws IllegalArgumentException naming the argument, its value and what is allowed
     */
    static ClusterSettings settings(Map<String, String> given, Path base) {
        return ClusterSettings.parse(
                given.get("clusterName"),
                given.get("members"),
                given.get("interface"),
                given.get("port"),
                given.get("config"),
                base);
    }

    /** The variable of the environment in whose place the argument stands. */
    private static String variable(String name) {
        return "CLOWDER_" + name.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
    }

    /** The JDK's, but it goes on while the process ends: a member that leaves has something to say. */
    public static final class LastingLog extends LogManager {

        /** For the JDK, which makes it by its name. */
        public LastingLog() {}

        /** The JDK calls it when the process begins to end, beside the member's stop. */
        @Override
        public void reset() {
            // The handlers stay.
        }
    }
}
