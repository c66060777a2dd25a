/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** ID-3, its kill part: who was logged in stays logged in. */
@ExtendWith(TwoNodes.Shared.class)
class ID3LoginIT {

    @Test
    void aBasicLoginOutlivesTheNode(TwoNodes two) {
        HttpUser user = loggedIn(two, "/basic");
        two.a().kill();
        Answer answer = user.get(two.b(), "/basic/secure/do" + HttpUser.query("user", "role:cat", "get:x"));
        assertThat(answer.lines()).containsExactly("tom by BASIC", "true", "1");
    }

    @Test
    void aFormLoginOutlivesTheNode(TwoNodes two) {
        HttpUser user = new HttpUser();
        assertThat(user.get(two.a(), "/form/secure/do" + HttpUser.query("user")).body())
                .isEqualTo("please log in");
        Answer login = user.post(two.a(), "/form/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
        assertThat(login.status()).isIn(302, 303);
        assertThat(user.get(two.a(), "/form/secure/do" + HttpUser.query("user", "set:x=1"))
                        .lines())
                .containsExactly("tom by FORM", "ok");
        String base = user.base();
        assertThat(Nodes.storedWith(two.b(), "tom"))
                .as("stored sessions with the user's name")
                .isPositive();
        assertThat(Nodes.storedWith(two.b(), TwoNodes.PASSWORD))
                .as("stored sessions with the password")
                .isZero();

        two.a().kill();
        Answer answer = user.get(two.b(), "/form/secure/do" + HttpUser.query("user", "role:cat", "get:x"));
        assertThat(answer.lines()).containsExactly("tom by FORM", "true", "1");
        assertThat(user.base()).isEqualTo(base);
    }

    @Test
    void theLoginIsNotStoredWhereThatIsSwitchedOff(TwoNodes two) {
        HttpUser user = loggedIn(two, "/forgetful");
        Answer answer = user.get(two.b(), "/forgetful/secure/do" + HttpUser.query("user", "get:x"));
        assertThat(answer.status()).isEqualTo(401);
        user.basicLogin("tom", TwoNodes.PASSWORD);
        assertThat(user.get(two.b(), "/forgetful/secure/do" + HttpUser.query("user", "get:x"))
                        .lines())
                .containsExactly("tom by BASIC", "1");
    }

    /** Though the other node never knew the user. */
    @Test
    void aLogoutElsewhereEndsALoginThatWasNotStored(TwoNodes two) {
        HttpUser user = loggedIn(two, "/forgetful");
        assertThat(user.does(two.b(), "/forgetful", "user", "logout", "get:x"))
                .containsExactly("null by null", "logged out", "1");
        assertThat(user.get(two.a(), "/forgetful/secure/do" + HttpUser.query("user"))
                        .status())
                .isEqualTo(401);
        assertThat(user.does(two.a(), "/forgetful", "user", "get:x")).containsExactly("null by null", "1");
    }

    @Test
    void aLogoutIsOneEverywhere(TwoNodes two) {
        HttpUser user = loggedIn(two, "/basic");
        String id = user.sessionId();
        assertThat(user.get(two.b(), "/basic/secure/do" + HttpUser.query("user", "end"))
                        .lines())
                .containsExactly("tom by BASIC", "ended");
        assertThat(user.get(two.a(), "/basic/secure/do" + HttpUser.query("user"))
                        .status())
                .isEqualTo(401);
        user.presents(id);
        assertThat(user.get(two.a(), "/basic/secure/do" + HttpUser.query("user"))
                        .status())
                .isEqualTo(401);
    }

    /** Somebody whom the node a knows by the session alone. */
    private static HttpUser loggedIn(TwoNodes two, String app) {
        HttpUser user = new HttpUser();
        assertThat(user.get(two.a(), app + "/secure/do" + HttpUser.query("user"))
                        .status())
                .isEqualTo(401);
        user.basicLogin("tom", TwoNodes.PASSWORD);
        // The first request makes the session, the second finds it and puts the login there, under a new id.
        user.get(two.a(), app + "/secure/do" + HttpUser.query("set:x=1"));
        user.get(two.a(), app + "/secure/do" + HttpUser.query("get:x"));
        user.withoutLogin();
        assertThat(user.get(two.a(), app + "/secure/do" + HttpUser.query("user", "get:x"))
                        .lines())
                .containsExactly("tom by BASIC", "1");
        return user;
    }
}
