/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.Ports;
import io.clowder.farm.TomcatDistribution;
import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Real Tomcats of the version under test with Clowder in their lib, in one cluster of their own. */
final class Nodes implements AutoCloseable {
    static final Duration START = Duration.ofSeconds(90);
    static final String CLASS = "io.clowder.tomcat.ClowderManager";

    private static final int MAJOR = Integer.getInteger("clowder.tomcat", 10);

    private final String cluster;
    private final int port;
    private final String membership;
    private final Path folder;
    private final List<TomcatNode> nodes = new ArrayList<>();
    private final Map<TomcatNode, Integer> shutdownPorts = new HashMap<>();

    /**
     * A cluster without nodes.
     *
     * @param name tells it from those of other test classes
     * @param port the first port that its members may use; each test class has twenty of its own
     */
    Nodes(String name, int port) {
        this(name, port, cluster -> "clusterName=\"" + cluster + "\" port=\"" + port + "\"");
    }

    /**
     * Nodes of which none is a member.
     *
     * @param membership the attributes that put a Manager into the cluster of that name
     */
    Nodes(String name, UnaryOperator<String> membership) {
        this(name, 0, membership);
    }

    private Nodes(String name, int port, UnaryOperator<String> membership) {
        // Two builds on one machine must not meet.
        this.cluster = "its-" + name + "-" + ProcessHandle.current().pid();
        this.port = port;
        this.membership = membership.apply(cluster);
        this.folder = Path.of("target", "nodes", "tomcat-" + MAJOR, name).toAbsolutePath();
        delete(folder);
    }

    static TomcatDistribution tomcat() {
        return TomcatDistribution.ofMajor(MAJOR);
    }

    Path folder() {
        return folder;
    }

    String cluster() {
        return cluster;
    }

    int firstPort() {
        return port;
    }

    /** The attributes that put a Manager into this cluster. */
    String membership() {
        return membership;
    }

    /** The one line of context.xml, with more attributes. */
    String managerLine(String more) {
        return "<Manager className=\"" + CLASS + "\" " + membership() + " " + more + "/>";
    }

    /** What every node of the tests has; small, as two cores run them. */
    private TomcatLayout.Builder layout(TomcatDistribution tomcat, String name, int shutdownPort) {
        return TomcatNode.builder(tomcat, folder.resolve(name))
                .libs(Path.of(System.getProperty("clowder.lib")))
                .context(managerLine(""))
                .shutdownPort(shutdownPort)
                .jvmOptions("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto");
    }

    /** Starts a node whose jvmRoute is its name, with the applications given. */
    TomcatNode start(String name, UnaryOperator<TomcatLayout.Builder> more, WebApp... apps) {
        return start(tomcat(), name, more, apps);
    }

    /** As the other one, of a Tomcat of any version. */
    TomcatNode start(TomcatDistribution tomcat, String name, UnaryOperator<TomcatLayout.Builder> more, WebApp... apps) {
        return started(tomcat, name, builder -> more.apply(builder.route(name)), apps);
    }

    /** Starts a node without a jvmRoute. */
    TomcatNode startWithoutRoute(String name, WebApp... apps) {
        return started(tomcat(), name, UnaryOperator.identity(), apps);
    }

    /** Lays out a node that somebody else starts on its base; it has Tomcat's own manager application. */
    TomcatNode laidOut(String name) {
        return layout(tomcat(), name, -1)
                .route(name)
                .user("admin", "admin", "manager-script", "manager-jmx")
                .app("manager", tomcat().home().resolve("webapps/manager"))
                .build();
    }

    private TomcatNode started(
            TomcatDistribution tomcat, String name, UnaryOperator<TomcatLayout.Builder> more, WebApp... apps) {
        int shutdownPort = Ports.reserve();
        TomcatLayout.Builder builder = layout(tomcat, name, shutdownPort);
        for (WebApp app : apps) {
            builder.app(app.name(), app.war(folder.resolve(name + "-wars")));
        }
        TomcatNode node = more.apply(builder).start();
        nodes.add(node);
        shutdownPorts.put(node, shutdownPort);
        return node;
    }

    /** Starts what is not running and waits until all are one cluster in which every partition has its backup. */
    void settled() {
        nodes.stream().filter(node -> !node.isAlive()).forEach(TomcatNode::start);
        for (TomcatNode node : nodes) {
            node.awaitReady("/probe/do?q=hello", START);
            // A frozen or lonely node would make each later test fail with a riddle.
            await("members of " + node).atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                assertThat(cluster(node, "members")).isEqualTo("" + nodes.size());
                assertThat(cluster(node, "safe")).isEqualTo("true");
            });
        }
    }

    /** Sends Tomcat's shutdown command: the process ends by itself, unless a thread that is no daemon is left. */
    void sendShutdown(TomcatNode node) {
        try (Socket socket = new Socket("127.0.0.1", Objects.requireNonNull(shutdownPorts.get(node)))) {
            socket.getOutputStream().write("SHUTDOWN".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets time pass that is itself the subject of the test. */
    static void letPass(Duration time) {
        await().pollDelay(time).atMost(time.plusSeconds(30)).until(() -> true);
    }

    /** The lines of a log that contain all the texts. */
    static List<String> linesWith(String log, String... texts) {
        return log.lines()
                .filter(line -> Stream.of(texts).allMatch(line::contains))
                .toList();
    }

    /** The node is no longer part of what {@link #settled} starts; it is killed if it runs. */
    void forget(TomcatNode node) {
        nodes.remove(node);
        node.close();
    }

    /** What the node's Hazelcast member says: {@code members}, {@code safe} or {@code entries}. */
    static String cluster(TomcatNode node, String asked) {
        return asked(node, "cluster=" + asked);
    }

    /** How many of the stored sessions of the cluster contain the text. */
    static int storedWith(TomcatNode node, String text) {
        return Integer.parseInt(asked(node, "cluster=stored&text=" + encoded(text)));
    }

    /** What the cluster keeps of a user's session of an application. */
    static String entry(TomcatNode node, String app, HttpUser user) {
        return asked(node, "cluster=entry&text=" + encoded(user.base() + app));
    }

    /** The hosts of the members that keep a user's session: the owner's, then the backups'. */
    static List<String> replicas(TomcatNode node, HttpUser user) {
        return List.of(
                asked(node, "cluster=replicas&text=" + encoded(user.base())).split(" "));
    }

    /** How many entries of an application this node keeps. */
    static int owned(TomcatNode node, String app) {
        return Integer.parseInt(asked(node, "cluster=owned&text=" + encoded(app)));
    }

    /** Puts what the cluster keeps of a user's session under a hundred thousand other ids, too; how many there are then. */
    static int copied(TomcatNode node, String app, HttpUser user) {
        return Integer.parseInt(asked(node, "cluster=copy&text=" + encoded(user.base() + app)));
    }

    /** How many entries a map of the cluster has. */
    static int sizeOf(TomcatNode node, String map) {
        return Integer.parseInt(asked(node, "cluster=size&text=" + encoded(map)));
    }

    private static String asked(TomcatNode node, String query) {
        Answer answer = new HttpUser().get(node, "/probe/node?" + query);
        assertThat(answer.status())
                .as("%s of %s: %s", query, node, answer.body())
                .isEqualTo(200);
        return answer.body();
    }

    /** An attribute of a platform MBean of the node. */
    static String bean(TomcatNode node, String name, String attribute) {
        return asked(node, "name=" + encoded(name) + "&attribute=" + attribute);
    }

    /** What the operation of a platform MBean of the node returns; one line for each element of an array. */
    static String call(TomcatNode node, String name, String operation) {
        return asked(node, "name=" + encoded(name) + "&call=" + operation);
    }

    /** How many objects of the class are reachable on the node, after a collection. */
    static long objects(TomcatNode node, String className) {
        return Long.parseLong(asked(node, "objects=" + encoded(className)));
    }

    /** A counter of the application's manager on this node. */
    static long counter(TomcatNode node, String app, String name) {
        return Long.parseLong(bean(node, "Catalina:type=Manager,host=localhost,context=" + app, name));
    }

    static List<String> threads(TomcatNode node) {
        return List.of(asked(node, "threads=all").split("\n"));
    }

    /** Waits until a node that was alone has told the cluster of all that it did. */
    static void awaitTold(TomcatNode node) {
        await(node + " tells the cluster")
                .atMost(Duration.ofSeconds(60))
                .until(() -> threads(node).stream().noneMatch("clowder-return"::equals));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        nodes.forEach(TomcatNode::close);
    }
}
