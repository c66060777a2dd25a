/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Tomcats in one cluster, each on a host of its own of a network that can be cut, where the members find each other; browsers
 * reach all of them all the time.
 */
final class SplitNodes implements AutoCloseable {
    static final String STICKY = "/probe";
    static final String ROAMING = "/roaming";
    static final String READY = "/ready";

    private static final Duration TOGETHER = Duration.ofSeconds(90);

    private final Nodes nodes;
    private final Path sockets;
    private final List<TomcatNode> all = new ArrayList<>();
    private final List<Relay> relays = new ArrayList<>();

    /**
     * Starts one on each host, and waits until they are one cluster.
     *
     * @param listener more attributes of the ServerListener
     */
    SplitNodes(Network network, int size, String name, int port, String listener) {
        nodes = new Nodes(name, cluster -> "");
        // With ports: Hazelcast waits 5 s at each where nobody listens, when it looks for a cluster to merge with.
        String members = IntStream.range(0, size)
                .mapToObj(host -> network.address(host) + ":" + port)
                .collect(Collectors.joining(", "));
        sockets = folder();
        for (int host = 0; host < size; host++) {
            String membership = "clusterName=\"" + nodes.cluster() + "\" interface=\"" + network.address(host)
                    + "\" port=\"" + port + "\" members=\"" + members + "\" " + listener;
            Path socket = sockets.resolve(name + host);
            List<String> on = network.on(host);
            TomcatNode node = nodes.start(
                    "" + (char) ('a' + host),
                    builder -> builder.launcher(on)
                            .engine("<Valve className=\"io.clowder.tomcat.ReadinessValve\"/>")
                            .connectorAttributes("unixDomainSocketPath=\"" + socket + "\"")
                            .server("<Listener className=\"io.clowder.tomcat.ServerListener\" " + membership + "/>"),
                    WebApp.probe("probe"),
                    WebApp.probe("roaming").manager("affinity=\"roaming\""));
            relays.add(new Relay(node.port(), socket));
            all.add(node);
        }
        awaitCluster(all, TOGETHER);
    }

    /** The path of a Unix domain socket has at most 107 bytes: those below the build's folder may be longer. */
    private static Path folder() {
        try {
            return Files.createTempDirectory("clowder");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<TomcatNode> all() {
        return all;
    }

    /** Those on these hosts. */
    List<TomcatNode> on(Collection<Integer> hosts) {
        return hosts.stream().map(all::get).toList();
    }

    /** Until these are a cluster, and every partition has its backup. */
    static void awaitCluster(List<TomcatNode> nodes, Duration patience) {
        nodes.forEach(node -> node.awaitReady(STICKY + "/do?q=hello", Nodes.START));
        await().atMost(patience)
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(nodes)
                        .allMatch(node -> Nodes.cluster(node, "members").equals("" + nodes.size())
                                && Nodes.cluster(node, "safe").equals("true")));
    }

    /** The sum of a counter over all nodes. */
    long counter(String app, String name) {
        return all.stream().mapToLong(node -> Nodes.counter(node, app, name)).sum();
    }

    @Override
    public void close() {
        nodes.close();
        relays.forEach(Relay::close);
        // A Tomcat that was killed has left its own.
        for (File socket : Objects.requireNonNull(sockets.toFile().listFiles())) {
            socket.delete();
        }
        sockets.toFile().delete();
    }
}
