/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** CL-6: applications that share an id, and environments that share a cluster, never see each other's attributes. */
@ExtendWith(TwoNodes.Shared.class)
class CL6IsolationIT {

    @Test
    void twoApplicationsWithOneIdKeepSeparateAttributes(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), "/root1", "set:x=one", "set:only1=1");
        String id = user.sessionId();
        assertThat(user.does(two.a(), "/root2", "isNew", "names", "set:x=two", "set:only2=2"))
                .containsExactly("true", "", "ok", "ok");
        assertThat(user.sessionId()).isEqualTo(id);

        two.a().kill();
        assertThat(user.does(two.b(), "/root2", "names", "get:x")).containsExactly("only2,x", "two");
        assertThat(user.does(two.b(), "/root1", "names", "get:x")).containsExactly("only1,x", "one");
        assertThat(user.base()).isEqualTo(id.replace(".a", ""));
    }

    /** Tomcat looks into all applications before it gives the id to a session of another. */
    @Test
    void aNewSessionOfOneTakesNothingFromTheOther(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), "/root1", "set:x=one");
        String base = user.base();
        long takeovers = Nodes.counter(two.b(), "/root1", "takeovers");
        assertThat(user.does(two.b(), "/root2", "set:x=two")).containsExactly("ok");
        assertThat(user.sessionId()).isEqualTo(base + ".b");
        assertThat(Nodes.counter(two.b(), "/root1", "takeovers")).isEqualTo(takeovers);

        assertThat(user.does(two.b(), "/root1", "names", "get:x")).containsExactly("x", "one");
        assertThat(Nodes.counter(two.b(), "/root1", "takeovers")).isEqualTo(takeovers + 1);
        assertThat(user.does(two.b(), "/root2", "names", "get:x")).containsExactly("x", "two");
        assertThat(user.sessionId()).isEqualTo(base + ".b");
    }

    @Test
    void theyAreTakenOverEachByItself(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), "/root1", "set:x=one");
        user.does(two.a(), "/root2", "set:x=two");
        String base = user.base();
        for (int i = 1; i <= 4; i++) {
            boolean even = i % 2 == 0;
            assertThat(user.asks(even ? two.a() : two.b(), "/root1", "inc:n1")).isEqualTo("" + i);
            assertThat(user.asks(even ? two.b() : two.a(), "/root2", "inc:n2")).isEqualTo("" + i);
        }
        for (TomcatNode node : List.of(two.a(), two.b())) {
            assertThat(user.does(node, "/root1", "names", "get:x")).containsExactly("n1,x", "one");
            assertThat(user.does(node, "/root2", "names", "get:x")).containsExactly("n2,x", "two");
        }
        assertThat(user.base()).isEqualTo(base);
    }

    @Test
    void theEndOfOneIsNotTheEndOfTheOther(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), "/root1", "set:x=one");
        String base = user.base();
        user.does(two.a(), "/root2", "set:x=two");
        assertThat(user.asks(two.b(), "/root1", "end")).isEqualTo("ended");
        user.comesWith("/", base + ".b");
        assertThat(user.asks(two.b(), "/root2", "get:x")).isEqualTo("two");
        assertThat(user.asks(two.b(), "/root1", "found")).isEqualTo("none");
    }

    @Test
    void twoNamespacesNeverMeet(TwoNodes two) {
        // The node a serves /environment in the namespace one, the node b in the namespace two.
        HttpUser one = new HttpUser();
        one.does(two.a(), "/environment", "set:x=one");
        HttpUser two2 = new HttpUser().comesWith("/environment", one.sessionId());
        assertThat(two2.asks(two.b(), "/environment", "found")).isEqualTo("none");
        two2.does(two.b(), "/environment", "set:x=two");
        assertThat(two2.base()).isNotEqualTo(one.base());
        assertThat(one.does(two.a(), "/environment", "names", "get:x")).containsExactly("x", "one");
        assertThat(two2.does(two.b(), "/environment", "names", "get:x")).containsExactly("x", "two");
    }
}
