/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatDistribution;
import io.clowder.farm.TomcatNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RU-1: a Tomcat 10.1 and a Tomcat 11 share sessions, as in the middle of an upgrade. */
@Tag("any-tomcat")
class RU1MixedTomcatsIT {
    private static final int CLICKS = 50;
    private static final Nodes NODES = new Nodes("ru1", 7220);

    private static TomcatNode ten;
    private static TomcatNode eleven;

    @BeforeAll
    static void start() {
        ten = node(10);
        eleven = node(11);
    }

    private static TomcatNode node(int major) {
        String roaming = NODES.membership() + " affinity=\"roaming\"";
        return NODES.start(
                TomcatDistribution.ofMajor(major),
                "tomcat" + major,
                builder -> builder.user("tom", TwoNodes.PASSWORD, "cat"),
                WebApp.probe("probe"),
                WebApp.probe("roaming").manager(roaming),
                WebApp.probe("form").login("FORM"));
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    @BeforeEach
    void settle() {
        NODES.settled();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/probe", "/roaming"})
    void whatOneWritesTheOtherReads(String app) {
        HttpUser user = new HttpUser();
        user.does(ten, app, "list:list", "shelf:shelf", "set:text=first");
        for (int i = 1; i <= CLICKS; i++) {
            TomcatNode node = i % 2 == 0 ? ten : eleven;
            assertThat(user.does(node, app, "inc:n", "append:list=" + i, "get:text", "set:text=" + i, "isNew"))
                    .containsExactly("" + i, "" + i, i == 1 ? "first" : "" + (i - 1), "ok", "false");
        }
        String base = user.base();
        assertThat(user.does(eleven, app, "stock:shelf=tea", "change")).first().isEqualTo("{top=tea} 1 +");
        assertThat(user.base()).isNotEqualTo(base);
        assertThat(user.does(ten, app, "get:shelf", "get:n")).containsExactly("{top=tea} 1 +", "" + CLICKS);
        String id = user.sessionId();
        user.does(eleven, app, "end");
        assertThat(new HttpUser().comesWith(app, id).asks(ten, app, "found")).isEqualTo("none");
    }

    /** The login page is shown by one, the form is taken by the other, and each knows who it is afterwards. */
    @Test
    void aLoginMovesBetweenThem() {
        HttpUser user = new HttpUser();
        assertThat(user.get(ten, "/form/secure/do" + HttpUser.query("user")).body())
                .isEqualTo("please log in");
        Answer login = user.post(eleven, "/form/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
        assertThat(login.status()).as(login.body()).isIn(302, 303);
        for (TomcatNode node : new TomcatNode[] {ten, eleven, ten}) {
            assertThat(user.get(node, "/form/secure/do" + HttpUser.query("user", "role:cat"))
                            .lines())
                    .containsExactly("tom by FORM", "true");
        }
    }

    @Test
    void whatOneLeavesBehindTheOtherHas() {
        HttpUser user = new HttpUser();
        user.does(ten, "/probe", "list:list", "append:list=1", "cart:cart=milk");
        ten.kill();
        assertThat(user.does(eleven, "/probe", "append:list=2", "get:cart")).containsExactly("2", "milk");
    }
}
