/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ID-1: a login gives the session a new id, with all that is in it; the old one is nobody's, on every node. */
@ExtendWith(ThreeNodes.Shared.class)
class ID1ChangedIdIT {
    private static final int LOGINS = 1_000;
    private static final int CLIENTS = 8;

    @ParameterizedTest
    @MethodSource("io.clowder.it.Login#everywhere")
    void theAttributesAreUnderTheNewIdAndNothingIsUnderTheOldOne(Login login, String app, ThreeNodes three) {
        String tag = "tag-" + System.nanoTime() + ";";
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "set:tag=" + tag, "int:n=7", "cart:cart=fish", "list:list", "append:list=1");
        String old = user.sessionId();
        login.take(user, app, three.a());
        assertThat(user.base()).isNotEqualTo(base(old));

        for (TomcatNode node : List.of(three.b(), three.c(), three.a())) {
            assertThat(user.does(node, app, "get:tag", "get:n", "get:cart", "size:list", "isNew"))
                    .as("%s", node)
                    .containsExactly(tag, "7", "fish", "1", "false");
            assertThat(login.isKnown(user, node, app)).as("%s", node).isTrue();
        }
        String now = user.base();
        for (TomcatNode node : three.all()) {
            HttpUser stranger = new HttpUser().comesWith(app, old);
            assertThat(stranger.asks(node, app, "found")).as("%s", node).isEqualTo("none");
            assertThat(stranger.does(node, app, "isNew", "names", "user"))
                    .as("%s", node)
                    .containsExactly("true", "", "null by null");
            assertThat(stranger.base()).isNotEqualTo(base(old)).isNotEqualTo(now);
            assertThat(login.isKnown(new HttpUser().comesWith(app, old), node, app))
                    .as("%s", node)
                    .isFalse();
        }
        assertThat(Nodes.storedWith(three.a(), tag))
                .as("entries of the session")
                .isEqualTo(1);
        assertThat(Nodes.storedWith(three.a(), TwoNodes.PASSWORD))
                .as("entries with a password")
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/basic", "/roaming-basic"})
    void aThousandLoginsLeaveNoOrphan(String app, ThreeNodes three) {
        String tag = "tag-" + System.nanoTime() + ";";
        List<List<HttpUser>> all = Clients.work(CLIENTS, (client, connections) -> {
            List<HttpUser> users = new ArrayList<>();
            for (int i = client; i < LOGINS; i += CLIENTS) {
                HttpUser user = new HttpUser();
                connections.does(user, anyOf(three), app, "set:tag=" + tag);
                String old = user.base();
                connections.does(user, anyOf(three), app, "login:tom=" + TwoNodes.PASSWORD);
                assertThat(user.base()).isNotEqualTo(old);
                assertThat(connections.does(user, anyOf(three), app, "user", "get:tag"))
                        .containsExactly("tom by BASIC", tag);
                users.add(user);
            }
            return users;
        });
        assertThat(all.stream().mapToInt(List::size).sum()).isEqualTo(LOGINS);
        assertThat(Nodes.storedWith(three.a(), tag)).as("sessions logged in").isEqualTo(LOGINS);

        Clients.work(CLIENTS, (client, connections) -> {
            for (HttpUser user : all.get(client)) {
                assertThat(connections.asks(user, anyOf(three), app, "end")).isEqualTo("ended");
            }
            return "";
        });
        assertThat(Nodes.storedWith(three.a(), tag)).as("sessions ended").isZero();
    }

    private static TomcatNode anyOf(ThreeNodes three) {
        return three.turn(ThreadLocalRandom.current().nextInt(3));
    }

    private static String base(String sessionId) {
        return sessionId.split("\\.", 2)[0];
    }
}
