/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** FO-2: a node that lost a client and gets it back, without a restart, never shows what it had kept. */
@Tag("any-tomcat")
@ExtendWith(TwoNodes.Shared.class)
class FO2FailbackIT {
    private static final String APP = "/probe";
    private static final int ROUNDS = 50;

    @Test
    void fiftyReturnsNeverShowAnOldValue(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "int:x=0", "cart:cart=0", "set:constant=same");
        String base = user.base();
        StringBuilder cart = new StringBuilder("0");

        for (int i = 1; i <= 2 * ROUNDS; i++) {
            TomcatNode node = i % 2 == 1 ? two.b() : two.a();
            assertThat(user.does(node, APP, "get:x", "get:cart", "get:constant", "int:x=" + i, "cart:cart=" + i))
                    .as("hop %s", i)
                    .containsExactly(
                            "" + (i - 1),
                            cart.toString(),
                            "same",
                            "ok",
                            cart.append("|" + i).toString());
            assertThat(user.base()).isEqualTo(base);
            assertThat(user.route()).isEqualTo(HttpUser.routeOf(node));
        }
    }

    @Test
    void aReturnThatOnlyReadsIsCurrentToo(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "int:x=1");
        for (int i = 2; i <= 2 * ROUNDS; i += 2) {
            assertThat(user.does(two.b(), APP, "get:x", "int:x=" + i)).containsExactly("" + (i - 1), "ok");
            assertThat(user.does(two.a(), APP, "get:x")).containsExactly("" + i);
            assertThat(user.does(two.a(), APP, "get:x", "int:x=" + (i + 1))).containsExactly("" + i, "ok");
        }
    }

    @Test
    void anAttributeRemovedElsewhereDoesNotComeBack(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:keep=1", "set:drop=1");
        assertThat(user.does(two.b(), APP, "names", "remove:drop", "names"))
                .containsExactly("drop,keep", "removed", "keep");
        assertThat(user.does(two.a(), APP, "names", "get:drop", "set:drop=2", "names"))
                .containsExactly("keep", "null", "ok", "drop,keep");
        assertThat(user.does(two.b(), APP, "get:drop")).containsExactly("2");
    }

    @Test
    void aSessionEndedElsewhereStaysEnded(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=1");
        String id = user.sessionId();
        assertThat(user.does(two.b(), APP, "get:x", "end")).containsExactly("1", "ended");
        assertThat(user.does(two.a(), APP, "found")).containsExactly("none");
        assertThat(user.presents(id).does(two.a(), APP, "found")).containsExactly("none");
    }

    @Test
    void anIdChangedElsewhereIsFollowedAndTheOldOneIsDead(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=1");
        String old = user.sessionId();
        user.does(two.b(), APP, "get:x", "change");
        assertThat(user.sessionId()).isNotEqualTo(old);
        assertThat(user.does(two.a(), APP, "get:x", "isNew")).containsExactly("1", "false");
        assertThat(new HttpUser().comesWith(APP, old).does(two.a(), APP, "found"))
                .containsExactly("none");
        assertThat(new HttpUser().comesWith(APP, old).does(two.b(), APP, "found"))
                .containsExactly("none");
    }
}
