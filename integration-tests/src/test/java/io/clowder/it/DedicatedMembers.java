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
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The members of a dedicated cluster, each a process of its own that runs on what is in Tomcat's lib. */
final class DedicatedMembers implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    private final String cluster;
    private final Path folder;
    private final List<Member> all = new ArrayList<>();

    DedicatedMembers(String cluster, Path folder) {
        this.cluster = cluster;
        this.folder = folder;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "dedicated-members-shutdown"));
    }

    /** One process, and the first port that was tried for clients. */
    record Member(Process process, int clientPort, Path log) {

        String said() {
            try {
                return Files.readString(log);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** As kill -9. */
        void kill() throws InterruptedException {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }

        /** It stands still (SIGSTOP). */
        void freeze() {
            signal("STOP");
        }

        /** It goes on (SIGCONT). */
        void thaw() {
            signal("CONT");
        }

        private void signal(String name) {
            try {
                Process sent = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
                assertThat(sent.onExit().join().exitValue()).isZero();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** As SIGTERM, and waits. */
        void stop() throws InterruptedException {
            process.destroy();
            assertThat(process.waitFor(25, TimeUnit.SECONDS)).as(said()).isTrue();
        }
    }

    /** One more, for clients at this port of 127.0.0.1 or one of the next, as part of a cluster of so many, at most three. */
    Member start(int clientPort, int members) {
        return start("127.0.0.1", clientPort, members);
    }

    /** As above, at another address of this machine. */
    Member start(String address, int clientPort, int members) {
        int port = clientPort - 100;
        try {
            Path log = Files.createDirectories(folder).resolve("member-" + all.size() + ".log");
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Djava.util.logging.config.file=" + logging(),
                            "-cp",
                            Path.of(System.getProperty("clowder.lib"))
                                    .resolve("*")
                                    .toString(),
                            "io.clowder.hazelcast.DedicatedMember",
                            "clusterName=" + cluster,
                            "interface=" + address,
                            // With ports: without, Hazelcast waits 5 s at each of twenty, when it looks for a cluster
                            // to merge with.
                            IntStream.range(port, port + 3)
                                    .mapToObj(each -> address + ":" + each)
                                    .collect(Collectors.joining(",", "members=", "")),
                            "port=" + port,
                            "clientPort=" + clientPort)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            Member member = new Member(process, clientPort, log);
            all.add(member);
            String joined = members == 1 ? "no other member seen" : members + " members seen";
            await("a dedicated member")
                    .atMost(START)
                    .untilAsserted(() -> assertThat(member.said()).contains("Dedicated member: ", joined));
            return member;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a member says by itself, and when it has moved partitions. */
    private Path logging() throws IOException {
        return Files.writeString(folder.resolve("logging.properties"), """
                handlers = java.util.logging.ConsoleHandler
                .level = INFO
                com.hazelcast.internal.partition.impl.MigrationManagerImpl.level = INFO
                """);
    }

    /**
     * One more beside those that run and have sessions: when this returns, it has its share of them, one of two all. Hazelcast may
     * begin to move partitions before the new member is through with its start, fail, and begin anew.
     */
    Member startBeside() {
        Member oldest = running().get(0);
        int said = oldest.said().length();
        Member next = start(oldest.clientPort(), running().size() + 1);
        await("its share")
                .atMost(START)
                .until(() -> oldest.said().substring(said).contains("All migration tasks have been completed"));
        return next;
    }

    /** Those that run, the oldest first. */
    List<Member> running() {
        return all.stream().filter(member -> member.process().isAlive()).toList();
    }

    /** As kill -9 of all. */
    void killAll() throws InterruptedException {
        for (Member member : running()) {
            member.kill();
        }
    }

    @Override
    public void close() {
        all.forEach(member -> member.process().destroyForcibly());
    }
}
