/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.hazelcast.ClusterSettings;
import io.clowder.hazelcast.Topology;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.catalina.Server;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration file says about the cluster, on a Manager or on the {@link ServerListener}: collected as Tomcat sets
 * it, validated at start. Used by the thread that starts the component.
 */
final class ClusterAttributes {

    /** The names as they stand in the XML. */
    static final String NAMES = "topology, clusterName, members, interface, port, config, minimumClusterSize";

    private @Nullable Topology topology;

    @Nullable
    String clusterName;

    @Nullable
    String members;

    @Nullable
    String networkInterface;

    @Nullable
    String port;

    @Nullable
    String config;

    @Nullable
    String minimumClusterSize;

    private final Map<String, String> wrong = new TreeMap<>();

    void setTopology(String name) {
        topology = Topology.named(name);
        if (topology == null) {
            wrong("topology", name, "allowed is embedded or client");
        }
    }

    /** Remembers an attribute that cannot be taken; {@link #checkNoneWrong} tells. */
    void wrong(String name, String value, String allowed) {
        wrong.put(name, name + "=\"" + value + "\": " + allowed);
    }

    /** Throws {@link IllegalArgumentException} with all wrong attributes, if there are any. */
    void checkNoneWrong(String element) {
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(
                    "wrong attributes of the " + element + ": " + String.join("; ", wrong.values()));
        }
    }

    /** The settings of the cluster; null when nothing was said about it. */
    @Nullable
    ClusterSettings settings(Server server) {
        if (topology == null
                && clusterName == null
                && members == null
                && networkInterface == null
                && port == null
                && config == null
                && minimumClusterSize == null) {
            return null;
        }
        Path base = server.getCatalinaBase().toPath();
        Topology effective = topology == null ? Topology.EMBEDDED : topology;
        return ClusterSettings.parse(
                effective, clusterName, members, networkInterface, port, config, minimumClusterSize, base);
    }
}
