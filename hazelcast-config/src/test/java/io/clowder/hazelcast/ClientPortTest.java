/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.hazelcast.config.Config;
import com.hazelcast.config.EndpointConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.instance.EndpointQualifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server socket for clients, as it is configured. */
class ClientPortTest {

    private static final String NETWORK = """
            <cluster-name>shop</cluster-name>
            <network>
              <port auto-increment="false">6123</port>
              <public-address>10.0.0.5:7000</public-address>
              <outbound-ports><ports>33000-33005</ports></outbound-ports>
              <join><tcp-ip enabled="true"><member>10.0.0.6</member></tcp-ip></join>
              <interfaces enabled="true"><interface>10.0.0.*</interface></interfaces>
              <socket-interceptor enabled="true"><class-name>some.Interceptor</class-name></socket-interceptor>
            </network>
            """;

    private static final String ADVANCED = """
            <cluster-name>%s</cluster-name>
            <advanced-network enabled="true">
              <join><tcp-ip enabled="true"><member>127.0.0.1</member></tcp-ip></join>
              <member-server-socket-endpoint-config>
                <interfaces enabled="true"><interface>127.0.0.1</interface></interfaces>
              </member-server-socket-endpoint-config>
              %s
            </advanced-network>
            """;

    private static final String CLIENTS = "<client-server-socket-endpoint-config><port>6200</port>"
            + "<interfaces enabled=\"%s\"><interface>%s</interface></interfaces>"
            + "</client-server-socket-endpoint-config>";

    @TempDir
    private Path folder;

    private static Config opened(ClusterSettings settings, ClientPort port) {
        Config config = MemberConfig.of(settings);
        MemberConfig.complete(config, UUID.randomUUID());
        MemberRules.check(config);
        port.open(config);
        return config;
    }

    private Config fromXml(String content, ClientPort port) throws IOException {
        Path file = folder.resolve("hazelcast.xml");
        Files.writeString(
                file, "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">" + content + "</hazelcast>");
        return opened(new ClusterSettings("clowder", List.of(), null, 5701, file), port);
    }

    private static ClusterSettings at(int port) {
        return new ClusterSettings("shop", List.of(), null, port, null);
    }

    private static ServerSocketEndpointConfig clients(Config config) {
        return (ServerSocketEndpointConfig) endpoints(config).get(EndpointQualifier.CLIENT);
    }

    private static Map<EndpointQualifier, EndpointConfig> endpoints(Config config) {
        return config.getAdvancedNetworkConfig().getEndpointConfigs();
    }

    @Test
    void isOneOfTwentyAtTheAddressOfTheMember() {
        Config config = opened(at(5701), ClientPort.parse(null));
        assertThat(endpoints(config)).containsOnlyKeys(EndpointQualifier.MEMBER, EndpointQualifier.CLIENT);
        assertThat(MemberEndpoint.of(config).getPort()).isEqualTo(5701);
        assertThat(clients(config).getPort()).isEqualTo(5801);
        assertThat(clients(config).isPortAutoIncrement()).isTrue();
        assertThat(clients(config).getPortCount()).isEqualTo(20);
        assertThat(clients(config).getInterfaces().isEnabled()).isTrue();
        assertThat(clients(config).getInterfaces().getInterfaces()).containsExactly("127.0.0.1");
        assertThat(clients(opened(at(5701), ClientPort.parse(" 6000 "))).getPort())
                .isEqualTo(6000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1023", "65517", "none", ""})
    void isAPortThatAnybodyMayUse(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientPort.parse(text))
                .withMessage("clientPort must be between 1024 and 65516 (20 ports are tried from there), was " + text);
    }

    @ParameterizedTest
    @CsvSource({"5682, 5701", "5701, 5701", "5720, 5701", "5801, 5801"})
    void isNoneThatMembersTry(int clientPort, int port) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> opened(at(port), new ClientPort(clientPort)))
                .withMessage("clientPort must not share ports with port: members try " + port + " to " + (port + 19)
                        + ", so allowed is at most " + (port - 20) + " or at least " + (port + 20)
                        + " (20 ports are tried from there), was " + clientPort);
    }

    @ParameterizedTest
    @CsvSource({"5681, 5701", "5721, 5701", "1024, 5701", "65516, 5701"})
    void isAnyOther(int clientPort, int port) {
        assertThat(clients(opened(at(port), new ClientPort(clientPort))).getPort())
                .isEqualTo(clientPort);
    }

    @Test
    void isAddedToAFileThatHasANetwork() throws IOException {
        Config config = fromXml(NETWORK, ClientPort.parse(null));
        assertThat(MemberEndpoint.of(config).getPort()).isEqualTo(6123);
        assertThat(MemberEndpoint.of(config).getPublicAddress()).isEqualTo("10.0.0.5:7000");
        ServerSocketEndpointConfig clients = clients(config);
        assertThat(clients.getPort()).isEqualTo(5801);
        assertThat(clients.isPortAutoIncrement()).isTrue();
        assertThat(clients.getPortCount()).isEqualTo(20);
        assertThat(clients.getPublicAddress()).isEqualTo("10.0.0.5");
        assertThat(clients.getInterfaces().getInterfaces()).containsExactly("10.0.0.*");
        assertThat(clients.isReuseAddress()).isTrue();
        assertThat(clients.getSocketInterceptorConfig().getClassName()).isEqualTo("some.Interceptor");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromXml(NETWORK, new ClientPort(6104)))
                .withMessageContaining("members try 6123 to 6123");
        assertThat(clients(fromXml(NETWORK, new ClientPort(6124))).getPort()).isEqualTo(6124);
    }

    @Test
    void isThatOfAnAdvancedNetwork() throws IOException {
        String said = ADVANCED.formatted("shop", CLIENTS.formatted(true, "127.0.0.1"));
        assertThat(clients(fromXml(said, ClientPort.parse(null))).getPort()).isEqualTo(6200);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromXml(said, new ClientPort(5801)))
                .withMessageStartingWith("config " + folder.resolve("hazelcast.xml"))
                .withMessageEndingWith("says where Tomcats connect; leave out clientPort, was 5801");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromXml(ADVANCED.formatted("shop", ""), ClientPort.parse(null)))
                .withMessageContaining("advanced-network has no client-server-socket-endpoint-config");
    }

    @Test
    void anAdvancedNetworkIsCheckedForClientsToo() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromXml(
                        ADVANCED.formatted("shop", CLIENTS.formatted(false, "127.0.0.1")), new ClientPort(null)))
                .withMessageContaining("interfaces of CLIENT is not enabled");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        fromXml(ADVANCED.formatted("dev", CLIENTS.formatted(true, "10.0.0.5")), new ClientPort(null)))
                .withMessageContaining("10.0.0.5")
                .withMessageContaining(" as cluster 'dev'");
    }
}
