/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.client.config.ClientConnectionStrategyConfig.ReconnectMode;
import com.hazelcast.core.HazelcastInstance;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Configures a Hazelcast client and starts it, and says what to do when it finds no cluster. */
final class ClientStart {

    /** Measured in HAZELCAST.md; each may be set otherwise as a system property. */
    private static final Map<String, String> PROPERTIES = Map.of(
            "hazelcast.logging.type", "jdk",
            "hazelcast.client.statistics.enabled", "false",
            // A frozen member is given up after that: the invocation timeout bounds repeats, not a call without an
            // answer.
            "hazelcast.client.heartbeat.interval", "1000",
            "hazelcast.client.heartbeat.timeout", "5000",
            "hazelcast.client.invocation.timeout.seconds", "5",
            "hazelcast.client.event.thread.count", "1",
            "hazelcast.client.operation.fail.on.indeterminate.state", "true");

    private static final int CONNECT_MILLIS = 1_000;
    private static final int FIRST_BACKOFF_MILLIS = 500;
    private static final int LONGEST_BACKOFF_MILLIS = 5_000;

    /** How many ports are tried on another machine, where none is named: as many as Hazelcast's own client would. */
    private static final int REMOTE_PORTS = 3;

    private ClientStart() {}

    /** What a client of the cluster that the settings name has. */
    static ClientConfig config(ClusterSettings settings, UUID nodeId) {
        ClientConfig config = new ClientConfig();
        config.setClusterName(settings.clusterName());
        config.setInstanceName("clowder-" + nodeId.toString().substring(0, 8));
        config.addLabel(AskConnected.label(nodeId));
        config.setClassLoader(OurLoader.LOADER);
        PROPERTIES.forEach((name, value) -> {
            if (config.getProperty(name) == null) {
                config.setProperty(name, value);
            }
        });
        config.getMetricsConfig().setEnabled(false);
        // Then the owner waits for its backups, and fails as it does when a member asks.
        config.setBackupAckToClientEnabled(false);
        // Names are resolved at each attempt: members may come back elsewhere.
        config.getNetworkConfig()
                .setAddresses(addresses(settings).stream()
                        .flatMap(ClientStart::withPorts)
                        .toList())
                .setConnectionTimeout(CONNECT_MILLIS);
        config.getConnectionStrategyConfig().setAsyncStart(true).setReconnectMode(ReconnectMode.ASYNC);
        config.getConnectionStrategyConfig()
                .getConnectionRetryConfig()
                .setInitialBackoffMillis(FIRST_BACKOFF_MILLIS)
                .setMaxBackoffMillis(LONGEST_BACKOFF_MILLIS)
                .setMultiplier(2)
                .setClusterConnectTimeoutMillis(Long.MAX_VALUE);
        config.getSerializationConfig()
                .addDataSerializableFactory(ClowderSerialization.FACTORY_ID, new ClowderSerialization())
                .addDataSerializableFactory(Ping.FACTORY_ID, Ping::forClass)
                .setJavaSerializationFilterConfig(MemberConfig.javaSerializationFilter());
        return config;
    }

    /** Where members may be; none named means this machine. */
    static List<String> addresses(ClusterSettings settings) {
        return settings.members().isEmpty() ? List.of("127.0.0.1") : settings.members();
    }

    /**
     * The addresses that an address stands for: Hazelcast itself would try the ports of members. Where an address may be that
     * of a machine that is off, each port costs a second.
     */
    private static Stream<String> withPorts(String address) {
        String host = ClusterSettings.host(address);
        boolean v6 = host.indexOf(':') >= 0;
        if (!address.equals(host)) {
            return Stream.of(address);
        }
        int ports = ClusterSettings.isLoopbackHost(host) ? ClusterSettings.PORTS : REMOTE_PORTS;
        return IntStream.range(ClientPort.FIRST, ClientPort.FIRST + ports)
                .mapToObj(port -> (v6 ? "[" + host + "]" : host) + ":" + port);
    }

    /**
     * A client that is connected, or looks for members.
     *
     * @param wanted where the operator says that members are
     * @param link hears of its connections
     * @param patience how long to wait for the first one
     * @param needed whether it must be there by then
     * @throws IllegalStateException if it must and is not, with what to look for
     */
    static HazelcastInstance of(
            ClientConfig config, List<String> wanted, Link link, Duration patience, boolean needed) {
        link.in(config);
        HazelcastInstance client = HazelcastClient.newHazelcastClient(config);
        if (!link.awaitFirst(patience) && needed) {
            client.getLifecycleService().terminate();
            throw new IllegalStateException("no member of cluster '" + config.getClusterName()
                    + "' has let this client in at "
                    + String.join(", ", wanted) + " within " + patience.toSeconds()
                    + " s; start the dedicated members first, with the same clusterName, and give their hosts as members, and"
                    + " their clientPort if it is not " + ClientPort.FIRST
                    + "; of a Hazelcast server without Clowder's jars, give the port, as in 127.0.0.1:5701");
        }
        return client;
    }
}
