/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import io.clowder.farm.TomcatNode;
import io.clowder.it.app.Farewell;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;

/**
 * The nodes a, b and c of the tests whose sessions end by their timeout: all look for idle sessions each second, and write a line
 * for each session that they end. The application {@link #SOME} is on a and b only.
 */
final class SweptNodes implements AutoCloseable {
    static final String STICKY = "/sticky";
    static final String ROAMING = "/roaming";
    static final String NEAR = "/near";
    static final String SOME = "/some";

    private static final String FAREWELL = "farewell to ";
    private static final int CLIENTS = 8;

    private final Nodes nodes = new Nodes("swept", 7300);
    private final List<TomcatNode> all = new ArrayList<>();

    private SweptNodes() {
        for (String name : List.of("a", "b", "c")) {
            List<WebApp> apps = new ArrayList<>(List.of(
                    WebApp.probe("probe"),
                    app("sticky", ""),
                    app("roaming", "affinity=\"roaming\""),
                    app("near", "affinity=\"roaming\" reads=\"near\"")));
            if (!name.equals("c")) {
                apps.add(app("some", ""));
            }
            all.add(nodes.start(name, builder -> builder, apps.toArray(new WebApp[0])));
        }
    }

    private WebApp app(String name, String more) {
        return swept(nodes, name, more);
    }

    /** The probe of that name, in a cluster, as it is on these nodes. */
    static WebApp swept(Nodes nodes, String name, String more) {
        return WebApp.probe(name)
                .context("backgroundProcessorDelay=\"1\"")
                .manager(nodes.membership() + " processExpiresFrequency=\"1\" " + more)
                .webXml("<listener><listener-class>" + Farewell.class.getName() + "</listener-class></listener>");
    }

    TomcatNode a() {
        return all.get(0);
    }

    TomcatNode b() {
        return all.get(1);
    }

    TomcatNode c() {
        return all.get(2);
    }

    List<TomcatNode> all() {
        return all;
    }

    /** Creates a session that is told by its name when it ends. */
    static HttpUser create(TomcatNode node, String app, String name, int timeoutSeconds) {
        HttpUser user = new HttpUser();
        user.does(node, app, "interval:" + timeoutSeconds, "set:name=" + name, "cart:cart=milk");
        return user;
    }

    /** Does something for each number from 0, several at a time. */
    static void inParallel(int count, IntConsumer work) {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<CompletableFuture<Void>> parts = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                int first = client;
                parts.add(CompletableFuture.runAsync(
                        () -> {
                            for (int i = first; i < count; i += CLIENTS) {
                                work.accept(i);
                            }
                        },
                        clients));
            }
            parts.forEach(CompletableFuture::join);
        } finally {
            clients.shutdown();
        }
    }

    /** How often each session whose name begins so was announced, on any node, also one that does not live any more. */
    Map<String, Integer> announced(String tag) {
        return announced(all, tag);
    }

    static Map<String, Integer> announced(List<TomcatNode> nodes, String tag) {
        Map<String, Integer> times = new TreeMap<>();
        nodes.forEach(node -> announcedBy(node, tag).forEach(line -> times.merge(line, 1, Integer::sum)));
        return times;
    }

    static List<String> announcedBy(TomcatNode node, String tag) {
        return node.log()
                .lines()
                .filter(line -> line.startsWith(FAREWELL + tag))
                .toList();
    }

    /** What {@link #announced} says of a session of {@link #create}. */
    static String farewell(String name) {
        return FAREWELL + name + " with milk";
    }

    /** A look each second at each of the nodes, and a machine that is busy. */
    static final Duration LOOK = Duration.ofSeconds(15);

    @Override
    public void close() {
        nodes.close();
    }

    /** Gives a test the nodes as a parameter. */
    static final class Shared extends SharedNodes<SweptNodes> {
        Shared() {
            super(SweptNodes.class, SweptNodes::new, swept -> swept.nodes);
        }
    }
}
