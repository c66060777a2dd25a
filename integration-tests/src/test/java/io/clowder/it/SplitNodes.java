/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Tomcats in one cluster, each on a host of its own of a network that can be cut, where the members find each other; browsers
 * reach all of them all the time.
 */
final class SplitNodes implements AutoCloseable {
    static final String STICKY = "/probe";
    static final String ROAMING = "/roaming";
    static final String FORM = "/form";
    static final String READY = "/ready";

    /** What a cluster of members without ports would look for at twenty: see {@link FrozenNodeIT}. */
    private static final Duration ONE = Duration.ofSeconds(90);

    private final Nodes nodes;
    private final List<TomcatNode> all = new ArrayList<>();
    private final List<Relay> relays = new ArrayList<>();

    /**
     * Starts one on each host, and waits until they are one cluster.
     *
     * @param listener more attributes of the ServerListener
     */
    SplitNodes(Network network, int size, String name, int port, String listener) {
        nodes = new Nodes(name, cluster -> "");
        String members = IntStream.range(0, size)
                .mapToObj(host -> network.address(host) + ":" + port)
                .collect(Collectors.joining(", "));
        Path sockets = folder();
        for (int host = 0; host < size; host++) {
            String membership = "clusterName=\"" + nodes.cluster() + "\" interface=\"" + network.address(host)
                    + "\" port=\"" + port + "\" members=\"" + members + "\" " + listener;
            Path socket = sockets.resolve(name + host);
            List<String> on = network.on(host);
            TomcatNode node = nodes.start(
                    "" + (char) ('a' + host),
                    builder -> common(builder)
                            .launcher(on)
                            .connectorAttributes("unixDomainSocketPath=\"" + socket + "\"")
                            .server("<Listener className=\"io.clowder.tomcat.ServerListener\" " + membership + "/>"),
                    WebApp.probe("probe"),
                    WebApp.probe("roaming").manager("affinity=\"roaming\""),
                    WebApp.probe("form").login("FORM"));
            relays.add(new Relay(node.port(), socket));
            all.add(node);
        }
        awaitCluster(all, ONE);
    }

    private static TomcatLayout.Builder common(TomcatLayout.Builder builder) {
        return builder.user("tom", TwoNodes.PASSWORD, "cat")
                .engine("<Valve className=\"io.clowder.tomcat.ReadinessValve\"/>");
    }

    /** The path of a Unix domain socket has at most 107 bytes: those below the build's folder may be longer. */
    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("clowder");
            folder.toFile().deleteOnExit();
            return folder;
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
    }
}
