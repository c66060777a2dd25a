/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.core.HazelcastInstance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Hazelcast as it comes from Maven Central: processes of their own, with its jar alone on their class path. What they make of maps
 * that nobody configures is of no use for sessions.
 */
final class StockServer implements AutoCloseable {

    private final String cluster = "stock-" + UUID.randomUUID();
    private final int firstPort;
    private final Path folder;
    private final List<Process> members = new ArrayList<>();
    private final List<Path> logs = new ArrayList<>();
    private final List<HazelcastInstance> clients = new ArrayList<>();

    /** None yet; on 127.0.0.1, from this port on. */
    StockServer(int firstPort) {
        this.firstPort = firstPort;
        try {
            folder = Files.createTempDirectory("stock");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::killAll, "stock-members-shutdown"));
    }

    String cluster() {
        return cluster;
    }

    /** One more, as part of a cluster of so many; at the next port. */
    Process start(int count) {
        int port = firstPort + members.size();
        try {
            Path config = folder.resolve("hazelcast-" + port + ".yaml");
            Files.writeString(config, """
                    hazelcast:
                      cluster-name: %s
                      network:
                        port:
                          port: %d
                          auto-increment: false
                        interfaces:
                          enabled: true
                          interfaces: [127.0.0.1]
                        join:
                          auto-detection: {enabled: false}
                          tcp-ip:
                            enabled: true
                            member-list: ["127.0.0.1:%d", "127.0.0.1:%d", "127.0.0.1:%d"]
                      map:
                        default:
                          time-to-live-seconds: 2
                          backup-count: 0
                      properties:
                        hazelcast.socket.bind.any: false
                        hazelcast.phone.home.enabled: false
                    """.formatted(cluster, port, firstPort, firstPort + 1, firstPort + 2));
            Path log = folder.resolve("member-" + port + ".log");
            members.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx192m",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Dhazelcast.config=" + config,
                            "-cp",
                            jar().toString(),
                            "com.hazelcast.core.server.HazelcastMemberStarter")
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start());
            logs.add(log);
            await("a stock member")
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(
                            () -> assertThat(Files.readString(log)).contains("is STARTED", "Members {size:" + count));
            return members.get(members.size() - 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path jar() {
        try {
            Path jar = Path.of(HazelcastInstance.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            assertThat(jar.getFileName().toString()).matches("hazelcast-[0-9.]+\\.jar");
            return jar;
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Addresses of those that there are, and the one after. */
    List<String> addresses() {
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i <= members.size(); i++) {
            addresses.add("127.0.0.1:" + (firstPort + i));
        }
        return addresses;
    }

    /** What a Tomcat that is their client says. */
    ClusterSettings settings() {
        return new ClusterSettings(cluster, addresses(), null, ClusterSettings.DEFAULT_PORT, null, Topology.CLIENT);
    }

    /** A Hazelcast client with our configuration. */
    HazelcastInstance client() {
        ClientConfig config = ClientStart.config(settings(), UUID.randomUUID());
        // No test freezes a member; a machine that is busy may look as if one did.
        config.setProperty("hazelcast.client.heartbeat.timeout", "60000");
        HazelcastInstance client = ClientStart.of(config, addresses(), new Link(), Duration.ofSeconds(20), true);
        clients.add(client);
        return client;
    }

    /** A client with nothing of ours. */
    HazelcastInstance bareClient() {
        ClientConfig config = new ClientConfig().setClusterName(cluster);
        config.getNetworkConfig().setAddresses(addresses());
        config.setProperty("hazelcast.logging.type", "jdk");
        HazelcastInstance client = HazelcastClient.newHazelcastClient(config);
        clients.add(client);
        return client;
    }

    /** All that the members have said. */
    String said() {
        StringBuilder said = new StringBuilder();
        for (Path log : logs) {
            try {
                said.append(Files.readString(log));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return said.toString();
    }

    /** No member has missed a class, or failed. */
    void assertNothingMissed() {
        assertThat(said().lines().filter(line -> !isOfAClientThatWentAway(line)))
                .noneMatch(line -> line.contains("ClassNotFound")
                        || line.contains("HazelcastSerializationException")
                        || line.contains("SEVERE")
                        || line.contains("Exception"));
    }

    /** A client that is ended while an answer is under way resets its connection. */
    private static boolean isOfAClientThatWentAway(String line) {
        return line.contains(" closed. Reason: Exception in Connection[")
                || line.matches("java\\.(net\\.SocketException|io\\.IOException): (Connection reset.*|Broken pipe)");
    }

    private void killAll() {
        members.forEach(Process::destroyForcibly);
    }

    @Override
    public void close() {
        clients.forEach(client -> client.getLifecycleService().terminate());
        killAll();
    }
}
