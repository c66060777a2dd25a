/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.util.function.UnaryOperator;

/**
 * The nodes a and b that most test classes share, because each start of a Tomcat costs seconds. A test may stop, kill or
 * freeze them: before each test both run, in one cluster in which everything has its backup.
 */
final class TwoNodes implements AutoCloseable {
    static final String PASSWORD = "nine-lives-never-to-be-stored";

    private final Nodes nodes = new Nodes("two", 7000);
    private final TomcatNode a;
    private final TomcatNode b;

    private TwoNodes() {
        a = nodes.start("a", this::common, apps("one"));
        b = nodes.start("b", this::common, apps("two"));
    }

    private TomcatLayout.Builder common(TomcatLayout.Builder builder) {
        return builder.connector("<UpgradeProtocol className=\"org.apache.coyote.http2.Http2Protocol\"/>")
                .user("tom", PASSWORD, "cat")
                .user("admin", "admin", "manager-script")
                .app("manager", Nodes.tomcat().home().resolve("webapps/manager"));
    }

    private WebApp[] apps(String namespace) {
        return new WebApp[] {
            WebApp.probe("probe"),
            WebApp.probe("standard").contextXml("<Manager className=\"org.apache.catalina.session.StandardManager\"/>"),
            WebApp.probe("strict").manager(nodes.membership() + " strict=\"true\""),
            WebApp.probe("basic").login("BASIC"),
            WebApp.probe("form").login("FORM"),
            WebApp.probe("forgetful").login("BASIC").manager(nodes.membership() + " persistAuthentication=\"false\""),
            WebApp.probe("root1").context("sessionCookiePath=\"/\""),
            WebApp.probe("root2").context("sessionCookiePath=\"/\""),
            WebApp.probe("environment").manager(nodes.membership() + " namespace=\"" + namespace + "\""),
            WebApp.probe("distributable").webXml("<distributable/>"),
            WebApp.probe("url").context("cookies=\"false\""),
            WebApp.probe("cookie-domain").context("sessionCookiePath=\"/\" sessionCookieDomain=\"example.org\""),
            WebApp.probe("cookie-script").context("useHttpOnly=\"false\""),
            WebApp.probe("cookie-name").context("sessionCookieName=\"CAT\""),
            WebApp.probe("cookie-age")
                    .webXml("<session-config><cookie-config><secure>true</secure><max-age>1200</max-age>"
                            + "</cookie-config></session-config>"),
            WebApp.probe("cookie-site")
                    .contextXml("<CookieProcessor className=\"org.apache.tomcat.util.http.Rfc6265CookieProcessor\""
                            + " sameSiteCookies=\"strict\"/>"),
            WebApp.probe("cookie-partitioned")
                    .context("usePartitioned=\"true\"")
                    .contextXml("<CookieProcessor className=\"org.apache.tomcat.util.http.Rfc6265CookieProcessor\""
                            + " sameSiteCookies=\"none\"/>")
                    .webXml("<session-config><cookie-config><secure>true</secure></cookie-config></session-config>")
        };
    }

    TomcatNode a() {
        return a;
    }

    TomcatNode b() {
        return b;
    }

    /** The cluster, for a test that needs one more node. */
    Nodes nodes() {
        return nodes;
    }

    /** One more node of the cluster with this route, not started before the test and gone after it. */
    TomcatNode start(String route, UnaryOperator<TomcatLayout.Builder> more) {
        return nodes.start(route, builder -> more.apply(common(builder)), apps("three"));
    }

    @Override
    public void close() {
        nodes.close();
    }

    /** Gives a test the nodes as a parameter. */
    static final class Shared extends SharedNodes<TwoNodes> {
        Shared() {
            super(TwoNodes.class, TwoNodes::new, TwoNodes::nodes);
        }
    }
}
