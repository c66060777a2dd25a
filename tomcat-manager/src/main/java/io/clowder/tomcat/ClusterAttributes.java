/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.hazelcast.ClusterSettings;
import io.clowder.hazelcast.Topology;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.catalina.Server;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration file says about the cluster, on a Manager or on the {@link ServerListener}: collected as Tomcat sets
 * it, validated at start. Used by the thread that starts the component.
 */
final class ClusterAttributes {

    /** The names as they stand in the XML. */
    static final String NAMES =
            "topology, clusterName, members, interface, port, config, minimumClusterSize, failFast," + " instanceName";

    private static final Set<String> TRUTHS = Set.of("true", "false");

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

    @Nullable
    String instanceName;

    private @Nullable Boolean failFast;

    private final Map<String, String> wrong = new TreeMap<>();

    void setTopology(String name) {
        topology = Topology.named(name);
        if (topology == null) {
            wrong("topology", name, "allowed is embedded or client");
        }
    }

    void setFailFast(String value) {
        failFast = truth("failFast", value);
    }

    /** What the value of an attribute says; one that says nothing is remembered as wrong, and counts as false. */
    boolean truth(String name, String value) {
        if (!TRUTHS.contains(value)) {
            wrong(name, value, "allowed is true or false");
        }
        return value.equals("true");
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
                && minimumClusterSize == null
                && failFast == null
                && instanceName == null) {
            return null;
        }
        ClusterSettings said = instanceName != null
                ? ClusterSettings.ofInstance(instanceName, others(), minimumClusterSize)
                : parsed(server);
        return Boolean.TRUE.equals(failFast) ? said.failingFast() : said;
    }

    private ClusterSettings parsed(Server server) {
        Path base = server.getCatalinaBase().toPath();
        Topology effective = topology == null ? Topology.EMBEDDED : topology;
        return ClusterSettings.parse(
                effective, clusterName, members, networkInterface, port, config, minimumClusterSize, base);
    }

    /** The names of those that an instance of somebody else says itself. */
    private List<String> others() {
        Map<String, @Nullable Object> given = new LinkedHashMap<>();
        given.put("topology", topology);
        given.put("clusterName", clusterName);
        given.put("members", members);
        given.put("interface", networkInterface);
        given.put("port", port);
        given.put("config", config);
        given.values().removeIf(Objects::isNull);
        return List.copyOf(given.keySet());
    }
}
