/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.spi.properties.HazelcastProperties;
import org.jspecify.annotations.Nullable;

/**
 * Where a dedicated member waits for Tomcats that are its clients: a server socket beside the one for members, at the same address.
 *
 * @param given the first of {@value ClusterSettings#PORTS} ports to try; null when the operator did not say, which is
 *     {@value #FIRST}
 */
record ClientPort(@Nullable Integer given) {

    /** First port when none is given; a client looks there when it is told none. */
    static final int FIRST = 5801;

    /** Checks that all ports are some. */
    ClientPort {
        if (given != null) {
            ClusterSettings.checkPort("clientPort", given);
        }
    }

    /**
     * As it stands in an argument; null when not given.
     *
     * @throws IllegalArgumentException naming the argument, its value and what is allowed
     */
    static ClientPort parse(@Nullable String text) {
        return new ClientPort(text == null ? null : ClusterSettings.parsePort("clientPort", text.strip()));
    }

    /**
     * Gives a configuration that is checked already its server sockets: for members and for clients. An advanced-network has
     * what it needs, or is refused.
     *
     * @throws IllegalArgumentException naming the argument or element, its value and what is allowed
     */
    void open(Config config) {
        AdvancedNetworkConfig advanced = config.getAdvancedNetworkConfig();
        if (advanced.isEnabled()) {
            checkOfFile(config, advanced);
            return;
        }
        NetworkConfig network = config.getNetworkConfig();
        checkApart(network);
        ServerSocketEndpointConfig endpoint = MemberEndpoint.endpoint(network, new HazelcastProperties(config))
                .setPort(first())
                .setPortAutoIncrement(true)
                .setPortCount(ClusterSettings.PORTS)
                // A member that is started again shall get its port again, which Tomcats name: the connections that it
                // closed when it stopped would keep it for a minute.
                .setReuseAddress(true)
                .setPublicAddress(hostOf(network.getPublicAddress()));
        MemberEndpoint.replaceNetwork(config);
        advanced.setClientEndpointConfig(endpoint);
    }

    /** Where the clients of this member connect; null when it has no socket for them. */
    static @Nullable Address of(Member member) {
        return member.getAddressMap().get(EndpointQualifier.CLIENT);
    }

    private int first() {
        return given == null ? FIRST : given;
    }

    private void checkOfFile(Config config, AdvancedNetworkConfig advanced) {
        if (!advanced.getEndpointConfigs().containsKey(EndpointQualifier.CLIENT)) {
            throw new IllegalArgumentException(
                    MemberRules.where(config) + "advanced-network has no client-server-socket-endpoint-config, so no"
                            + " Tomcat could connect to this member; add one");
        }
        if (given != null) {
            throw new IllegalArgumentException(MemberRules.where(config)
                    + "the client-server-socket-endpoint-config of advanced-network says where Tomcats connect; leave out"
                    + " clientPort, was " + given);
        }
    }

    /** Else two members on one machine could take each other's ports, and what is found there would be a matter of luck. */
    private void checkApart(NetworkConfig network) {
        int last = MemberEndpoint.lastPort(network.getPort(), network.isPortAutoIncrement(), network.getPortCount());
        if (first() <= last && network.getPort() < first() + ClusterSettings.PORTS) {
            throw new IllegalArgumentException("clientPort must not share ports with port: members try "
                    + network.getPort() + " to " + last + ", so allowed is at most "
                    + (network.getPort() - ClusterSettings.PORTS) + " or at least " + (last + 1) + " ("
                    + ClusterSettings.PORTS + " ports are tried from there), was " + first());
        }
    }

    /** Which port the rest of the network knows it by is known of the members' port only. */
    private static @Nullable String hostOf(@Nullable String publicAddress) {
        return publicAddress == null ? null : ClusterSettings.host(publicAddress.strip());
    }
}
