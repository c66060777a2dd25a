/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import java.net.BindException;
import java.util.List;

/** Starts Hazelcast, and says what to do when that fails. */
final class MemberStart {

    private MemberStart() {}

    /**
     * A member with this configuration, which has joined the others or found none.
     *
     * @throws IllegalStateException if it cannot start, with the reason as far as it is known
     */
    static HazelcastInstance of(Config config) {
        try {
            return Hazelcast.newHazelcastInstance(config);
        } catch (RuntimeException e) {
            if (isCausedByBind(e)) {
                throw new IllegalStateException(noPort(config), e);
            }
            throw new IllegalStateException(
                    "Hazelcast did not start (" + e.getMessage() + "); its own messages above say why. If it could not"
                            + " join: a host listed in members that accepts connections but does not answer is given "
                            + new HazelcastProperties(config).getSeconds(ClusterProperty.MAX_JOIN_SECONDS) + " s",
                    e);
        }
    }

    /**
     * As the other; where other processes listen and do not answer, a member of a cluster of its own, which then looks for theirs:
     * Hazelcast would wait for them, and fail.
     *
     * @throws IllegalStateException if it cannot start, with the reason as far as it is known
     */
    static HazelcastInstance without(Unheard unheard, Config config) {
        if (!unheard.isAny()) {
            return of(config);
        }
        TcpIpConfig others = MemberRules.join(config).getTcpIpConfig();
        List<String> members = List.copyOf(others.getMembers());
        others.setMembers(List.of());
        try {
            return of(config);
        } finally {
            others.setMembers(members); // Hazelcast reads them each time that it looks for clusters to merge with
        }
    }

    private static boolean isCausedByBind(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return true;
            }
        }
        return false;
    }

    private static String noPort(Config config) {
        String ports = "port " + ports(MemberEndpoint.of(config));
        String names = "port";
        if (config.getAdvancedNetworkConfig().getEndpointConfigs().get(EndpointQualifier.CLIENT)
                instanceof ServerSocketEndpointConfig clients) {
            ports += " (or clientPort " + ports(clients) + ")";
            names = "port (or clientPort)";
        }
        return ports + ": all are taken, or the interface is not this machine's; free one or set " + names
                + " to where " + ClusterSettings.PORTS + " ports are free";
    }

    private static String ports(ServerSocketEndpointConfig endpoint) {
        int last = MemberEndpoint.lastPort(endpoint.getPort(), endpoint.isPortAutoIncrement(), endpoint.getPortCount());
        return endpoint.getPort() + " cannot be used, nor any other up to " + last;
    }

    /**
     * Hazelcast's logger, first touched under our class loader: Tomcat's log manager keeps loggers by the thread's one.
     */
    static final class HazelcastLog {

        /** java.util.logging keeps loggers weakly: without this reference the level would be forgotten. */
        private static final java.util.logging.Logger LOGGER = java.util.logging.Logger.getLogger("com.hazelcast");

        private static final java.util.logging.Logger CONNECTIONS =
                java.util.logging.Logger.getLogger("com.hazelcast.client.impl.connection");

        private HazelcastLog() {}

        /** A start tells about twenty things at INFO; unless the operator wants them, warnings are enough. */
        static void quiet() {
            if (LOGGER.getLevel() == null && LOGGER.isLoggable(java.util.logging.Level.INFO)) {
                LOGGER.setLevel(java.util.logging.Level.WARNING);
            }
        }

        /**
         * A client that was connected warns of each attempt at each address as long as the cluster is away, which may be long;
         * our own line says it once. At a start that fails these warnings say why.
         */
        static void quietAttempts() {
            if (CONNECTIONS.getLevel() == null && CONNECTIONS.isLoggable(java.util.logging.Level.WARNING)) {
                CONNECTIONS.setLevel(java.util.logging.Level.SEVERE);
            }
        }
    }
}
