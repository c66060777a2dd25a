/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.instance.EndpointQualifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemberConfigTest {

    private static final UUID NODE = UUID.randomUUID();

    private static final String LOOPBACK = """
              <network>
                <join><tcp-ip enabled="true"><member>127.0.0.1</member></tcp-ip></join>
                <interfaces enabled="true"><interface>127.0.0.1</interface></interfaces>
              </network>
            """;

    @TempDir
    Path folder;

    @Test
    void nothingSaidListensOnLoopbackAndAsksNobodyElse() {
        Config config = complete(MemberConfig.of(ClusterSettings.defaults()));

        JoinConfig join = config.getNetworkConfig().getJoin();
        assertThat(join.getMulticastConfig().isEnabled()).isFalse();
        assertThat(join.getAutoDetectionConfig().isEnabled()).isFalse();
        assertThat(join.getTcpIpConfig().isEnabled()).isTrue();
        assertThat(join.getTcpIpConfig().getMembers()).containsExactly("127.0.0.1");
        assertThat(config.getNetworkConfig().getInterfaces().isEnabled()).isTrue();
        assertThat(config.getNetworkConfig().getInterfaces().getInterfaces()).containsExactly("127.0.0.1");
        assertThat(config.getNetworkConfig().getPort()).isEqualTo(5701);
        assertThat(config.getNetworkConfig().getPortCount()).isEqualTo(20);
        assertThat(config.getProperty("hazelcast.socket.bind.any")).isEqualTo("false");
        assertThat(config.getProperty("hazelcast.phone.home.enabled")).isEqualTo("false");
        assertThat(config.getProperty("hazelcast.tcp.join.port.try.count")).isEqualTo("20");
        assertThat(config.getClusterName()).isEqualTo("clowder");
        assertThat(config.getClassLoader()).isSameAs(ClusterMember.class.getClassLoader());
        assertThat(config.getMemberAttributeConfig().getAttribute("clowder.node"))
                .isEqualTo(NODE.toString());
        assertThat(config.findMapConfig("clowder::localhost:/shop##").getInMemoryFormat())
                .isEqualTo(InMemoryFormat.OBJECT);
    }

    @Test
    void aTomcatsMemberHasHalfAsManyPartitionThreadsAsProcessors() {
        Config config = complete(MemberConfig.of(ClusterSettings.defaults()));
        assertThat(config.getProperty("hazelcast.operation.thread.count")).isNull(); // a dedicated one has them all
        MemberConfig.shareProcessors(config);
        assertThat(config.getProperty("hazelcast.operation.thread.count"))
                .isEqualTo(String.valueOf((Runtime.getRuntime().availableProcessors() + 1) / 2));
        config.setProperty("hazelcast.operation.thread.count", "7");
        MemberConfig.shareProcessors(config);
        assertThat(config.getProperty("hazelcast.operation.thread.count")).isEqualTo("7");
    }

    @Test
    void aRouteMapIsNotASessionMap() {
        Config config = complete(MemberConfig.of(ClusterSettings.defaults()));
        assertThat(config.findMapConfig("clowder-routes").getName()).isEqualTo("clowder-routes");
        assertThat(config.findMapConfig("clowder-routes").getBackupCount()).isEqualTo(1);
    }

    @Test
    void namesTheAddressesWhenTheInterfaceIsNotThisMachines() {
        ClusterSettings settings = new ClusterSettings("shop", List.of("tomcat-b"), "203.0.113.*", 5701, null);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemberConfig.of(settings))
                .withMessageContaining("interface must fit an address of this machine (")
                .withMessageContaining("127.0.0.1")
                .withMessageEndingWith("was '203.0.113.*'");
    }

    @Test
    void aSystemPropertyOfTheOperatorStands() {
        System.setProperty("hazelcast.max.no.heartbeat.seconds", "17");
        try {
            Config config = complete(MemberConfig.of(ClusterSettings.defaults()));
            assertThat(config.getProperties()).doesNotContainKey("hazelcast.max.no.heartbeat.seconds");
        } finally {
            System.clearProperty("hazelcast.max.no.heartbeat.seconds");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "hazelcast.socket.bind.any, true, would listen on every interface",
        "hazelcast.socket.server.bind.any, true, would listen on every interface",
        "hazelcast.local.localAddress, 10.0.0.5, would listen on 10.0.0.5 as cluster 'clowder'",
        "hazelcast.local.localAddress, 0.0.0.0, stands for all interfaces"
    })
    void aSystemPropertyDoesNotOpenTheMember(String name, String value, String message) {
        System.setProperty(name, value);
        try {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> complete(MemberConfig.of(ClusterSettings.defaults())))
                    .withMessageContaining(message);
        } finally {
            System.clearProperty(name);
        }
    }

    @Test
    void aFileThatIsSilentOnTheNetworkGetsLoopback() throws IOException {
        Config config = fromXml("<cluster-name>shop</cluster-name>");
        assertThat(config.getNetworkConfig().getInterfaces().getInterfaces()).containsExactly("127.0.0.1");
        assertThat(config.getNetworkConfig().getJoin().getTcpIpConfig().isEnabled())
                .isTrue();
        assertThat(config.getNetworkConfig().getJoin().isAutoDetectionEnabled()).isFalse();
        assertThat(config.getClusterName()).isEqualTo("shop");
        assertThat(config.getMapConfigs()).containsKeys("clowder:*", "clowder-routes", "clowder-sso:*");
        assertThat(config.getProperty("hazelcast.shutdownhook.enabled")).isEqualTo("false");
    }

    @Test
    void whatTheFileSaysStands() throws IOException {
        Config config = fromXml("""
                <properties>
                  <property name="hazelcast.max.no.heartbeat.seconds">5</property>
                </properties>
                <map name="clowder:*"><in-memory-format>OBJECT</in-memory-format><backup-count>2</backup-count></map>
                """ + LOOPBACK);
        assertThat(config.getProperty("hazelcast.max.no.heartbeat.seconds")).isEqualTo("5");
        assertThat(config.getProperty("hazelcast.heartbeat.interval.seconds")).isEqualTo("1");
        assertThat(config.findMapConfig("clowder::localhost:/##").getBackupCount())
                .isEqualTo(2);
        assertThat(config.findMapConfig("clowder-sso::localhost").getBackupCount())
                .isEqualTo(2);
    }

    @Test
    void readsYaml() throws IOException {
        Path file = folder.resolve("hazelcast.yml");
        Files.writeString(file, """
                hazelcast:
                  cluster-name: shop
                  map:
                    "clowder:*":
                      in-memory-format: OBJECT
                """);
        assertThat(complete(fromFile(file)).getClusterName()).isEqualTo("shop");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            <in-memory-format>BINARY</in-memory-format>                       | must have in-memory-format OBJECT, was BINARY
            <backup-count>0</backup-count><async-backup-count>1</async-backup-count> | must have backup-count 1 or more, was 0
            <time-to-live-seconds>60</time-to-live-seconds>                   | must have time-to-live-seconds 0, was 60
            <max-idle-seconds>1800</max-idle-seconds>                         | must have max-idle-seconds 0, was 1800
            <eviction eviction-policy="LRU" max-size-policy="PER_NODE" size="1000"/> | must have eviction-policy NONE, was LRU
            <near-cache/>                                                     | must have a near-cache with a time-to-live-seconds, or none
            <near-cache><time-to-live-seconds>60</time-to-live-seconds><invalidate-on-change>false</invalidate-on-change></near-cache> | must have a near-cache with invalidate-on-change true, or none
            """)
    void refusesAMapThatWouldLoseSessions(String element, String message) throws IOException {
        String format = element.contains("format") ? "" : "<in-memory-format>OBJECT</in-memory-format>";
        // The elements' order is fixed by the schema: the format stands before the counts, these before the rest.
        for (String pattern : List.of("clowder:*", "*", "clowder:shop:*")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> fromXml("<map name=\"" + pattern + "\">" + format + element + "</map>" + LOOPBACK))
                    .withMessageStartingWith("config " + folder.resolve("hazelcast.xml"))
                    .withMessageContaining("map '" + pattern + "'")
                    .withMessageContaining(message);
        }
    }

    @Test
    void aDefaultMapIsNotOurs() throws IOException {
        Config config = fromXml("<map name=\"default\"><max-idle-seconds>60</max-idle-seconds></map>" + LOOPBACK);
        MapConfig map = config.findMapConfig("clowder::localhost:/##");
        assertThat(map.getMaxIdleSeconds()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            <interfaces enabled="true"><interface>10.0.0.*</interface></interfaces>  | as cluster 'dev', a name that strangers use too
            <interfaces enabled="false"><interface>127.0.0.1</interface></interfaces> | network/interfaces is not enabled
            <reuse-address>true</reuse-address>                                      | network/interfaces is not enabled
            """)
    void aFileDoesNotOpenTheMemberUnlessItSaysSo(String network, String message) throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromXml("<network><join><tcp-ip enabled=\"true\"/></join>" + network + "</network>"))
                .withMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev", "clowder"})
    void multicastNeedsAClusterNameOfItsOwn(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromXml("<cluster-name>" + name + "</cluster-name>"
                        + "<network><join><multicast enabled=\"true\"/></join>"
                        + "<interfaces enabled=\"true\"><interface>127.0.0.1</interface></interfaces></network>"))
                .withMessageContaining("multicast is on and the cluster is called '" + name + "'");
    }

    @Test
    void aFileMaySayWhereToListenUnderANameOfItsOwn() throws IOException {
        String network = "<network><join><tcp-ip enabled=\"true\"/></join>"
                + "<interfaces enabled=\"true\"><interface>10.0.0.*</interface></interfaces></network>";
        assertThat(fromXml("<cluster-name>shop</cluster-name>" + network).getClusterName())
                .isEqualTo("shop");
    }

    @Test
    void refusesBindAnyAndNoJoinInAFile() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromXml("<cluster-name>shop</cluster-name><properties>"
                        + "<property name=\"hazelcast.socket.bind.any\">true</property></properties>" + LOOPBACK))
                .withMessageContaining("hazelcast.socket.bind.any");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromXml("<network><interfaces enabled=\"true\"><interface>127.0.0.1</interface>"
                        + "</interfaces></network>"))
                .withMessageContaining("join names no way to find other members");
    }

    @Test
    void aNetworkBecomesASocketForMembersOnlyAndKeepsWhatItSays() throws IOException {
        Config config = fromXml("""
                <cluster-name>shop</cluster-name>
                <network>
                  <port auto-increment="false" port-count="7">6123</port>
                  <public-address>10.0.0.5:7000</public-address>
                  <reuse-address>true</reuse-address>
                  <outbound-ports><ports>33000-33005</ports></outbound-ports>
                  <join><tcp-ip enabled="true"><member>10.0.0.6</member></tcp-ip></join>
                  <interfaces enabled="true"><interface>10.0.0.*</interface></interfaces>
                  <socket-interceptor enabled="true"><class-name>some.Interceptor</class-name></socket-interceptor>
                  <ssl enabled="true"/>
                </network>
                <properties>
                  <property name="hazelcast.socket.send.buffer.size">64</property>
                  <property name="hazelcast.socket.connect.timeout.seconds">3</property>
                  <property name="hazelcast.socket.no.delay">false</property>
                </properties>
                """);
        MemberEndpoint.replaceNetwork(config);

        assertThat(config.getAdvancedNetworkConfig().isEnabled()).isTrue();
        assertThat(config.getAdvancedNetworkConfig().getEndpointConfigs()).containsOnlyKeys(EndpointQualifier.MEMBER);
        assertThat(config.getAdvancedNetworkConfig().getJoin().getTcpIpConfig().getMembers())
                .containsExactly("10.0.0.6");
        ServerSocketEndpointConfig endpoint = MemberEndpoint.of(config);
        assertThat(endpoint.getPort()).isEqualTo(6123);
        assertThat(endpoint.isPortAutoIncrement()).isFalse();
        assertThat(endpoint.getPortCount()).isEqualTo(7);
        assertThat(endpoint.getPublicAddress()).isEqualTo("10.0.0.5:7000");
        assertThat(endpoint.isReuseAddress()).isTrue();
        assertThat(endpoint.getOutboundPortDefinitions()).containsExactly("33000-33005");
        assertThat(endpoint.getInterfaces().getInterfaces()).containsExactly("10.0.0.*");
        assertThat(endpoint.getSocketInterceptorConfig().getClassName()).isEqualTo("some.Interceptor");
        assertThat(endpoint.getSSLConfig().isEnabled()).isTrue();
        assertThat(endpoint.getSocketSendBufferSizeKb()).isEqualTo(64);
        assertThat(endpoint.getSocketRcvBufferSizeKb()).isEqualTo(128);
        assertThat(endpoint.getSocketConnectTimeoutSeconds()).isEqualTo(3);
        assertThat(endpoint.isSocketTcpNoDelay()).isFalse();
        assertThat(endpoint.isSocketKeepAlive()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"<memcache-protocol enabled=\"true\"/>", "<rest-api enabled=\"true\"/>"})
    void refusesWhatASocketForMembersDoesNotServe(String element) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromXml(
                        "<cluster-name>shop</cluster-name>" + LOOPBACK.replace("<network>", "<network>" + element)))
                .withMessageContaining("network serves members only, and cannot have rest-api or memcache-protocol");
    }

    @Test
    void checksTheEndpointsOfAnAdvancedNetwork() throws IOException {
        String endpoint = """
                <cluster-name>%s</cluster-name>
                <advanced-network enabled="true">
                  <join><tcp-ip enabled="true"><member>127.0.0.1</member></tcp-ip></join>
                  <member-server-socket-endpoint-config>%s</member-server-socket-endpoint-config>
                </advanced-network>
                """;
        String open = "<interfaces enabled=\"true\"><interface>10.0.0.5</interface></interfaces>";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromXml(endpoint.formatted("shop", "")))
                .withMessageContaining("interfaces of MEMBER is not enabled");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromXml(endpoint.formatted("dev", open)))
                .withMessageContaining("would listen on 10.0.0.5");
        assertThat(fromXml(endpoint.formatted("shop", open)).getClusterName()).isEqualTo("shop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"not xml", "<hazelcast-client xmlns=\"http://www.hazelcast.com/schema/client-config\"/>"})
    void namesTheFileThatIsNotAConfiguration(String text) throws IOException {
        Path file = folder.resolve("hazelcast.xml");
        Files.writeString(file, text);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fromFile(file))
                .withMessageStartingWith("config " + file + " is not a Hazelcast member configuration: ");
    }

    private Config fromXml(String content) throws IOException {
        Path file = folder.resolve("hazelcast.xml");
        Files.writeString(
                file, "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">" + content + "</hazelcast>");
        return complete(fromFile(file));
    }

    private static Config fromFile(Path file) {
        return MemberConfig.of(new ClusterSettings("clowder", List.of(), null, 5701, file));
    }

    private static Config complete(Config config) {
        MemberConfig.complete(config, NODE);
        MemberRules.check(config);
        return config;
    }
}
