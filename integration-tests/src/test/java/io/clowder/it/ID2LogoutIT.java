/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ID-2: a session that was ended on one node is unusable on all others as soon as the client has the answer. */
@ExtendWith(ThreeNodes.Shared.class)
class ID2LogoutIT {
    private static final int LOGOUTS = 50;

    @ParameterizedTest
    @ValueSource(strings = {"/probe", "/roaming"})
    void anEndedSessionIsGoneAtOnceAndLeavesRoomForANewOne(String app, ThreeNodes three) {
        for (int i = 0; i < LOGOUTS; i++) {
            HttpUser user = new HttpUser();
            List<String> ids = usedEverywhere(user, app, three);
            assertThat(user.asks(three.a(), app, "end")).isEqualTo("ended");

            // With the cookie of each node, so that each may take the session for its own.
            List<CompletableFuture<Answer>> answers = new ArrayList<>();
            for (TomcatNode node : List.of(three.b(), three.c(), three.a())) {
                for (String id : ids) {
                    answers.add(new HttpUser()
                            .comesWith(app, id)
                            .getAsync(node, HttpUser.doing(app, "found", "isNew", "names", "get:x", "id")));
                }
            }
            for (CompletableFuture<Answer> answer : answers) {
                assertThat(answer.join().status()).as(answer.join().body()).isEqualTo(200);
                List<String> lines = answer.join().lines();
                assertThat(lines.subList(0, 4)).containsExactly("none", "true", "", "null");
                assertThat(lines.get(4)).doesNotStartWith(base(ids.get(0)));
            }
        }
    }

    private static List<String> usedEverywhere(HttpUser user, String app, ThreeNodes three) {
        user.does(three.a(), app, "set:x=1");
        List<String> ids = new ArrayList<>();
        for (TomcatNode node : List.of(three.a(), three.b(), three.c(), three.a())) {
            assertThat(user.asks(node, app, "get:x")).isEqualTo("1");
            ids.add(user.sessionId());
        }
        return ids;
    }

    /** With the very cookies of the session that was ended. */
    @ParameterizedTest
    @ValueSource(strings = {"/basic", "/roaming-basic"})
    void theUserCanLogInAgainOnEachNode(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "set:x=1", "login:tom=" + TwoNodes.PASSWORD);
        for (TomcatNode node : three.all()) {
            assertThat(user.does(node, app, "user", "get:x")).containsExactly("tom by BASIC", "1");
        }
        String ended = user.sessionId();
        assertThat(user.asks(three.a(), app, "end")).isEqualTo("ended");
        for (TomcatNode node : three.all()) {
            HttpUser again = new HttpUser().comesWith(app, ended);
            assertThat(Login.BASIC.isKnown(again, node, app)).as("%s", node).isFalse();
            assertThat(again.does(node, app, "get:x", "login:tom=" + TwoNodes.PASSWORD, "set:y=2"))
                    .containsExactly("null", "logged in", "ok");
            for (TomcatNode other : three.all()) {
                assertThat(again.does(other, app, "user", "get:x", "get:y"))
                        .as("after the login at %s, on %s", node, other)
                        .containsExactly("tom by BASIC", "null", "2");
            }
        }
    }

    /** {@code HttpServletRequest.logout}: as on one Tomcat, the session lives on without its user. */
    @ParameterizedTest
    @CsvSource({
        "BASIC, /basic",
        "BASIC, /roaming-basic",
        "FORM, /form",
        "FORM, /roaming-form",
        "DIGEST, /digest",
        "DIGEST, /roaming-digest"
    })
    void aLogoutOfTheContainerIsOneEverywhere(Login login, String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "set:x=1");
        login.take(user, app, three.a());
        for (TomcatNode node : three.all()) {
            assertThat(login.isKnown(user, node, app)).as("%s", node).isTrue();
        }
        assertThat(user.asks(three.b(), app, "logout")).isEqualTo("logged out");
        for (TomcatNode node : List.of(three.a(), three.c(), three.b())) {
            assertThat(user.does(node, app, "user", "get:x")).as("%s", node).containsExactly("null by null", "1");
            assertThat(login.isKnown(user, node, app)).as("%s", node).isFalse();
        }
        login.take(user, app, three.c());
        assertThat(login.isKnown(user, three.a(), app)).isTrue();
        assertThat(user.asks(three.a(), app, "get:x")).isEqualTo("1");
    }

    @ParameterizedTest
    @CsvSource({
        "SPRING_CHANGES, /change, /spring",
        "SPRING_CHANGES, /change, /roaming-spring",
        "SPRING_MIGRATES, /migrate, /spring",
        "SPRING_MIGRATES, /migrate, /roaming-spring"
    })
    void aLogoutOfSpringSecurityEndsTheSession(Login login, String area, String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "set:x=1");
        login.take(user, app, three.a());
        for (TomcatNode node : three.all()) {
            assertThat(login.isKnown(user, node, app)).as("%s", node).isTrue();
        }
        assertThat(user.post(three.b(), app + area + "/logout", "_csrf=wrong").status())
                .isEqualTo(403);
        String id = user.sessionId();
        Answer left = user.post(three.b(), app + area + "/logout", "_csrf=" + Login.token(user, three.c(), app, area));
        assertThat(left.next()).isEqualTo(app + area + "/login");
        for (TomcatNode node : List.of(three.a(), three.c(), three.b())) {
            HttpUser after = new HttpUser().comesWith(app, id);
            assertThat(after.asks(node, app, "found")).as("%s", node).isEqualTo("none");
            assertThat(login.isKnown(after, node, app)).as("%s", node).isFalse();
        }
        login.take(user, app, three.c());
        assertThat(login.isKnown(user, three.a(), app)).isTrue();
        assertThat(user.asks(three.a(), app, "get:x")).isEqualTo("null");
    }

    private static String base(String sessionId) {
        return sessionId.split("\\.", 2)[0];
    }
}
