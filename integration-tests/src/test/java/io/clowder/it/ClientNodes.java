/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Two Tomcats, clients of a dedicated cluster of two members at ports that both know, or elsewhere. */
final class ClientNodes implements AutoCloseable {

    static final String APP = "/probe";
    static final String FORM = "/form";

    final Nodes nodes;
    final DedicatedMembers members;

    /** Where members wait for Tomcats, and where they do when they come back. */
    final int port;

    final int otherPort;

    /** As the state names them; the first two are a name's, which the file of hosts gives an address. */
    final String addresses;

    private TomcatNode a;
    private TomcatNode b;

    /** None runs yet; members use forty ports from the one given on, and those a hundred below. */
    ClientNodes(String name, int port) {
        this(name, port, "");
    }

    /** As above; each Manager has these attributes, too. */
    ClientNodes(String name, int port, String more) {
        this.port = port;
        this.otherPort = port + 20;
        this.addresses = "members.test:" + port + ", members.test:" + (port + 1) + ", 127.0.0.1:" + otherPort
                + ", 127.0.0.1:" + (otherPort + 1);
        this.nodes = new Nodes(
                name,
                cluster -> "topology=\"client\" clusterName=\"" + cluster + "\" members=\"" + addresses + "\" " + more);
        this.members = new DedicatedMembers(nodes.cluster(), nodes.folder().resolve("members"));
    }

    void start(WebApp... more) {
        nameStandsFor("127.0.0.1");
        members.start(port, 1);
        members.start(port, 2);
        a = nodes.start("a", this::users, apps(more));
        b = nodes.start("b", this::users, apps(more));
    }

    private static WebApp[] apps(WebApp... more) {
        WebApp[] all = new WebApp[more.length + 2];
        all[0] = WebApp.probe("probe");
        all[1] = WebApp.probe("form").login("FORM");
        System.arraycopy(more, 0, all, 2, more.length);
        return all;
    }

    private TomcatLayout.Builder users(TomcatLayout.Builder builder) {
        return builder.user("tom", TwoNodes.PASSWORD, "cat")
                .user("admin", "admin", "manager-script")
                .app("manager", Nodes.tomcat().home().resolve("webapps/manager"))
                .logLevel("com.hazelcast.client.impl.connection.tcp.HeartbeatManager", "WARNING")
                .systemProperty("jdk.net.hosts.file", hosts().toString())
                .systemProperty("sun.net.inetaddr.ttl", "1"); // Java remembers an address for 30 s
    }

    private Path hosts() {
        return nodes.folder().resolve("hosts");
    }

    /** From now on, to both Tomcats. */
    void nameStandsFor(String address) {
        try {
            Files.createDirectories(nodes.folder());
            Files.writeString(
                    hosts(),
                    "127.0.0.1 localhost " + InetAddress.getLocalHost().getHostName() + "\n" + address
                            + " members.test\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deploys an application on a node that runs, in place of one of that name if there is one. */
    void deploy(TomcatNode node, WebApp app) {
        Path war = app.war(nodes.folder().resolve("deployed"));
        String answer = new HttpUser()
                .basicLogin("admin", "admin")
                .get(node, "/manager/text/deploy?path=/" + app.name() + "&update=true&war=file:" + war)
                .body();
        assertThat(answer).startsWith("OK");
    }

    TomcatNode a() {
        return a;
    }

    TomcatNode b() {
        return b;
    }

    List<TomcatNode> both() {
        return List.of(a, b);
    }

    /** One after the other. */
    TomcatNode node(int turn) {
        return turn % 2 == 0 ? a : b;
    }

    /** Starts what is missing, and waits until both see two members, which have all sessions both. */
    void settle() {
        if (members.running().isEmpty()) {
            members.start(port, 1);
        }
        for (TomcatNode node : both()) {
            if (!node.isAlive()) {
                node.start();
            }
            node.awaitReady(APP + "/do?q=hello", Nodes.START);
        }
        if (members.running().size() == 1) {
            awaitMembers(a, 1);
            new HttpUser().does(a, APP, "set:x=1"); // what is to be backed up
            members.startBeside();
        }
        both().forEach(node -> awaitMembers(node, 2));
    }

    static void awaitMembers(TomcatNode node, int count) {
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(state(node)).isEqualTo("CLUSTERED");
            assertThat(Nodes.bean(node, "Catalina:type=Clowder", "members").lines())
                    .hasSize(count);
        });
    }

    static String state(TomcatNode node) {
        return Nodes.bean(node, "Catalina:type=Clowder", "state");
    }

    /** Waits until both are in that state, and prints since when; and until both have told the cluster if they are back. */
    void awaitState(String state, String event, long since) {
        for (TomcatNode node : both()) {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> state(node).equals(state));
            System.out.printf("%s %s after %s: %d ms%n", node, state, event, (System.nanoTime() - since) / 1_000_000);
        }
        if (state.equals("CLUSTERED")) {
            both().forEach(Nodes::awaitTold);
        }
    }

    @Override
    public void close() {
        nodes.close();
        members.close();
    }
}
