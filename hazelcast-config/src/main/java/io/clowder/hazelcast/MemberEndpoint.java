/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import java.util.Objects;

/** Turns the network element of a configuration into a server socket that serves members and nobody else. */
/* Hazelcast's socket for everybody writes in a loop while it waits for the other side to say its protocol, and the thread that
 * does so writes for all connections (UnifiedProtocolEncoder, NioThread.processTaskQueue; hazelcast issue 26473). One address
 * where nobody answers (a frozen process, a JVM that is just starting) then cuts this member off from all the others:
 * SilentPeerTest. The socket for members only (MemberChannelInitializer) waits without a loop. */
final class MemberEndpoint {

    private MemberEndpoint() {}

    /** Leaves a configuration that has an advanced-network as it is. */
    static void replaceNetwork(Config config) {
        AdvancedNetworkConfig advanced = config.getAdvancedNetworkConfig();
        if (!advanced.isEnabled()) {
            NetworkConfig network = config.getNetworkConfig();
            advanced.setEnabled(true)
                    .setJoin(network.getJoin())
                    .setMemberAddressProviderConfig(network.getMemberAddressProviderConfig())
                    .setIcmpFailureDetectorConfig(network.getIcmpFailureDetectorConfig())
                    .setMemberEndpointConfig(endpoint(network, new HazelcastProperties(config)));
        }
    }

    /** The server socket that members use; there always is one. */
    static ServerSocketEndpointConfig of(Config config) {
        return (ServerSocketEndpointConfig) Objects.requireNonNull(
                config.getAdvancedNetworkConfig().getEndpointConfigs().get(EndpointQualifier.MEMBER));
    }

    /** The last port that is tried. */
    static int lastPort(int first, boolean autoIncrement, int count) {
        return first + (autoIncrement ? count : 1) - 1;
    }

    /** A server socket as the network element describes one. */
    @SuppressWarnings(
            "removal") // Who set symmetric encryption is to be told by Hazelcast that it needs its Enterprise Edition.
    static ServerSocketEndpointConfig endpoint(NetworkConfig network, HazelcastProperties properties) {
        return withSocketOptions(properties)
                .setPort(network.getPort())
                .setPortAutoIncrement(network.isPortAutoIncrement())
                .setPortCount(network.getPortCount())
                .setReuseAddress(network.isReuseAddress())
                .setPublicAddress(network.getPublicAddress())
                .setInterfaces(network.getInterfaces())
                .setOutboundPorts(network.getOutboundPorts())
                .setOutboundPortDefinitions(network.getOutboundPortDefinitions())
                .setSSLConfig(network.getSSLConfig())
                .setSymmetricEncryptionConfig(network.getSymmetricEncryptionConfig())
                .setSocketInterceptorConfig(network.getSocketInterceptorConfig())
                .setTpcSocketConfig(network.getTpcSocketConfig());
    }

    /** These are properties beside a network element, and elements of an endpoint. */
    private static ServerSocketEndpointConfig withSocketOptions(HazelcastProperties properties) {
        ServerSocketEndpointConfig endpoint = new ServerSocketEndpointConfig();
        endpoint.setSocketLingerSeconds(properties.getSeconds(ClusterProperty.SOCKET_LINGER_SECONDS));
        return endpoint.setSocketBufferDirect(properties.getBoolean(ClusterProperty.SOCKET_BUFFER_DIRECT))
                .setSocketTcpNoDelay(properties.getBoolean(ClusterProperty.SOCKET_NO_DELAY))
                .setSocketKeepAlive(properties.getBoolean(ClusterProperty.SOCKET_KEEP_ALIVE))
                .setSocketKeepIdleSeconds(properties.getInteger(ClusterProperty.SOCKET_KEEP_IDLE))
                .setSocketKeepIntervalSeconds(properties.getInteger(ClusterProperty.SOCKET_KEEP_INTERVAL))
                .setSocketKeepCount(properties.getInteger(ClusterProperty.SOCKET_KEEP_COUNT))
                .setSocketConnectTimeoutSeconds(properties.getSeconds(ClusterProperty.SOCKET_CONNECT_TIMEOUT_SECONDS))
                .setSocketSendBufferSizeKb(properties.getInteger(ClusterProperty.SOCKET_SEND_BUFFER_SIZE))
                .setSocketRcvBufferSizeKb(properties.getInteger(ClusterProperty.SOCKET_RECEIVE_BUFFER_SIZE));
    }
}
