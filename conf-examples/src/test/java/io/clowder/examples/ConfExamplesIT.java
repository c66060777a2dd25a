/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.clowder.farm.Browser;
import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Each example on two real Tomcats: a session is made at one, which is killed or stopped, and goes on at the other. */
class ConfExamplesIT {
    private static final String VISITS = "/shop/visits.jsp";
    private static final String REQUEST_FOR_OPTIONS = "without proper access to required Java packages";

    private final Browser browser = new Browser(Duration.ofSeconds(20));

    private String visits(TomcatNode node) {
        Browser.Page page = browser.get(node.url(VISITS));
        assertThat(page.status()).as(page.body()).isEqualTo(200);
        return page.body();
    }

    private String route() {
        String id = Objects.requireNonNull(browser.sessionId());
        return id.substring(id.lastIndexOf('.') + 1);
    }

    /** Two visits at the first node and one at the second; whether the id has the routes of the nodes. */
    private void outlivesItsNode(ExampleNodes nodes, boolean sticky, Consumer<TomcatNode> end) {
        TomcatNode a = nodes.get("a");
        TomcatNode b = nodes.get("b");
        nodes.awaitSettled();
        assertThat(visits(a)).isEqualTo("1");
        String id = browser.sessionId();
        assertThat(visits(a)).isEqualTo("2");
        end.accept(a);
        assertThat(visits(b)).isEqualTo("3");
        if (sticky) {
            assertThat(id).endsWith(".a");
            assertThat(route()).isEqualTo("b");
        } else {
            assertThat(browser.sessionId()).isEqualTo(id).doesNotContain(".");
        }
    }

    /** On Tomcat 11, as the dedicated cluster; all others on 10.1. */
    @Test
    void oneLineIsEnough() {
        try (ExampleNodes nodes = new ExampleNodes(11, "one-machine", 7600)) {
            nodes.start();
            outlivesItsNode(nodes, false, TomcatNode::kill);
        }
    }

    @Test
    void stickyWithTheOptionsOfSetenv() {
        try (ExampleNodes nodes = new ExampleNodes(10, "sticky", 7620)) {
            nodes.start(ExampleNodes.setenv());
            outlivesItsNode(nodes, true, TomcatNode::kill);
            TomcatNode b = nodes.get("b");
            assertThat(b.awaitLog("Sessions of /shop", Duration.ZERO)).contains("sticky, route b");
            assertThat(b.log()).as("Hazelcast's request for options").doesNotContain(REQUEST_FOR_OPTIONS);
        }
    }

    @Test
    void roaming() {
        try (ExampleNodes nodes = new ExampleNodes(10, "roaming", 7640)) {
            nodes.start();
            nodes.awaitSettled();
            assertThat(visits(nodes.get("b"))).isEqualTo("1");
            assertThat(visits(nodes.get("a"))).isEqualTo("2");
            nodes.get("a").kill();
            assertThat(visits(nodes.get("b"))).isEqualTo("3");
            assertThat(browser.sessionId()).doesNotContain(".");
            String log = nodes.get("b").log();
            assertThat(log).contains("roaming (no jvmRoute is set on the Engine");
            assertThat(log).as("what setenv.sh is there for").contains(REQUEST_FOR_OPTIONS);
        }
    }

    /** Two loopback addresses stand for two machines. */
    @Test
    void severalMachines() {
        assumeTwoAddresses();
        try (ExampleNodes nodes = new ExampleNodes(10, "several-machines", 7660)) {
            nodes.start();
            outlivesItsNode(nodes, true, TomcatNode::kill);
            assertThat(nodes.get("a").log()).contains("member 127.0.0.2:7660");
            assertThat(nodes.get("b").log()).contains("member 127.0.0.3:7660");
        }
    }

    @Test
    void hazelcastConfig() {
        try (ExampleNodes nodes = new ExampleNodes(10, "hazelcast-config", 7680)) {
            nodes.start();
            outlivesItsNode(nodes, false, TomcatNode::stop);
            assertThat(nodes.get("a").awaitLog("Hazelcast configuration read from", Duration.ZERO))
                    .endsWith(
                            nodes.get("a").base().resolve("conf/hazelcast.xml").toString());
            assertThat(nodes.get("a").log()).doesNotContain("Hazelcast properties that the operator has set", "SEVERE");
        }
    }

    @Test
    void serverListener() {
        assumeTwoAddresses();
        try (ExampleNodes nodes = new ExampleNodes(10, "server-listener", 7700)) {
            nodes.start();
            outlivesItsNode(nodes, true, TomcatNode::stop);
            assertThat(nodes.get("a").log()).contains("Not ready any more; requests are served for another 5 s");
            assertThat(nodes.get("b").log()).contains("member 127.0.0.3:7700");
            assertThat(browser.get(nodes.get("b").url("/ready")).status()).isEqualTo(200);
        }
    }

    @Test
    void dedicatedCluster() throws InterruptedException {
        try (ExampleNodes nodes = new ExampleNodes(11, "dedicated-cluster", 7720)) {
            ExampleNodes.DedicatedMember first = nodes.startMember(1);
            ExampleNodes.DedicatedMember second = nodes.startMember(2);
            nodes.start();
            TomcatNode a = nodes.get("a");
            TomcatNode b = nodes.get("b");
            assertThat(a.awaitLog("Sessions of /shop", Duration.ZERO))
                    .endsWith("client of 2 members: 127.0.0.1:7740, 127.0.0.1:7741");
            assertThat(visits(a)).isEqualTo("1");
            a.kill();
            assertThat(visits(b)).isEqualTo("2");
            end(first);
            assertThat(visits(b)).isEqualTo("3");
            // It may warn of the connection to a, which was killed.
            assertThat(first.said()).doesNotContain(REQUEST_FOR_OPTIONS, "SEVERE");
            end(second);
            assertThat(second.said())
                    .contains("The last member of cluster", "are lost, as they are in memory only: 1.")
                    .doesNotContain(REQUEST_FOR_OPTIONS, "SEVERE");
            assertThat(visits(b)).as("it goes on alone").isEqualTo("4");
        }
    }

    /** As SIGTERM. */
    private static void end(ExampleNodes.DedicatedMember member) throws InterruptedException {
        member.process().destroy();
        assertThat(member.process().waitFor(25, TimeUnit.SECONDS))
                .as(member.said())
                .isTrue();
    }

    private static void assumeTwoAddresses() {
        for (String address : new String[] {"127.0.0.2", "127.0.0.3"}) {
            assumeThat(canListen(address))
                    .as("this machine has the address %s", address)
                    .isTrue();
        }
    }

    private static boolean canListen(String address) {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
