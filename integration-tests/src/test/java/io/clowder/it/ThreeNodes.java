/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.util.List;

/**
 * The nodes a, b and c that test classes share, each with the probe once for each way of keeping sessions. A test may
 * stop, kill or freeze them: before each test all run, in one cluster in which everything has its backup.
 */
final class ThreeNodes implements AutoCloseable {
    /** The default with a jvmRoute: the node that serves a session holds it. */
    static final String STICKY = "/probe";

    /** Each request asks the cluster. */
    static final String ROAMING = "/roaming";

    /** No request asks the cluster for what this node has already. */
    static final String NEAR = "/near";

    /** What docs/login.md tells operators to set. */
    private static final String DIGEST = "<Valve className=\"org.apache.catalina.authenticator.DigestAuthenticator\""
            + " cache=\"true\" key=\"the same on each node\" opaque=\"the same on each node\"/>";

    /** With listeners of every kind, of all kinds of managers; it looks for idle sessions each second. */
    static final String STANDARD_JOURNAL = "/standard-journal";

    static final String JOURNAL = "/journal";
    static final String ROAMING_JOURNAL = "/roaming-journal";

    private final Nodes nodes = new Nodes("three", 7160);
    private final TomcatNode a;
    private final TomcatNode b;
    private final TomcatNode c;

    private ThreeNodes() {
        a = nodes.start("a", ThreeNodes::common, apps());
        b = nodes.start("b", ThreeNodes::common, apps());
        c = nodes.start("c", ThreeNodes::common, apps());
    }

    private static TomcatLayout.Builder common(TomcatLayout.Builder builder) {
        return builder.user("tom", TwoNodes.PASSWORD, "cat").user("CN=tom", "unused", "cat");
    }

    private WebApp[] apps() {
        String roaming = nodes.membership() + " affinity=\"roaming\"";
        return new WebApp[] {
            WebApp.probe("probe"),
            WebApp.probe("roaming").manager(roaming),
            WebApp.probe("near").manager(roaming + " reads=\"near\""),
            WebApp.probe("basic").login("BASIC"),
            WebApp.probe("form").login("FORM"),
            WebApp.probe("roaming-basic").login("BASIC").manager(roaming),
            WebApp.probe("roaming-form").login("FORM").manager(roaming),
            WebApp.probe("digest").login("DIGEST").contextXml(nodes.managerLine("") + DIGEST),
            WebApp.probe("roaming-digest")
                    .login("DIGEST")
                    .contextXml(nodes.managerLine("affinity=\"roaming\"") + DIGEST),
            WebApp.probe("plain-digest").login("DIGEST"),
            WebApp.probe("certificate")
                    .login("CLIENT-CERT")
                    .contextXml(nodes.managerLine("") + "<Valve className=\"org.apache.catalina.valves.SSLValve\"/>"),
            sockets("socket", ""),
            sockets("roaming-socket", " affinity=\"roaming\""),
            sockets("keep", " webSocketKeepAlive=\"true\""),
            sockets("roaming-keep", " affinity=\"roaming\" webSocketKeepAlive=\"true\""),
            ending("standard-socket")
                    .contextXml("<Manager className=\"org.apache.catalina.session.StandardManager\""
                            + " processExpiresFrequency=\"1\"/>"),
            WebApp.spring("spring"),
            WebApp.spring("roaming-spring").manager(roaming),
            WebApp.journal("standard-journal")
                    .contextXml("<Manager className=\"org.apache.catalina.session.StandardManager\""
                            + " processExpiresFrequency=\"1\"/>"),
            WebApp.journal("journal").manager(nodes.membership() + " processExpiresFrequency=\"1\""),
            WebApp.journal("roaming-journal").manager(roaming + " processExpiresFrequency=\"1\""),
            WebApp.faces("faces"),
            WebApp.faces("roaming-faces").manager(roaming),
        };
    }

    private WebApp sockets(String name, String more) {
        return ending(name).manager(nodes.membership() + " processExpiresFrequency=\"1\"" + more);
    }

    /** Has users, and looks for idle sessions each second. */
    private static WebApp ending(String name) {
        return WebApp.probe(name).login("BASIC").context("backgroundProcessorDelay=\"1\"");
    }

    TomcatNode a() {
        return a;
    }

    TomcatNode b() {
        return b;
    }

    TomcatNode c() {
        return c;
    }

    /** The nodes a, b and c, in this order. */
    List<TomcatNode> all() {
        return List.of(a, b, c);
    }

    /** The nodes in turn: 0 is a, 3 is a again. */
    TomcatNode turn(int number) {
        return all().get(Math.floorMod(number, 3));
    }

    /** A counter of an application's managers, over all nodes that run. */
    long counter(String app, String name) {
        return all().stream()
                .filter(TomcatNode::isAlive)
                .mapToLong(node -> Nodes.counter(node, app, name))
                .sum();
    }

    /** The cluster, for a test that needs one more node. */
    Nodes nodes() {
        return nodes;
    }

    @Override
    public void close() {
        nodes.close();
    }

    /** Gives a test the nodes as a parameter. */
    static final class Shared extends SharedNodes<ThreeNodes> {
        Shared() {
            super(ThreeNodes.class, ThreeNodes::new, ThreeNodes::nodes);
        }
    }
}
