/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What the demo plays on: two Tomcats with the sample as their root application, behind one front door. */
final class Stage implements AutoCloseable {
    static final String USER = "alice";
    static final String PASSWORD = "wonderland";

    private static final Duration START = Duration.ofSeconds(60);
    private static final String STANDARD = "org.apache.catalina.session.StandardManager";

    private final TomcatNode a;
    private final TomcatNode b;
    private final FrontDoor door;

    private Stage(TomcatNode a, TomcatNode b, FrontDoor door) {
        this.a = a;
        this.b = b;
        this.door = door;
    }

    /** Lays out two nodes below {@code dir}, which is emptied, and opens the door; the nodes are not started yet. */
    static Stage set(TomcatDistribution tomcat, String manager, Path dir, int port) throws BindException {
        if (!Ports.isFree(port)) {
            // Before the folder is emptied: it may be in use by the demo that has the port.
            throw new BindException("Port " + port + " is in use");
        }
        empty(dir);
        TomcatNode a = node(tomcat, manager, dir, "a");
        TomcatNode b = node(tomcat, manager, dir, "b");
        return new Stage(a, b, FrontDoor.open(port, a, b));
    }

    /** Starts the nodes that do not run, and waits until they serve. */
    void start() {
        List<TomcatNode> missing =
                nodes().stream().filter(node -> !node.isAlive()).toList();
        missing.forEach(TomcatNode::start);
        missing.forEach(node -> node.awaitReady("/status", START));
    }

    TomcatNode at(int port) {
        return a.port() == port ? a : b;
    }

    TomcatNode other(TomcatNode node) {
        return node == a ? b : a;
    }

    List<TomcatNode> nodes() {
        return List.of(a, b);
    }

    FrontDoor door() {
        return door;
    }

    @Override
    public void close() {
        door.close();
        nodes().forEach(TomcatNode::close);
    }

    private static TomcatNode node(TomcatDistribution tomcat, String manager, Path dir, String route) {
        TomcatLayout.Builder builder = TomcatNode.builder(tomcat, dir.resolve(route))
                .route(route)
                .app("ROOT", Built.sample())
                .user(USER, PASSWORD, "customer")
                .context("<Manager className=\"" + manager + "\"/>")
                // Refuse connections until the application is up: the balancer then asks the other node.
                .connectorAttributes("bindOnInit=\"false\"")
                .jvmOptions("-Xmx384m", "-XX:TieredStopAtLevel=1");
        return manager.equals(STANDARD)
                ? builder.build()
                : builder.libs(Built.distributionLib()).build();
    }

    private static void empty(Path dir) {
        if (!Files.exists(dir)) {
            return;
        }
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
