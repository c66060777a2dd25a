/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Two dedicated members, each a process of its own, that go and come together. One thread drives them. */
final class DedicatedCluster implements AutoCloseable {
    static final int SIZE = 2;

    private static final Duration START = Duration.ofSeconds(60);

    /** From the ports of the members to those where Tomcats connect. */
    private static final int APART = 100;

    private final Path lib;
    private final Path folder;
    private final String name;
    private final int port;
    private final List<Process> members = new ArrayList<>();
    private int started;

    /**
     * None runs yet.
     *
     * @param lib the jars that they run on
     * @param folder for what they write
     * @param port the first of theirs; Tomcats connect a hundred above
     */
    DedicatedCluster(Path lib, Path folder, String name, int port) {
        this.lib = lib;
        this.folder = folder;
        this.name = name;
        this.port = port;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "dedicated-cluster-shutdown"));
    }

    /** What a Tomcat must be told to be their client. */
    String attributes() {
        return "topology=\"client\" members=\"" + addresses(port + APART) + "\"";
    }

    private static String addresses(int first) {
        return "127.0.0.1:" + first + ", 127.0.0.1:" + (first + 1);
    }

    /** Starts an empty cluster: the second member when the first one is there, so that it is one. */
    void start() throws InterruptedException {
        for (int i = 0; i < SIZE; i++) {
            start(folder.resolve("member-" + started++ + ".log"));
        }
    }

    private void start(Path log) throws InterruptedException {
        Process member;
        try {
            Files.createDirectories(folder);
            member = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-cp",
                            lib.resolve("*").toString(),
                            "io.clowder.hazelcast.DedicatedMember",
                            "clusterName=" + name,
                            "interface=127.0.0.1",
                            "members=" + addresses(port),
                            "port=" + port,
                            "clientPort=" + (port + APART))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        synchronized (members) {
            members.add(member);
        }
        long deadline = System.nanoTime() + START.toNanos();
        while (!said(log).contains("Dedicated member: ")) {
            if (!member.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException("A dedicated member does not start: " + said(log));
            }
            Thread.sleep(50);
        }
    }

    private static String said(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends all processes without a chance to tidy up: what they kept is gone. */
    void kill() throws InterruptedException {
        for (Process member : running()) {
            member.destroyForcibly();
            if (!member.waitFor(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("A dedicated member survived SIGKILL");
            }
        }
    }

    /** They stand still, with their connections open. */
    void freeze() throws InterruptedException {
        signal("STOP");
    }

    void thaw() throws InterruptedException {
        signal("CONT");
    }

    private void signal(String signal) throws InterruptedException {
        for (Process member : running()) {
            try {
                int status = new ProcessBuilder("kill", "-" + signal, "" + member.pid())
                        .start()
                        .waitFor();
                if (status != 0) {
                    throw new IllegalStateException("kill -" + signal + " failed");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private List<Process> running() {
        synchronized (members) {
            members.removeIf(member -> !member.isAlive());
            return List.copyOf(members);
        }
    }

    @Override
    public void close() {
        running().forEach(Process::destroyForcibly);
    }
}
