/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static java.util.Map.entry;

import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionConfig;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.ExecutorConfig;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MaxSizePolicy;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.config.NearCacheConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.QueueConfig;
import com.hazelcast.config.XmlConfigBuilder;
import com.hazelcast.config.YamlConfigBuilder;
import com.hazelcast.core.HazelcastException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Builds the configuration of the embedded member from the operator's settings or from the operator's file. */
final class MemberConfig {

    /** Member attribute that carries our node id: Hazelcast's own member UUID changes when clusters merge. */
    static final String NODE_ATTRIBUTE = "clowder.node";

    /** Begins the names of the maps that keep sessions, and of no other. */
    static final String SESSION_MAP = "clowder:";

    /** Pattern of the maps that keep sessions. */
    static final String SESSION_MAPS = SESSION_MAP + "*";

    /** Map of the jvmRoutes in use; has no colon, so no session map is ever called so. */
    static final String ROUTES_MAP = "clowder-routes";

    /** Map of what one client does for all; see {@link Lease}. */
    static final String LEASES_MAP = "clowder-leases";

    /** Pattern of the maps that keep {@link SharedValues}, which are those of single sign-ons; not that of session maps. */
    static final String VALUE_MAPS = "clowder-sso:*";

    /** Executor that answers pings. */
    static final String PING_EXECUTOR = "clowder-ping";

    /**
     * Longest graceful stop, in seconds: long enough to hand over a few GB, short enough for a Tomcat that has to be
     * down within 20 s although another node is frozen.
     */
    static final int GRACEFUL_SHUTDOWN_SECONDS = 15;

    /** How old what the near cache has may be, in seconds, when the event that invalidates it is lost. */
    static final int NEAR_SECONDS = 60;

    /** How many records the near cache of one application keeps on a member. */
    private static final int NEAR_RECORDS = 10_000;

    private static final Logger log = System.getLogger(MemberConfig.class.getName());

    /** Measured in HAZELCAST.md; each may be set otherwise in the config file or as a system property. */
    private static final Map<String, String> PROPERTIES = Map.ofEntries(
            entry("hazelcast.logging.type", "jdk"),
            entry("hazelcast.phone.home.enabled", "false"),
            // Hazelcast's own hook ends the member while Tomcat still stops its contexts.
            entry("hazelcast.shutdownhook.enabled", "false"),
            entry("hazelcast.graceful.shutdown.max.wait", String.valueOf(GRACEFUL_SHUTDOWN_SECONDS)),
            entry("hazelcast.socket.bind.any", "false"),
            entry("hazelcast.tcp.join.port.try.count", "10"),
            entry("hazelcast.wait.seconds.before.join", "0"),
            entry("hazelcast.max.wait.seconds.before.join", "5"),
            // For one that answers, and is busy; 300 s of silence would be too much.
            entry("hazelcast.max.join.seconds", "60"),
            entry("hazelcast.heartbeat.interval.seconds", "1"),
            entry("hazelcast.max.no.heartbeat.seconds", "10"),
            // Until then a frozen client counts as one that may finish what it has begun.
            entry("hazelcast.client.max.no.heartbeat.seconds", "10"),
            entry("hazelcast.operation.call.timeout.millis", "10000"),
            entry("hazelcast.operation.backup.timeout.millis", "1000"),
            // A write that lacks the backup's acknowledgement is not acknowledged to the client either.
            entry("hazelcast.operation.fail.on.indeterminate.state", "true"),
            // Hazelcast keeps a member's replica versions when it merges, and its backups acknowledge nothing until
            // they are compared.
            entry("hazelcast.partition.backup.sync.interval", "2"),
            entry("hazelcast.merge.first.run.delay.seconds", "10"),
            entry("hazelcast.merge.next.run.delay.seconds", "10"),
            // What ClusterMember.keepNear adds for one map goes before the pattern that stands in the configuration.
            entry("hazelcast.data.search.dynamic.config.first.enabled", "true"),
            entry("hazelcast.map.invalidation.batch.enabled", "false"),
            entry("hazelcast.invalidation.max.tolerated.miss.count", "0"),
            entry("hazelcast.invalidation.reconciliation.interval.seconds", "30"),
            entry("hazelcast.internal.map.expiration.task.period.seconds", "1"),
            entry("hazelcast.internal.map.expiration.cleanup.operation.count", "300"),
            entry("hazelcast.internal.map.expiration.cleanup.percentage", "100"),
            entry("hazelcast.io.thread.count", "1"),
            entry("hazelcast.event.thread.count", "2"),
            entry("hazelcast.operation.generic.thread.count", "2"),
            // Answers are handed to those who wait for them by the thread that reads them: one change of threads less.
            entry("hazelcast.operation.response.thread.count", "0"));

    private MemberConfig() {}

    /**
     * The operator's wishes without our additions.
     *
     * @throws IllegalArgumentException if the interface is not one of this machine's, or the file cannot be understood
     */
    static Config of(ClusterSettings settings) {
        Path file = settings.config();
        return file == null ? programmatic(settings) : fromFile(file);
    }

    /** Adds what we need and the operator has not said. */
    static void complete(Config config, UUID nodeId) {
        if (config.getClassLoader() == null) {
            config.setClassLoader(MemberConfig.class.getClassLoader());
        }
        if (config.getInstanceName() == null) {
            config.setInstanceName("clowder-" + nodeId.toString().substring(0, 8));
        }
        config.getMemberAttributeConfig().setAttribute(NODE_ATTRIBUTE, nodeId.toString());
        setProperties(config);
        if (MemberRules.sessionMap(config, SESSION_MAPS) == null) {
            config.addMapConfig(sessionMaps());
        }
        completeMergePolicies(config);
        for (String map : List.of(ROUTES_MAP, LEASES_MAP)) {
            if (!config.getMapConfigs().containsKey(map)) {
                config.addMapConfig(new MapConfig(map).setBackupCount(1).setStatisticsEnabled(false));
            }
        }
        if (!config.getMapConfigs().containsKey(Tenure.MAP)) {
            config.addMapConfig(tenures().setStatisticsEnabled(false));
        }
        if (!config.getQueueConfigs().containsKey(Mail.QUEUE + "*")) {
            config.addQueueConfig(mail().setStatisticsEnabled(false));
        }
        if (!config.getMapConfigs().containsKey(VALUE_MAPS)) {
            config.addMapConfig(valueMaps(MemberRules.sessionMap(config, SESSION_MAPS)));
        }
        config.addExecutorConfig(new ExecutorConfig(PING_EXECUTOR, 2).setStatisticsEnabled(false));
        config.getSerializationConfig().addDataSerializableFactory(Ping.FACTORY_ID, Ping::forClass);
        if (config.getSerializationConfig().getJavaSerializationFilterConfig() == null) {
            config.getSerializationConfig().setJavaSerializationFilterConfig(javaSerializationFilter());
        }
    }

    /**
     * What a member lacks that shares its processors with a Tomcat: a partition thread for each two of them, where Hazelcast has
     * one for each. Fewer threads find more to do each time they are woken; the rest of a request takes four times as long as
     * what they do for it (docs/performance.md).
     */
    static void shareProcessors(Config config) {
        int threads = (Runtime.getRuntime().availableProcessors() + 1) / 2;
        setIfAbsent(config, "hazelcast.operation.thread.count", String.valueOf(threads));
    }

    private static Config programmatic(ClusterSettings settings) {
        Config config = new Config();
        config.setClusterName(settings.clusterName());
        config.getJetConfig().setEnabled(false);
        // Our own MBeans report what an operator needs; Hazelcast's collector costs a third of the idle load
        // (1.6 against 1.0 % of a core) and two threads. -Dhazelcast.metrics.enabled=true brings it back.
        config.getMetricsConfig().setEnabled(false);
        listen(config, settings);
        return config;
    }

    private static void listen(Config config, ClusterSettings settings) {
        NetworkConfig network = config.getNetworkConfig();
        network.setPort(settings.port()).setPortAutoIncrement(true).setPortCount(ClusterSettings.PORTS);
        String address = address(settings);
        if (address.equals("127.0.0.1")) {
            network.getInterfaces().setEnabled(true).addInterface(address);
        } else {
            // Not an interfaces element: that would also drop every member given as a host name, because Hazelcast
            // joins only those of its addresses that match the interfaces of *this* node (TcpIpJoiner).
            config.setProperty("hazelcast.local.localAddress", address);
        }
        if (settings.isLoopback()) {
            // Another Tomcat of this machine may have got any of the ports; a refused connection costs nothing here.
            setIfAbsent(config, "hazelcast.tcp.join.port.try.count", String.valueOf(ClusterSettings.PORTS));
        }
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig()
                .setEnabled(true)
                .setConnectionTimeoutSeconds(1)
                .setMembers(settings.members().isEmpty() ? List.of(address) : settings.members());
    }

    private static String address(ClusterSettings settings) {
        String text = settings.networkInterface();
        if (text == null) {
            return "127.0.0.1";
        }
        InetAddress address = new InterfacePattern(text).pick();
        if (address == null) {
            throw new IllegalArgumentException("interface must fit an address of this machine ("
                    + InterfacePattern.localAddresses().stream()
                            .map(InetAddress::getHostAddress)
                            .collect(Collectors.joining(", "))
                    + "), was '" + text + "'");
        }
        return address.getHostAddress();
    }

    private static Config fromFile(Path file) {
        Config config;
        try (InputStream in = Files.newInputStream(file)) {
            config = file.toString().toLowerCase(Locale.ROOT).endsWith(".xml")
                    ? new XmlConfigBuilder(in).build()
                    : new YamlConfigBuilder(in).build();
        } catch (IOException | HazelcastException e) {
            throw new IllegalArgumentException(
                    "config " + file + " is not a Hazelcast member configuration: " + e.getMessage(), e);
        }
        config.setConfigurationFile(file.toFile());
        log.log(Level.INFO, "Hazelcast configuration read from {0}", file);
        if (!config.getAdvancedNetworkConfig().isEnabled()
                && config.getNetworkConfig().equals(new NetworkConfig())) {
            listen(config, ClusterSettings.defaults());
        }
        return config;
    }

    private static void setProperties(Config config) {
        Map<String, String> others = new TreeMap<>();
        PROPERTIES.forEach((name, tested) -> {
            String given = setIfAbsent(config, name, tested);
            if (given != null && !given.equals(tested) && !name.equals("hazelcast.tcp.join.port.try.count")) {
                others.put(name, given + " (tested: " + tested + ")");
            }
        });
        if (!others.isEmpty()) {
            log.log(Level.INFO, "Hazelcast properties that the operator has set: {0}", others);
        }
    }

    /** Sets the property unless the operator has, in the file or as a system property; the operator's value or null. */
    private static @Nullable String setIfAbsent(Config config, String name, String value) {
        String given = config.getProperty(name);
        if (given == null) {
            config.setProperty(name, value);
        }
        return given;
    }

    private static MapConfig sessionMaps() {
        return new MapConfig(SESSION_MAPS)
                .setInMemoryFormat(InMemoryFormat.OBJECT)
                .setBackupCount(1)
                .setAsyncBackupCount(0)
                // Only where the owner is silent: MapEntries.
                .setReadBackupData(true)
                .setTimeToLiveSeconds(0)
                .setMaxIdleSeconds(0)
                .setEvictionConfig(new EvictionConfig()
                        .setEvictionPolicy(EvictionPolicy.NONE)
                        .setMaxSizePolicy(MaxSizePolicy.PER_NODE))
                // The counters of a map cost a few additions; the times of each entry would cost memory.
                .setStatisticsEnabled(true)
                .setPerEntryStatsEnabled(false)
                .setMergePolicyConfig(mergePolicy());
    }

    /** With as many backups as sessions have. */
    private static MapConfig valueMaps(@Nullable MapConfig sessions) {
        return new MapConfig(VALUE_MAPS)
                .setBackupCount(sessions == null ? 1 : sessions.getBackupCount())
                .setStatisticsEnabled(false);
    }

    /** What the map of {@link Tenure}s has to be. */
    static MapConfig tenures() {
        return new MapConfig(Tenure.MAP).setBackupCount(1).setTimeToLiveSeconds((int) Tenure.KEPT.toSeconds());
    }

    /** What the queues of {@link Mail} have to be: who is not answered asks again, and need not wait for a backup. */
    static QueueConfig mail() {
        return new QueueConfig(Mail.QUEUE + "*").setBackupCount(0).setMaxSize(Mail.LONGEST_QUEUE);
    }

    private static void completeMergePolicies(Config config) {
        MapConfig pattern = MemberRules.sessionMap(config, SESSION_MAPS);
        for (MapConfig map : config.getMapConfigs().values()) {
            boolean ofSessions = map.equals(pattern) || map.getName().startsWith("clowder:");
            if (ofSessions && map.getMergePolicyConfig().equals(new MergePolicyConfig())) {
                map.setMergePolicyConfig(mergePolicy());
            }
        }
    }

    private static MergePolicyConfig mergePolicy() {
        return new MergePolicyConfig().setPolicy(ReunionMergePolicy.class.getName());
    }

    /**
     * Records of sessions that other members keep: as objects, because records are immutable and a hit then copies nothing;
     * none of what this member keeps itself; each for a minute at most, whatever becomes of the events that invalidate them.
     */
    static NearCacheConfig nearCache() {
        return new NearCacheConfig()
                .setInMemoryFormat(InMemoryFormat.OBJECT)
                .setInvalidateOnChange(true)
                .setCacheLocalEntries(false)
                .setTimeToLiveSeconds(NEAR_SECONDS)
                .setEvictionConfig(new EvictionConfig()
                        .setEvictionPolicy(EvictionPolicy.LRU)
                        .setMaxSizePolicy(MaxSizePolicy.ENTRY_COUNT)
                        .setSize(NEAR_RECORDS));
    }

    /**
     * Lets through what Hazelcast itself sends in Java serialization, which is exceptions, and nothing that an
     * application or a library on the class path could be abused for.
     */
    /* HAZELCAST.md §13 refuses every class. Then the answer "wrong owner, retry" or "partition is moving" of another
     * member cannot be read (ErrorResponse carries a Throwable); Hazelcast logs "While processing response..." and the
     * caller waits until the call times out. MemberSecurityTest shows both. */
    static JavaSerializationFilterConfig javaSerializationFilter() {
        ClassFilter allowed = new ClassFilter()
                .addPrefixes("com.hazelcast.", "io.clowder.")
                .addPackages("java.lang")
                .addClasses(
                        "[Ljava.lang.StackTraceElement;",
                        "[Ljava.lang.Throwable;",
                        // The list of suppressed exceptions, empty or not, and of causes.
                        "java.util.CollSer",
                        "java.util.ArrayList",
                        "java.util.Collections$EmptyList",
                        "java.util.ConcurrentModificationException",
                        "java.util.NoSuchElementException",
                        "java.util.concurrent.CancellationException",
                        "java.util.concurrent.CompletionException",
                        "java.util.concurrent.ExecutionException",
                        "java.util.concurrent.RejectedExecutionException",
                        "java.util.concurrent.TimeoutException",
                        "java.io.IOException",
                        "java.io.EOFException",
                        "java.io.UncheckedIOException",
                        "java.io.ObjectStreamException",
                        "java.io.InvalidClassException",
                        "java.io.InvalidObjectException",
                        "java.io.NotSerializableException",
                        "java.io.StreamCorruptedException",
                        "java.net.ConnectException",
                        "java.net.SocketException");
        // Libraries that Hazelcast carries along: Jackson's POJONode and the like.
        ClassFilter refused =
                new ClassFilter().addPrefixes("com.hazelcast.shaded.", "com.hazelcast.jet.", "com.hazelcast.sql.");
        return new JavaSerializationFilterConfig()
                .setDefaultsDisabled(true)
                .setWhitelist(allowed)
                .setBlacklist(refused);
    }
}
