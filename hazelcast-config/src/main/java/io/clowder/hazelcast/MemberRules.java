/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.InterfacesConfig;
import com.hazelcast.config.InvalidConfigurationException;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.NearCacheConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import java.io.File;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What must hold for the configuration that is about to be started, wherever it comes from: settings, file or system
 * properties. A breach ends the start.
 */
final class MemberRules {

    private static final Logger log = System.getLogger(MemberRules.class.getName());

    /** Stands for the many names that the operator's patterns are tried on. */
    private static final String SAMPLE_MAP = "clowder:x";

    private MemberRules() {}

    /**
     * Checks how far the member can be reached, how it finds others, and how it would keep sessions.
     *
     * @throws IllegalArgumentException with the reason and the remedy
     */
    static void check(Config config) {
        checkReach(config);
        checkProtocols(config);
        checkJoin(config);
        checkAcknowledgement(config);
        checkSessionMap(config, SAMPLE_MAP);
        for (Map.Entry<String, MapConfig> map : config.getMapConfigs().entrySet()) {
            if (map.getKey().startsWith("clowder:")) {
                checkSessionMap(config, map.getKey(), map.getValue());
            }
        }
        warnOfFilter(config);
    }

    /** Without this property Hazelcast calls a change done that no backup has acknowledged. */
    private static void checkAcknowledgement(Config config) {
        String value = config.getProperty(ClusterProperty.FAIL_ON_INDETERMINATE_OPERATION_STATE.getName());
        if (!"true".equals(value)) {
            throw new IllegalArgumentException(where(config)
                    + ClusterProperty.FAIL_ON_INDETERMINATE_OPERATION_STATE.getName() + " must be true, was " + value
                    + ": a save that no backup has acknowledged would count as done");
        }
    }

    /** Whether the cluster name is one that strangers use too. */
    static boolean isDefaultName(String clusterName) {
        return clusterName.equals(ClusterSettings.DEFAULT_CLUSTER_NAME)
                || clusterName.equals(Config.DEFAULT_CLUSTER_NAME);
    }

    /**
     * Checks the configuration that a map of this name gets.
     *
     * @throws IllegalArgumentException naming map, element, value and what is allowed
     */
    static void checkSessionMap(Config config, String name) {
        MapConfig map = sessionMap(config, name);
        if (map == null) {
            throw new IllegalArgumentException(where(config) + "no map configuration fits '" + name
                    + "'; add one named " + MemberConfig.SESSION_MAPS);
        }
        checkSessionMap(config, name, map);
    }

    /** The configuration whose name or pattern fits, or null; never the one called "default". */
    static @Nullable MapConfig sessionMap(Config config, String name) {
        Map<String, MapConfig> maps = config.getMapConfigs();
        MapConfig exact = maps.get(name);
        if (exact != null) {
            return exact;
        }
        String sample = name.endsWith("*") ? SAMPLE_MAP : name;
        try {
            String pattern = config.getConfigPatternMatcher().matches(maps.keySet(), sample);
            return pattern == null ? null : maps.get(pattern);
        } catch (InvalidConfigurationException e) {
            throw new IllegalArgumentException(
                    where(config) + "several map patterns fit '" + sample + "' equally well; leave one of them: "
                            + e.getMessage(),
                    e);
        }
    }

    private static void checkSessionMap(Config config, String name, MapConfig map) {
        String start = where(config) + "map '" + map.getName() + "' (fits '" + name + "') ";
        if (map.getInMemoryFormat() != InMemoryFormat.OBJECT) {
            throw new IllegalArgumentException(
                    start + "must have in-memory-format OBJECT, was " + map.getInMemoryFormat());
        }
        checkKept(start, map);
        String policy = map.getMergePolicyConfig().getPolicy();
        if (!policy.equals(ReunionMergePolicy.class.getName())) {
            throw new IllegalArgumentException(start + "must have merge-policy " + ReunionMergePolicy.class.getName()
                    + ", or none for the same, was " + policy + "; after a split it would lose one side's changes");
        }
        NearCacheConfig near = map.getNearCacheConfig();
        if (near != null && !near.isInvalidateOnChange()) {
            throw new IllegalArgumentException(
                    start + "must have a near-cache with invalidate-on-change true, or none; it would keep old states");
        }
        if (near != null && near.getTimeToLiveSeconds() == 0) {
            throw new IllegalArgumentException(start
                    + "must have a near-cache with a time-to-live-seconds, or none; when the event of a change is lost"
                    + " it would keep an old state for ever");
        }
    }

    /**
     * Checks the configuration that a map of {@link SharedValues} gets.
     *
     * @throws IllegalArgumentException naming map, element, value and what is allowed
     */
    static void checkValueMap(Config config, String name) {
        MapConfig map = config.findMapConfig(name);
        checkKept(where(config) + "map '" + map.getName() + "' (fits '" + name + "') ", map);
    }

    /** What a backup does not have, or what goes by itself, is lost. */
    private static void checkKept(String start, MapConfig map) {
        if (map.getBackupCount() < 1) {
            throw new IllegalArgumentException(start + "must have backup-count 1 or more, was " + map.getBackupCount()
                    + "; asynchronous backups may lose acknowledged changes");
        }
        // 0 and Integer.MAX_VALUE both mean never. Sessions end by their own timeout, with their listeners called.
        checkNever(start, "time-to-live-seconds", map.getTimeToLiveSeconds());
        checkNever(start, "max-idle-seconds", map.getMaxIdleSeconds());
        if (map.getEvictionConfig().getEvictionPolicy() != EvictionPolicy.NONE) {
            throw new IllegalArgumentException(start + "must have eviction-policy NONE, was "
                    + map.getEvictionConfig().getEvictionPolicy() + "; an evicted session is lost");
        }
    }

    private static void checkNever(String start, String element, int seconds) {
        if (seconds != 0 && seconds != Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    start + "must have " + element + " 0, was " + seconds + "; sessions end by their own timeout");
        }
    }

    private static void checkReach(Config config) {
        if (new HazelcastProperties(config).getBoolean(ClusterProperty.SOCKET_SERVER_BIND_ANY)) {
            throw new IllegalArgumentException(
                    where(config) + "hazelcast.socket.bind.any (or hazelcast.socket.server.bind.any)"
                            + " is true: the member would listen on every interface; remove the property");
        }
        boolean loopback = true;
        for (String address : listensOn(config)) {
            loopback &= isLoopback(config, address);
        }
        if (isDefaultName(config.getClusterName())) {
            if (!loopback) {
                throw new IllegalArgumentException(where(config) + "the member would listen on "
                        + String.join(", ", listensOn(config)) + " as cluster '" + config.getClusterName()
                        + "', a name that strangers use too; set a cluster-name of your own");
            }
            if (join(config).getMulticastConfig().isEnabled()) {
                throw new IllegalArgumentException(where(config) + "multicast is on and the cluster is called '"
                        + config.getClusterName()
                        + "', a name that strangers use too; use tcp-ip or set a cluster-name of"
                        + " your own");
            }
        }
    }

    /** A network element is for members only ({@link MemberEndpoint}). */
    @SuppressWarnings("removal") // Hazelcast may remove its REST API; until then a file may have it.
    private static void checkProtocols(Config config) {
        NetworkConfig network = config.getNetworkConfig();
        if (!config.getAdvancedNetworkConfig().isEnabled()
                && (network.getRestApiConfig().isEnabledAndNotEmpty()
                        || network.getMemcacheProtocolConfig().isEnabled())) {
            throw new IllegalArgumentException(
                    where(config) + "network serves members only, and cannot have rest-api or"
                            + " memcache-protocol; use advanced-network, which has a server socket for each");
        }
    }

    /** Every address or pattern that a server socket may be bound to. */
    private static List<String> listensOn(Config config) {
        AdvancedNetworkConfig advanced = config.getAdvancedNetworkConfig();
        // Takes precedence over the interfaces, of advanced endpoints too.
        String local = config.getProperty("hazelcast.local.localAddress");
        if (local != null) {
            return List.of(local.strip());
        }
        if (!advanced.isEnabled()) {
            return named(config, config.getNetworkConfig().getInterfaces(), "network/interfaces");
        }
        List<String> addresses = new ArrayList<>();
        advanced.getEndpointConfigs().forEach((qualifier, endpoint) -> {
            if (endpoint instanceof ServerSocketEndpointConfig) {
                addresses.addAll(named(
                        config, endpoint.getInterfaces(), "advanced-network, interfaces of " + qualifier.getType()));
            }
        });
        return addresses;
    }

    private static List<String> named(Config config, InterfacesConfig interfaces, String element) {
        if (!interfaces.isEnabled() || interfaces.getInterfaces().isEmpty()) {
            throw new IllegalArgumentException(where(config) + element + " is not enabled, so Hazelcast would choose an"
                    + " interface; enable it and name one (127.0.0.1 for the Tomcats of one machine)");
        }
        return List.copyOf(interfaces.getInterfaces());
    }

    private static boolean isLoopback(Config config, String address) {
        InterfacePattern pattern = new InterfacePattern(address);
        if (pattern.isValid()) {
            return pattern.isLoopback();
        }
        try {
            InetAddress resolved = InetAddress.getByName(address);
            if (resolved.isAnyLocalAddress()) {
                throw new IllegalArgumentException(
                        where(config) + "interface '" + address + "' stands for all interfaces; name one");
            }
            return resolved.isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static void checkJoin(Config config) {
        if (join(config).isAutoDetectionEnabled()) {
            throw new IllegalArgumentException(
                    where(config) + "join names no way to find other members, so Hazelcast would"
                            + " try clouds and multicast; enable tcp-ip (or kubernetes, aws, azure, gcp, eureka,"
                            + " discovery-strategies)");
        }
    }

    /** How members are found, whichever element of the configuration says it. */
    static JoinConfig join(Config config) {
        return config.getAdvancedNetworkConfig().isEnabled()
                ? config.getAdvancedNetworkConfig().getJoin()
                : config.getNetworkConfig().getJoin();
    }

    private static void warnOfFilter(Config config) {
        JavaSerializationFilterConfig filter = config.getSerializationConfig().getJavaSerializationFilterConfig();
        if (filter != null
                && filter.isDefaultsDisabled()
                && !filter.getWhitelist().isEmpty()
                && !filter.getWhitelist().isListed("com.hazelcast.spi.exception.WrongTargetException")) {
            log.log(
                    Level.WARNING,
                    "{0}the java-serialization-filter refuses Hazelcast''s own exceptions: members cannot tell each"
                            + " other to retry, and calls hang while partitions move; add prefix com.hazelcast. and the"
                            + " package java.lang, or leave out the filter to get Clowder''s",
                    where(config));
        }
    }

    /** "config /path: " for a file, else nothing. */
    static String where(Config config) {
        File file = config.getConfigurationFile();
        return file == null ? "" : "config " + file + ": ";
    }
}
