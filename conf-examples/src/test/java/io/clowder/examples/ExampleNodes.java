/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.Browser;
import io.clowder.farm.TomcatDistribution;
import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Two Tomcats, a and b, with the files of one example in their conf folders. Replaced are only ports, addresses, the route
 * of the second node and the cluster name, so that two builds on one machine do not meet; an example that has no such
 * settings gets them from a ServerListener in server.xml.
 */
final class ExampleNodes implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(90);
    private static final Path EXAMPLES = Path.of("").toAbsolutePath();

    private final Path example;
    private final int port;
    private final String cluster;
    private final Map<String, TomcatNode> nodes = new LinkedHashMap<>();
    private final List<DedicatedMember> dedicated = new ArrayList<>();

    /**
     * Lays out the nodes.
     *
     * @param port the first port that the members may use; twenty belong to this example, and the next twenty to clients
     */
    ExampleNodes(int tomcat, String example, int port) {
        this.example = EXAMPLES.resolve(example);
        this.port = port;
        this.cluster = example + "-" + ProcessHandle.current().pid();
        Path folder = EXAMPLES.resolve("target/nodes").resolve(example);
        delete(folder);
        for (String name : List.of("a", "b")) {
            TomcatNode node = TomcatNode.builder(TomcatDistribution.ofMajor(tomcat), folder.resolve(name))
                    .libs(Path.of(System.getProperty("clowder.lib")))
                    .app("shop", EXAMPLES.resolve("src/test/webapp"))
                    .jvmOptions(
                            "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "@" + folder.resolve("options"))
                    .build();
            nodes.put(name, node);
            configure(node, name);
        }
    }

    TomcatNode get(String name) {
        return nodes.get(name);
    }

    /** Starts both, and waits until they serve. */
    void start(String... jvmOptions) {
        write(get("a").base().resolveSibling("options"), String.join("\n", jvmOptions));
        nodes.values().forEach(TomcatNode::start);
        nodes.values().forEach(node -> node.awaitReady("/shop/members.jsp", START));
    }

    /** Waits until both are in one cluster, and everything has its backup. */
    void awaitSettled() {
        Browser browser = new Browser(Duration.ofSeconds(20));
        for (TomcatNode node : nodes.values()) {
            await("members of " + node)
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(
                                    browser.get(node.url("/shop/members.jsp")).body())
                            .isEqualTo("2"));
        }
    }

    private int clientPort() {
        return port + 20;
    }

    /** Starts one member as the script in the distribution does, and waits until it is one of so many. */
    DedicatedMember startMember(int members) {
        Path distribution = Path.of(System.getProperty("clowder.lib")).resolveSibling("conf-examples");
        Path log = get("a").base().resolveSibling("member-" + members + ".log");
        try {
            ProcessBuilder builder = new ProcessBuilder(
                            "sh",
                            distribution.resolve("dedicated-cluster/member.sh").toString(),
                            "port=" + port,
                            "clientPort=" + clientPort())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().put("CLOWDER_CLUSTER_NAME", cluster);
            builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
            builder.environment().put("JAVA_OPTS", "-Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
            DedicatedMember member = new DedicatedMember(builder.start(), log);
            dedicated.add(member);
            String joined = members == 1 ? "no other member seen" : members + " members seen";
            await("a dedicated member")
                    .atMost(START)
                    .untilAsserted(() -> assertThat(member.said()).contains("Dedicated member: ", joined));
            return member;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The process of a dedicated member: the script's own, as it ends in exec. */
    record DedicatedMember(Process process, Path log) {
        String said() {
            return read(log);
        }
    }

    /** The options that setenv.sh gives to a Tomcat, as a shell understands them. */
    static String[] setenv() {
        try {
            Process shell = new ProcessBuilder(
                            "sh", "-euc", "CATALINA_OPTS=; . ./setenv/setenv.sh; echo $CATALINA_OPTS")
                    .directory(EXAMPLES.toFile())
                    .redirectErrorStream(true)
                    .start();
            String options = new String(shell.getInputStream().readAllBytes()).strip();
            assertThat(options).startsWith("--add-modules=java.se ");
            return options.split(" ");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void configure(TomcatNode node, String name) {
        Path conf = node.base().resolve("conf");
        Path ownServer = example.resolve("server.xml");
        // An example without a server.xml leaves Tomcat's own as it is: here, that of the farm.
        String server = read(Files.exists(ownServer) ? ownServer : conf.resolve("server.xml"));
        String context = read(example.resolve("context.xml"));
        String configured = replaced(server, node, name);
        boolean named = !replaced(context, node, name).equals(context)
                || context.contains("config=")
                || server.contains("ServerListener");
        write(conf.resolve("server.xml"), named ? configured : withListener(configured));
        write(conf.resolve("context.xml"), replaced(context, node, name));
        Path hazelcast = example.resolve("hazelcast.xml");
        if (Files.exists(hazelcast)) {
            String xml = read(hazelcast)
                    .replace("<cluster-name>clowder<", "<cluster-name>" + cluster + "<")
                    .replace(">5701<", ">" + port + "<");
            assertThat(xml).contains(cluster, ">" + port + "<");
            write(conf.resolve("hazelcast.xml"), xml);
        }
    }

    private String replaced(String xml, TomcatNode node, String name) {
        String address = name.equals("a") ? "127.0.0.2" : "127.0.0.3";
        return xml.replace("port=\"8005\"", "port=\"-1\"")
                .replace("<Connector port=\"8080\"", "<Connector address=\"127.0.0.1\" port=\"" + node.port() + "\"")
                .replace("jvmRoute=\"a\"", "jvmRoute=\"" + name + "\"")
                .replace("\"shop-production\"", "\"" + cluster + "\"")
                .replace("\"10.0.0.11, 10.0.0.12\"", "\"127.0.0.2, 127.0.0.3\"")
                .replace(
                        "\"10.0.0.21, 10.0.0.22\"",
                        "\"127.0.0.1:" + clientPort() + ", 127.0.0.1:" + (clientPort() + 1) + "\"")
                .replace("\"10.0.0.*\"", "\"" + address + "\" port=\"" + port + "\"");
    }

    private String withListener(String server) {
        int end = server.indexOf('>', server.indexOf("<Server ")) + 1;
        return server.substring(0, end) + "\n  <Listener className=\"io.clowder.tomcat.ServerListener\" clusterName=\""
                + cluster + "\" port=\"" + port + "\"/>" + server.substring(end);
    }

    @Override
    public void close() {
        nodes.values().forEach(TomcatNode::close);
        dedicated.forEach(member -> member.process().destroyForcibly());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
