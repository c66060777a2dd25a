/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.util.List;

/**
 * The nodes a and b, whose host has the clustered single sign-on and Tomcat's crawler valve: shared by the tests of single
 * sign-on and of what makes sessions. Before each test both run, in one cluster in which everything has its backup.
 */
final class HostNodes implements AutoCloseable {

    /** What idle sessions are looked for each second with. */
    private static final String PROMPT = " processExpiresFrequency=\"1\"";

    private static final String EACH_SECOND = "backgroundProcessorDelay=\"1\"";

    private final Nodes nodes = new Nodes("host", 7420);
    private final TomcatNode a;
    private final TomcatNode b;

    private HostNodes() {
        a = nodes.start("a", HostNodes::common, apps());
        b = nodes.start("b", HostNodes::common, apps());
    }

    private static TomcatLayout.Builder common(TomcatLayout.Builder builder) {
        return builder.logLevel("io.clowder", "FINE")
                .user("tom", TwoNodes.PASSWORD, "cat")
                .host("<Valve className=\"io.clowder.tomcat.ClowderSingleSignOn\"/>"
                        + "<Valve className=\"org.apache.catalina.valves.CrawlerSessionManagerValve\""
                        + " sessionInactiveInterval=\"5\"/>");
    }

    private WebApp[] apps() {
        String membership = nodes.membership() + PROMPT;
        String roaming = membership + " affinity=\"roaming\"";
        return new WebApp[] {
            WebApp.probe("probe").file("picture.txt", "a cat"),
            WebApp.probe("x").login("FORM").context(EACH_SECOND).manager(membership),
            WebApp.probe("y").login("BASIC").context(EACH_SECOND).manager(membership),
            WebApp.probe("roaming-x").login("FORM").context(EACH_SECOND).manager(roaming),
            WebApp.probe("roaming-y").login("BASIC").context(EACH_SECOND).manager(roaming),
            WebApp.probe("other")
                    .login("BASIC")
                    .contextXml("<Manager className=\"org.apache.catalina.session.StandardManager\"/>"),
            WebApp.probe("crawled").context(EACH_SECOND).manager(membership + " strict=\"true\""),
            WebApp.probe("empty").context(EACH_SECOND).manager(membership + " storeEmptySessions=\"false\""),
            WebApp.probe("roaming-empty").context(EACH_SECOND).manager(roaming + " storeEmptySessions=\"false\""),
            WebApp.probe("full").manager(membership + " maxActiveSessions=\"3\""),
        };
    }

    TomcatNode a() {
        return a;
    }

    TomcatNode b() {
        return b;
    }

    List<TomcatNode> both() {
        return List.of(a, b);
    }

    @Override
    public void close() {
        nodes.close();
    }

    /** Gives a test the nodes as a parameter. */
    static final class Shared extends SharedNodes<HostNodes> {
        Shared() {
            super(HostNodes.class, HostNodes::new, host -> host.nodes);
        }
    }
}
