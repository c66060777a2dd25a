/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A cluster of Hazelcast as it comes from Maven Central: each member a process that has its jar alone, and a name, ports and addresses. */
final class StockMembers implements AutoCloseable {
    private final String cluster;
    private final Path folder;
    private final int firstPort;
    private final List<DedicatedMembers.Member> all = new ArrayList<>();

    StockMembers(String cluster, Path folder, int firstPort) {
        this.cluster = cluster;
        this.folder = folder;
        this.firstPort = firstPort;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "stock-members-shutdown"));
    }

    /** The addresses of the first three members. */
    String addresses() {
        return "127.0.0.1:%d, 127.0.0.1:%d, 127.0.0.1:%d".formatted(firstPort, firstPort + 1, firstPort + 2);
    }

    /** One more, at the next port, as part of a cluster of so many. */
    DedicatedMembers.Member start(int members) {
        int port = firstPort + all.size();
        try {
            Path config = Files.createDirectories(folder).resolve("hazelcast-" + port + ".yaml");
            Files.writeString(config, """
                    hazelcast:
                      cluster-name: %s
                      network:
                        port: {port: %d, auto-increment: false}
                        interfaces: {enabled: true, interfaces: [127.0.0.1]}
                        join:
                          auto-detection: {enabled: false}
                          tcp-ip: {enabled: true, member-list: [%s]}
                      properties:
                        hazelcast.socket.bind.any: false
                        hazelcast.phone.home.enabled: false
                    """.formatted(cluster, port, quoted()));
            Path log = folder.resolve("member-" + port + ".log");
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Dhazelcast.config=" + config,
                            "-cp",
                            jar().toString(),
                            "com.hazelcast.core.server.HazelcastMemberStarter")
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            DedicatedMembers.Member member = new DedicatedMembers.Member(process, port, log);
            all.add(member);
            await("a stock member")
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(member.said()).contains("is STARTED", "Members {size:" + members));
            return member;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String quoted() {
        return "\"" + addresses().replace(", ", "\", \"") + "\"";
    }

    /** The one that Tomcats have, too. */
    private static Path jar() throws IOException {
        try (Stream<Path> lib = Files.list(Path.of(System.getProperty("clowder.lib")))) {
            return lib.filter(jar -> jar.getFileName().toString().matches("hazelcast-[0-9.]+\\.jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Those that run, the oldest first. */
    List<DedicatedMembers.Member> running() {
        return all.stream().filter(member -> member.process().isAlive()).toList();
    }

    /** None has missed a class, or met bytes that it could not read. */
    void assertNothingMissed() {
        for (DedicatedMembers.Member member : all) {
            assertThat(member.said().lines())
                    .noneMatch(line -> line.contains("ClassNotFound")
                            || line.contains("NoClassDefFound")
                            || line.contains("HazelcastSerializationException")
                            || line.contains("SEVERE"));
        }
    }

    @Override
    public void close() {
        all.forEach(member -> member.process().destroyForcibly());
    }
}
