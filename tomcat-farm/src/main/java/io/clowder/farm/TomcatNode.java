/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One real Tomcat as a process of its own: a CATALINA_BASE that a {@link TomcatLayout} wrote, and the process that runs
 * on it. A node can be started again on the same base after it was stopped or killed.
 *
 * <p>It listens on the loopback interface only. No node outlives this JVM, unless this JVM is killed the hard way.
 * One thread drives a node; any thread may look at it.
 */
public final class TomcatNode implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration LAST_STOP = Duration.ofSeconds(10);
    private static final int TAIL = 4_000;
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();
    /** This JVM ends: what a thread still starts must not outlive it. */
    private static volatile boolean stopping;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(TomcatNode::stopAll, "tomcat-farm-shutdown"));
    }

    private final TomcatLayout layout;
    private final Path log;
    private volatile @Nullable Process process;
    private volatile long logStart;

    TomcatNode(TomcatLayout layout) {
        this.layout = layout;
        this.log = layout.base().resolve("logs/catalina.out");
    }

    /** A node of the given Tomcat; {@code base} is made, and must not hold anything but an earlier node's base. */
    public static TomcatLayout.Builder builder(TomcatDistribution tomcat, Path base) {
        return new TomcatLayout.Builder(tomcat, base);
    }

    /** Starts the process and returns at once; see {@link #awaitReady}. */
    public TomcatNode start() {
        if (isAlive()) {
            throw new IllegalStateException(this + " runs already");
        }
        try {
            Files.createDirectories(log.getParent());
            logStart = Files.exists(log) ? Files.size(log) : 0;
            ProcessBuilder builder = new ProcessBuilder(layout.command())
                    .directory(layout.base().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            // Options meant for this JVM are not meant for its child.
            builder.environment().remove("JDK_JAVA_OPTIONS");
            builder.environment().putAll(layout.environment());
            Process started = builder.start();
            started.getOutputStream().close();
            RUNNING.add(started);
            if (stopping) {
                started.destroyForcibly();
            }
            process = started;
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until a GET of {@code path} (with the context path, for instance {@code /sample/status}) is answered with a
     * status below 400.
     *
     * @throws IllegalStateException with the end of the log, if the process ended, if Tomcat is up and answers
     *     otherwise, or at the timeout
     */
    public TomcatNode awaitReady(String path, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        String last = "no answer";
        while (System.nanoTime() < deadline) {
            // Looked at before asking: a web application that is up answers from here on.
            boolean up = logOfThisStart().contains("Server startup in");
            if (!isAlive()) {
                throw new IllegalStateException(this + " ended before it was ready\n" + logTail());
            }
            try {
                int status = status(path);
                if (status < 400) {
                    return this;
                }
                last = "status " + status;
                if (up) {
                    break;
                }
            } catch (IOException e) {
                last = e.toString();
            }
            pause();
        }
        throw new IllegalStateException(this + " is not ready: " + path + " gave " + last + "\n" + logTail());
    }

    /**
     * Waits until the log of this start contains {@code text}.
     *
     * @return the first line that contains it
     * @throws IllegalStateException with the end of the log, if the process ended without it, or at the timeout
     */
    public String awaitLog(String text, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            boolean last = !isAlive() || System.nanoTime() >= deadline;
            for (String line : logOfThisStart().split("\n", -1)) {
                if (line.contains(text)) {
                    return line;
                }
            }
            if (last) {
                throw new IllegalStateException(
                        this + (isAlive() ? " did not write '" : " ended without '") + text + "'\n" + logTail());
            }
            pause();
        }
    }

    /** Asks Tomcat to stop (SIGTERM) and waits; the time it took. Kills it and complains if it takes longer. */
    public Duration stop(Duration timeout) {
        Process running = running();
        long begin = System.nanoTime();
        running.destroy();
        if (!ended(running, timeout)) {
            String threads = threadDump();
            kill();
            throw new IllegalStateException(
                    this + " did not stop within " + timeout + "\n" + threads + "\n" + logTail());
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /** As {@link #stop(Duration)}, with 30 seconds. */
    public Duration stop() {
        return stop(Duration.ofSeconds(30));
    }

    /** Ends the process without a chance to tidy up ({@code kill -9}), and waits until it is gone. */
    public void kill() {
        Process running = running();
        running.destroyForcibly();
        if (!ended(running, Duration.ofSeconds(10))) {
            throw new IllegalStateException(this + " survived SIGKILL");
        }
    }

    /** Stops the process as a long pause would (SIGSTOP): its connections stay open, nobody answers. */
    public void freeze() {
        signal("STOP");
    }

    /** Lets a frozen process go on (SIGCONT). */
    public void thaw() {
        signal("CONT");
    }

    /** Waits for the process to end by itself, or by somebody else's hand; false at the timeout. */
    public boolean awaitExit(Duration timeout) {
        Process one = process;
        return one == null || ended(one, timeout);
    }

    /** The exit code of the last start, once the process has ended. */
    public CompletableFuture<Integer> onExit() {
        return last().onExit().thenApply(Process::exitValue);
    }

    public boolean isAlive() {
        Process one = process;
        return one != null && one.isAlive();
    }

    /** The process id of the last start. */
    public long pid() {
        return last().pid();
    }

    /** The exit code of the last start, which must have ended. */
    public int exitCode() {
        return last().exitValue();
    }

    public int port() {
        return layout.port();
    }

    public @Nullable String route() {
        return layout.route();
    }

    public Path base() {
        return layout.base();
    }

    /** {@code http://localhost:<port>}, without a slash at the end. */
    public URI url() {
        return URI.create("http://localhost:" + layout.port());
    }

    /** The address of a path, which begins with a slash and the context path. */
    public URI url(String path) {
        return URI.create(url() + path);
    }

    /** All that the node wrote since its base was made: Tomcat's log, standard output and standard error. */
    public String log() {
        return logFrom(0);
    }

    /** As {@link #log()}, from the last start on. */
    public String logOfThisStart() {
        return logFrom(logStart);
    }

    /** What the threads do, as {@code jcmd Thread.print} tells it. */
    public String threadDump() {
        return jcmd("Thread.print");
    }

    /** The answer of the JDK's {@code jcmd} to a command for this process, for instance {@code GC.class_histogram}. */
    public String jcmd(String... command) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        line.add(Long.toString(running().pid()));
        line.addAll(List.of(command));
        return run(line);
    }

    /** Leaves no process behind, without waiting for Tomcat to stop properly. */
    @Override
    public void close() {
        if (isAlive()) {
            kill();
        }
    }

    @Override
    public String toString() {
        String name = layout.route() == null ? "Tomcat" : "Tomcat " + layout.route();
        return name + " (" + layout.tomcat().version() + ", port " + layout.port() + ")";
    }

    private Process last() {
        Process one = process;
        if (one == null) {
            throw new IllegalStateException(this + " was never started");
        }
        return one;
    }

    private Process running() {
        if (!isAlive()) {
            throw new IllegalStateException(this + " does not run");
        }
        return last();
    }

    private int status(String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) url(path).toURL().openConnection();
        // Tomcat's port takes connections long before the web applications are up.
        connection.setConnectTimeout(1_000);
        connection.setReadTimeout(1_000);
        connection.setInstanceFollowRedirects(false);
        connection.setRequestProperty("Connection", "close");
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    private String logFrom(long start) {
        if (!Files.exists(log)) {
            return "";
        }
        try (InputStream in = Files.newInputStream(log)) {
            in.skipNBytes(start);
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String logTail() {
        String text = logOfThisStart();
        return "... " + text.substring(Math.max(0, text.length() - TAIL));
    }

    private void signal(String name) {
        run(List.of("kill", "-" + name, Long.toString(running().pid())));
    }

    private static String run(List<String> command) {
        try {
            Process one = new ProcessBuilder(command).redirectErrorStream(true).start();
            one.getOutputStream().close();
            String output = new String(one.getInputStream().readAllBytes(), UTF_8);
            if (!ended(one, Duration.ofSeconds(10)) || one.exitValue() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean ended(Process one, Duration timeout) {
        try {
            boolean ended = one.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (ended) {
                RUNNING.remove(one);
            }
            return ended;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }

    // In parallel: two nodes that stop at the same time help each other least by waiting for each other.
    private static void stopAll() {
        stopping = true;
        RUNNING.forEach(Process::destroy);
        long deadline = System.nanoTime() + LAST_STOP.toNanos();
        for (Process one : RUNNING) {
            if (!ended(one, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
                one.destroyForcibly();
            }
        }
    }
}
