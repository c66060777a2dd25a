/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * redisson-tomcat with the Redis of this machine, if there is one; Maven fetches the libraries.
 *
 * @param port of the Redis server that is started
 */
record RedissonTomcat(int port) implements Contender {
    private static final String SERVER = "redis-server";
    private static final Path POM = Path.of("benchmarks", "redisson", "pom.xml");
    private static final Path LIB = Path.of("benchmarks", "target", "redisson");
    private static final Duration START = Duration.ofSeconds(10);

    @Override
    public String key() {
        return "redisson";
    }

    @Override
    public String title() {
        return "redisson-tomcat";
    }

    @Override
    public String about() {
        return "`readMode=\"REDIS\"`, as its memory mode serves stale reads, `updateMode=\"DEFAULT\"`; "
                + "Redis on this machine, without persistence and without a replica";
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public @Nullable String missing() {
        boolean installed = Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, SERVER)));
        return installed ? null : "not installed: no " + SERVER + " in the PATH";
    }

    @Override
    public Span span() {
        return new Span(port, 1);
    }

    @Override
    public void layOut(TomcatLayout.Builder builder, int node) {
        fetch();
        builder.libs(LIB).logLevel("org.redisson", "WARNING");
    }

    private static void fetch() {
        if (Files.isDirectory(LIB)) {
            return;
        }
        List<String> command = List.of("mvn", "-q", "-B", "-f", POM.toString(), "dependency:copy-dependencies");
        try {
            if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
                throw new IllegalStateException("Failed: " + String.join(" ", command));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }

    @Override
    public String manager(String app) {
        return "<Manager className=\"org.redisson.tomcat.RedissonSessionManager\" keyPrefix=\"" + app
                + "\" configPath=\"${catalina.base}/conf/redisson.yaml\" readMode=\"REDIS\" updateMode=\"DEFAULT\"/>";
    }

    @Override
    public List<Process> prepare(List<TomcatNode> nodes) throws IOException {
        for (TomcatNode node : nodes) {
            String yaml = "singleServerConfig:\n  address: \"redis://127.0.0.1:" + port + "\"\n";
            Files.writeString(node.base().resolve("conf/redisson.yaml"), yaml, UTF_8);
        }
        Path log = nodes.get(0).base().resolve("logs/redis.log");
        Files.createDirectories(log.getParent());
        String[] command = {
            SERVER, "--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"
        };
        Process server = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        // Tomcats end with this JVM; so must it.
        Runtime.getRuntime().addShutdownHook(new Thread(server::destroy, "redis-end"));
        awaitReady(server, log);
        return List.of(server);
    }

    private static void awaitReady(Process server, Path log) throws IOException {
        long deadline = System.nanoTime() + START.toNanos();
        while (!Files.readString(log).contains("Ready to accept connections")) {
            try {
                if (server.waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                    server.destroy();
                    throw new IllegalStateException("Redis does not start; see " + log);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted", e);
            }
        }
    }
}
