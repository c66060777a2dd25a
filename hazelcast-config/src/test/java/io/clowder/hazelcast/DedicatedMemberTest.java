/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a dedicated member is told; that it runs, and ends in order, is seen in integration-tests and conf-examples. */
class DedicatedMemberTest {

    private static final int PORT = 8860;
    private static final int CLIENT_PORT = 8880;

    private static ClusterSettings settings(Map<String, String> environment, String... arguments) {
        return DedicatedMember.settings(DedicatedMember.given(arguments, environment), Path.of(""));
    }

    @Test
    void saysNothing() {
        assertThat(settings(Map.of())).isEqualTo(ClusterSettings.defaults());
        assertThat(settings(Map.of("CLOWDER_MEMBERS", " "))).isEqualTo(ClusterSettings.defaults());
        assertThat(DedicatedMember.given(new String[0], Map.of("CLOWDER_CLIENT_PORT", " ")))
                .isEmpty();
    }

    @Test
    void argumentsGoBeforeTheEnvironment() {
        Map<String, String> environment = Map.of(
                "CLOWDER_CLUSTER_NAME", "shop",
                "CLOWDER_MEMBERS", "10.0.0.21, 10.0.0.22",
                "CLOWDER_INTERFACE", "10.0.0.*",
                "CLOWDER_PORT", "6000",
                "CLOWDER_CLIENT_PORT", "6100");
        assertThat(settings(environment, "port=7000"))
                .isEqualTo(new ClusterSettings("shop", List.of("10.0.0.21", "10.0.0.22"), "10.0.0.*", 7000, null));
        assertThat(DedicatedMember.given(new String[] {"port=7000"}, environment))
                .containsEntry("port", "7000")
                .containsEntry("clientPort", "6100");
        assertThat(DedicatedMember.given(new String[] {"clientPort=7100"}, environment))
                .containsEntry("clientPort", "7100");
    }

    @Test
    void whatItDoesNotKnowIsRefused() {
        for (String wrong : List.of("colour=red", "clusterName", "=x", "topology=client")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> settings(Map.of(), wrong))
                    .withMessage("arguments must be name=value, with the names clusterName, members, interface, port,"
                            + " clientPort, config; was '" + wrong + "'");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(Map.of("CLOWDER_PORT", "none")))
                .withMessageStartingWith("port must be between 1024 and 65516");
    }

    /** Not 127.0.0.1, which a configuration names by another element than all other addresses. */
    @Test
    void listensForClientsAtTheAddressThatItListensAtForMembers() throws IOException {
        assumeThat(canListen("127.0.0.2"))
                .as("this machine has 127.0.0.2, as Linux does")
                .isTrue();
        ClusterSettings here = new ClusterSettings("DedicatedMemberTest", List.of(), "127.0.0.2", PORT, null);
        try (ClusterMember first = DedicatedMember.start(here, CLIENT_PORT);
                ClusterMember second = DedicatedMember.start(here, CLIENT_PORT);
                ClusterClient client = ClusterClient.start(new ClusterSettings(
                        "DedicatedMemberTest",
                        List.of("127.0.0.2:" + CLIENT_PORT),
                        null,
                        ClusterSettings.DEFAULT_PORT,
                        null,
                        Topology.CLIENT))) {
            assertThat(List.of(first.addresses().get(0), second.addresses().get(0)))
                    .containsExactly("127.0.0.2:8860", "127.0.0.2:8861");
            assertThat(List.of(first.clientAddress(), second.clientAddress()))
                    .containsExactly("127.0.0.2:8880", "127.0.0.2:8881");
            assertThat(client.addresses()).containsExactly("127.0.0.2:8880", "127.0.0.2:8881");
            for (int port : new int[] {PORT, PORT + 1, CLIENT_PORT, CLIENT_PORT + 1}) {
                new Socket("127.0.0.2", port).close();
                for (InetAddress other : InterfacePattern.localAddresses()) {
                    assertThatExceptionOfType(ConnectException.class)
                            .as(other + ":" + port)
                            .isThrownBy(() -> new Socket(other, port).close());
                }
            }
        }
    }

    private static boolean canListen(String address) {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    /** Its port for members is not used by another test: in this process, which goes on, Hazelcast leaves it open. */
    @Test
    void withoutAFreePortForClientsItDoesNotStart() throws IOException {
        List<ServerSocket> taken = new ArrayList<>();
        try {
            for (int port = CLIENT_PORT; port < CLIENT_PORT + ClusterSettings.PORTS; port++) {
                taken.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
            }
            assertThatIllegalStateException()
                    .isThrownBy(() -> DedicatedMember.start(
                            new ClusterSettings("DedicatedMemberTest", List.of(), null, 8840, null), CLIENT_PORT))
                    .withMessage("port 8840 cannot be used, nor any other up to 8859 (or clientPort 8880 cannot be"
                            + " used, nor any other up to 8899): all are taken, or the interface is not this machine's;"
                            + " free one or set port (or clientPort) to where 20 ports are free");
        } finally {
            for (ServerSocket socket : taken) {
                socket.close();
            }
        }
    }

    /** As Tomcats that know of no clientPort would. */
    @Test
    void aClientThatAsksAtThePortForMembersIsNotLetIn() {
        ClusterSettings here = new ClusterSettings("DedicatedMemberTest", List.of(), null, PORT, null);
        try (ClusterMember member = DedicatedMember.start(here, CLIENT_PORT)) {
            ClusterSettings wrong = new ClusterSettings(
                    "DedicatedMemberTest",
                    List.of("127.0.0.1:" + PORT),
                    null,
                    ClusterSettings.DEFAULT_PORT,
                    null,
                    Topology.CLIENT);
            assertThatIllegalStateException()
                    .isThrownBy(() ->
                            ClusterClient.start(wrong.failingFast(), Duration.ofSeconds(2), InstantSource.system()))
                    .withMessageEndingWith(
                            "and give their hosts as members, and their clientPort if it is not 5801; of a Hazelcast"
                                    + " server without Clowder's jars, give the port, as in 127.0.0.1:5701");
            assertThat(member.trouble()).isNull();
        }
    }
}
