/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Without a jvmRoute each request may go anywhere. */
@Tag("any-tomcat")
class RoamingIT {
    private static final String APP = "/probe";
    private static final Nodes NODES = new Nodes("roaming", 7060);
    private static TomcatNode a;
    private static TomcatNode b;

    @BeforeAll
    static void start() {
        a = NODES.startWithoutRoute("a", WebApp.probe("probe"));
        b = NODES.startWithoutRoute("b", WebApp.probe("probe"));
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    @BeforeEach
    void settle() {
        NODES.settled();
    }

    @Test
    void aCounterNeverRepeatsOrMisses() {
        HttpUser user = new HttpUser();
        user.does(a, APP, "set:x=1");
        String id = user.sessionId();
        assertThat(id).doesNotContain(".");
        assertThat(IntStream.rangeClosed(1, 200).mapToObj(i -> user.asks(i % 2 == 0 ? a : b, APP, "inc:n")))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 200)
                        .mapToObj(Integer::toString)
                        .toList());
        assertThat(user.sessionId()).isEqualTo(id);
    }

    @Test
    void theEndIsTheEndEverywhere() {
        HttpUser user = new HttpUser();
        user.does(a, APP, "set:x=1");
        String id = user.sessionId();
        assertThat(user.does(b, APP, "get:x", "end")).containsExactly("1", "ended");
        assertThat(new HttpUser().comesWith(APP, id).asks(a, APP, "found")).isEqualTo("none");
        assertThat(new HttpUser().comesWith(APP, id).asks(b, APP, "found")).isEqualTo("none");
    }

    @Test
    void anIdThatNobodyKnowsCostsOneLookUpARequestAndOneThatCannotBeNone() {
        HttpUser stranger = new HttpUser().comesWith(APP, "0123456789ABCDEF0123456789ABCDEF");
        long before = Nodes.counter(b, APP, "storeOperations");
        for (int i = 1; i <= 5; i++) {
            assertThat(stranger.does(b, APP, "found", "found", "found")).containsExactly("none", "none", "none");
            assertThat(Nodes.counter(b, APP, "storeOperations")).isEqualTo(before + i);
        }
        HttpUser liar = new HttpUser().comesWith(APP, "A".repeat(1_000));
        assertThat(liar.asks(b, APP, "found")).isEqualTo("none");
        assertThat(Nodes.counter(b, APP, "storeOperations")).isEqualTo(before + 5);
    }

    @Test
    void aSessionOutlivesTheNodeThatServedItLast() {
        HttpUser user = new HttpUser();
        user.does(b, APP, "inc:n", "cart:cart=milk");
        user.does(a, APP, "inc:n");
        a.kill();
        assertThat(user.does(b, APP, "inc:n", "get:cart")).containsExactly("3", "milk");
    }
}
