/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Members of a cluster of their own, on the loopback interface of this JVM. */
final class StoreMembers implements AutoCloseable {

    static final String NODE = "clowder.node";

    private static final Logger HAZELCAST = Logger.getLogger("com.hazelcast");

    static {
        HAZELCAST.setLevel(Level.WARNING);
    }

    private static final int FIRST_PORT = 6300;
    private static final int FIRST_CLIENT_PORT = 6340;

    private final String cluster = "store-" + UUID.randomUUID();
    private final List<HazelcastInstance> started = new ArrayList<>();
    private final List<HazelcastInstance> clients = new ArrayList<>();

    private final Consumer<Config> customizer;

    /** Starts this many, and waits until they are one cluster whose partitions have their backups. */
    StoreMembers(int count) {
        this(count, config -> {});
    }

    /** As above; the last word on the configuration of each member is the test's. */
    StoreMembers(int count, Consumer<Config> customizer) {
        this.customizer = customizer;
        for (int i = 0; i < count; i++) {
            start();
        }
    }

    /** One more. */
    HazelcastInstance start() {
        started.add(Hazelcast.newHazelcastInstance(config()));
        awaitSafe();
        return started.get(started.size() - 1);
    }

    HazelcastInstance get(int index) {
        return started.get(index);
    }

    /** A client of the members that run, which is this node. */
    HazelcastInstance client(UUID node) {
        List<String> addresses = running().stream()
                .map(member ->
                        Objects.requireNonNull(ClientPort.of(member.getCluster().getLocalMember()), "no client port"))
                .map(ClusterMember::address)
                .toList();
        ClusterSettings settings =
                new ClusterSettings(cluster, addresses, null, ClusterSettings.DEFAULT_PORT, null, Topology.CLIENT);
        ClientConfig config = ClientStart.config(settings, node);
        // No test freezes a member; a machine that is busy may look as if one did.
        config.setProperty("hazelcast.client.heartbeat.timeout", "60000");
        HazelcastInstance client = ClientStart.of(config, addresses, new Link(), Duration.ofSeconds(20), true);
        clients.add(client);
        return client;
    }

    /** Ends a member as a crash would. */
    void terminate(int index) {
        started.get(index).getLifecycleService().terminate();
    }

    /** Waits until each partition has its owner and backups where they belong. */
    void awaitSafe() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    List<HazelcastInstance> running = running();
                    return running.stream()
                            .allMatch(member -> member.getCluster().getMembers().size() == running.size()
                                    && member.getPartitionService().isClusterSafe()
                                    && ownsSome(member));
                });
    }

    /** Partitions have no owner before somebody asks for one; whoever joins later gets some by and by. */
    private static boolean ownsSome(HazelcastInstance member) {
        Object unused = member.getMap("warm-up").size();
        return member.getPartitionService().getPartitions().stream()
                .anyMatch(partition -> member.getCluster().getLocalMember().equals(partition.getOwner()));
    }

    private List<HazelcastInstance> running() {
        return started.stream()
                .filter(member -> member.getLifecycleService().isRunning())
                .toList();
    }

    @Override
    public void close() {
        clients.forEach(HazelcastInstance::shutdown);
        started.forEach(member -> member.getLifecycleService().terminate());
    }

    /** The nodes as their members' attributes name them. */
    static Nodes nodes(HazelcastInstance instance) {
        NodeId self = node(instance.getCluster().getLocalMember());
        return new Nodes() {
            @Override
            public NodeId self() {
                return self;
            }

            @Override
            public @Nullable Member member(NodeId node) {
                return instance.getCluster().getMembers().stream()
                        .filter(member -> node(member).equals(node))
                        .findFirst()
                        .orElse(null);
            }

            @Override
            public @Nullable NodeId node(Member member) {
                return StoreMembers.node(member);
            }

            @Override
            public Collection<Member> all() {
                return instance.getCluster().getMembers();
            }

            @Override
            public long lastContact() {
                return System.nanoTime();
            }
        };
    }

    static NodeId node(Member member) {
        return new NodeId(UUID.fromString(member.getAttribute(NODE)));
    }

    private Config config() {
        Config config = new Config();
        config.setClusterName(cluster).setClassLoader(StoreMembers.class.getClassLoader());
        Map.of(
                        "hazelcast.logging.type", "jdk",
                        "hazelcast.phone.home.enabled", "false",
                        "hazelcast.shutdownhook.enabled", "false",
                        "hazelcast.socket.bind.any", "false",
                        "hazelcast.wait.seconds.before.join", "0",
                        "hazelcast.operation.call.timeout.millis", "10000",
                        "hazelcast.operation.backup.timeout.millis", "1000",
                        "hazelcast.operation.fail.on.indeterminate.state", "true",
                        "hazelcast.partition.count", "31",
                        "hazelcast.tcp.join.port.try.count", "10")
                .forEach(config::setProperty);
        config.setProperty("hazelcast.io.thread.count", "1");
        config.setProperty("hazelcast.map.invalidation.batch.enabled", "false");
        config.setProperty("hazelcast.operation.generic.thread.count", "2");
        config.getNetworkConfig().setPort(FIRST_PORT).setPortAutoIncrement(true).setPortCount(40);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        var join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setConnectionTimeoutSeconds(1);
        started.stream()
                .filter(member -> member.getLifecycleService().isRunning())
                .forEach(member -> join.getTcpIpConfig()
                        .addMember("127.0.0.1:"
                                + member.getCluster()
                                        .getLocalMember()
                                        .getAddress()
                                        .getPort()));
        config.getJetConfig().setEnabled(false);
        config.getMetricsConfig().setEnabled(false);
        config.getMemberAttributeConfig().setAttribute(NODE, UUID.randomUUID().toString());
        config.addMapConfig(new MapConfig("clowder:*")
                .setInMemoryFormat(InMemoryFormat.OBJECT)
                .setBackupCount(1)
                .setReadBackupData(true)
                .setPerEntryStatsEnabled(false)
                .setNearCacheConfig(MemberConfig.nearCache()));
        ClowderSerialization.register(config);
        config.getSerializationConfig().addDataSerializableFactory(Ping.FACTORY_ID, Ping::forClass);
        customizer.accept(config);
        new ClientPort(FIRST_CLIENT_PORT).open(config);
        return config;
    }
}
