/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ID-3: whichever nodes the steps of a login land on, it ends where the user wanted to go, and holds on all nodes. */
@ExtendWith(ThreeNodes.Shared.class)
class ID3StepsIT {
    /** Of Tomcat's conf/web.xml, in seconds. */
    private static final String USUAL = "1800";

    /** FormAuthenticator's authenticationSessionTimeout, in seconds. */
    private static final String DURING_LOGIN = "120";

    /** DIGEST is the exception: its challenge and the answer to it are on one node. */
    @ParameterizedTest
    @MethodSource("io.clowder.it.Login#everywhere")
    void eachStepOnAnotherNode(Login login, String app, ThreeNodes three) {
        AtomicInteger turn = new AtomicInteger();
        HttpUser user = new HttpUser();
        user.does(three.c(), app, "set:x=1");
        login.take(user, app, () -> three.turn(turn.getAndIncrement()));
        for (int i = 0; i < 2 * three.all().size(); i++) {
            assertThat(login.isKnown(user, three.turn(i), app)).as("turn %d", i).isTrue();
            assertThat(user.asks(three.turn(i), app, "get:x")).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/form", "/roaming-form"})
    void aSavedPostIsRepeatedWithItsBody(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        String body = "q=method&q=set:name=" + "m".repeat(2000) + "&q=get:name&q=user";
        assertThat(user.post(three.a(), app + "/secure/do?q=hello", body).body())
                .isEqualTo("please log in");
        Answer sent = user.post(three.b(), app + "/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
        assertThat(sent.next()).isEqualTo(app + "/secure/do?q=hello");
        assertThat(user.get(three.c(), sent.next()).lines())
                .containsExactly("hello", "POST", "ok", "m".repeat(2000), "tom by FORM");
        assertThat(user.asks(three.a(), app, "get:name")).hasSize(2000);
    }

    /** The other node has corrected the route, but the client has broken off and goes on with the cookie that it has. */
    @ParameterizedTest
    @ValueSource(strings = {"/form", "/roaming-form"})
    void anAnswerThatWasLostMeanwhileDoesNotSpoilTheLogin(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        String wanted = Login.FORM.path(app, "user");
        assertThat(user.get(three.a(), wanted).body()).isEqualTo("please log in");
        new HttpUser().comesWith(app, user.sessionId()).does(three.b(), app, "set:x=1");
        Answer sent = user.post(three.a(), app + "/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
        assertThat(sent.status()).as(sent.body()).isEqualTo(303);
        new HttpUser().comesWith(app, user.sessionId()).does(three.b(), app, "set:x=2");
        assertThat(user.get(three.a(), sent.next()).body()).isEqualTo("tom by FORM");
        assertThat(user.asks(three.a(), app, "get:x")).isEqualTo("2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/form", "/roaming-form"})
    void aWrongPasswordMayBeCorrectedElsewhere(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        String wanted = Login.FORM.path(app, "user");
        assertThat(user.get(three.a(), wanted).body()).isEqualTo("please log in");
        assertThat(user.post(three.b(), app + "/j_security_check", "j_username=tom&j_password=wrong")
                        .body())
                .isEqualTo("wrong password");
        Answer sent = user.post(three.c(), app + "/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
        assertThat(sent.next()).isEqualTo(wanted);
        assertThat(user.get(three.a(), sent.next()).body()).isEqualTo("tom by FORM");
    }

    /** Tomcat shortens the timeout of a session that it makes for a login, until the login is over. */
    @ParameterizedTest
    @ValueSource(strings = {"/form", "/roaming-form"})
    void theTimeoutIsShortDuringALoginAndTheUsualOneAfterwards(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        String wanted = Login.FORM.path(app, "user");
        assertThat(user.get(three.a(), wanted).body()).isEqualTo("please log in");
        intervalIs(DURING_LOGIN, user, app, three);
        // The user reloads the page: the session is not new any more, and keeps the timeout to come back to.
        assertThat(user.get(three.b(), wanted).body()).isEqualTo("please log in");
        intervalIs(DURING_LOGIN, user, app, three);
        Answer sent = user.post(three.c(), app + "/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
        intervalIs(DURING_LOGIN, user, app, three);
        assertThat(user.get(three.b(), sent.next()).body()).isEqualTo("tom by FORM");
        intervalIs(USUAL, user, app, three);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/form", "/roaming-form"})
    void aTimeoutThatTheApplicationHasSetStays(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "interval:600");
        AtomicInteger turn = new AtomicInteger(1);
        Login.FORM.take(user, app, () -> {
            intervalIs("600", user, app, three);
            return three.turn(turn.getAndIncrement());
        });
        intervalIs("600", user, app, three);
    }

    private static void intervalIs(String seconds, HttpUser user, String app, ThreeNodes three) {
        for (TomcatNode node : three.all()) {
            assertThat(user.asks(node, app, "interval")).as("%s", node).isEqualTo(seconds);
        }
    }

    @Test
    void whoHasLoggedInStaysSoWhenTheNodeIsKilled(ThreeNodes three) {
        record LoggedIn(Login login, String app, HttpUser user) {}
        List<LoggedIn> all = Login.everywhere()
                .map(one -> new LoggedIn((Login) one.get()[0], (String) one.get()[1], new HttpUser()))
                .toList();
        for (LoggedIn one : all) {
            one.user().does(three.a(), one.app(), "set:x=1");
            one.login().take(one.user(), one.app(), three.a());
        }
        Map<String, HttpUser> halfWay = Map.of("/form", new HttpUser(), "/roaming-form", new HttpUser());
        halfWay.forEach((app, user) -> assertThat(
                        user.get(three.a(), Login.FORM.path(app, "user")).body())
                .isEqualTo("please log in"));

        three.a().kill();
        for (LoggedIn one : all) {
            for (TomcatNode node : List.of(three.b(), three.c())) {
                assertThat(one.login().isKnown(one.user(), node, one.app()))
                        .as("%s", one)
                        .isTrue();
                assertThat(one.user().asks(node, one.app(), "get:x")).isEqualTo("1");
            }
        }
        halfWay.forEach((app, user) -> {
            Answer sent =
                    user.post(three.b(), app + "/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
            assertThat(sent.next()).isEqualTo(Login.FORM.path(app, "user"));
            assertThat(user.get(three.c(), sent.next()).body()).isEqualTo("tom by FORM");
        });
    }

    /** Clients of DIGEST repeat their header for each request, with the nonce of the node that they logged in on. */
    @ParameterizedTest
    @ValueSource(strings = {"/digest", "/roaming-digest"})
    void aDigestOfOneNodeIsNotLookedAtByOthersWhileTheSessionKnowsTheUser(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "set:x=1");
        String uri = Login.DIGEST.path(app, "user", "get:x");
        DigestAnswer digest = new DigestAnswer(user.get(three.a(), uri));
        for (int i = 0; i < 6; i++) {
            user.sends("Authorization", digest.next(uri, "tom", TwoNodes.PASSWORD));
            String before = user.base();
            assertThat(user.get(three.turn(i), uri).body()).isEqualTo("tom by DIGEST\n1");
            assertThat(user.base().equals(before)).as("same id in turn %d", i).isEqualTo(i > 0);
        }
    }

    /** A nonce is known where it was made. With the same key and opaque the client may answer anew without asking its user. */
    @Test
    void aDigestChallengeOfAnotherNodeIsStale(ThreeNodes three) {
        HttpUser user = new HttpUser();
        String uri = Login.DIGEST.path("/digest", "user");
        DigestAnswer ofA = new DigestAnswer(user.get(three.a(), uri));
        user.sends("Authorization", ofA.next(uri, "tom", TwoNodes.PASSWORD));
        Answer refused = user.get(three.b(), uri);
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.challenges()).isNotEmpty().allMatch(one -> one.contains("stale=true"));
        user.sends("Authorization", new DigestAnswer(refused).next(uri, "tom", TwoNodes.PASSWORD));
        assertThat(user.get(three.b(), uri).body()).isEqualTo("tom by DIGEST");
    }

    /** As Tomcat has it without settings: the user is asked on each node, and each request gets the session a new id. */
    @Test
    void aDigestLoginWithTomcatsOwnSettingsDoesNotTravel(ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), "/plain-digest", "set:x=1");
        String uri = Login.DIGEST.path("/plain-digest", "user", "get:x");
        DigestAnswer ofA = new DigestAnswer(user.get(three.a(), uri));
        for (int i = 0; i < 3; i++) {
            String before = user.base();
            user.sends("Authorization", ofA.next(uri, "tom", TwoNodes.PASSWORD));
            assertThat(user.get(three.a(), uri).body()).isEqualTo("tom by DIGEST\n1");
            assertThat(user.base()).isNotEqualTo(before);
        }
        user.sends("Authorization", ofA.next(uri, "tom", TwoNodes.PASSWORD));
        Answer refused = user.get(three.b(), uri);
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.challenges()).isNotEmpty().noneMatch(one -> one.contains("stale"));
        user.sends("Authorization", new DigestAnswer(refused).next(uri, "tom", TwoNodes.PASSWORD));
        assertThat(user.get(three.b(), uri).body()).isEqualTo("tom by DIGEST\n1");
    }
}
