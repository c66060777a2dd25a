/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Orders of events in which simpler protocols lose or resurrect something. */
@Tag("any-tomcat")
@ExtendWith(TwoNodes.Shared.class)
class HolesIT {
    private static final String APP = "/probe";

    private final HttpUser anyone = new HttpUser();

    @Test
    void whatAnotherRequestReadAndAnsweredSurvivesTheNode(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=0");

        CompletableFuture<Answer> writer = user.getAsync(two.a(), HttpUser.doing(APP, "set:x=1", "park:unsaved"));
        assertThat(anyone.asks(two.a(), APP, "parked:unsaved")).isEqualTo("through");
        assertThat(user.asks(two.a(), APP, "get:x")).isEqualTo("1");
        two.a().kill();

        assertThat(writer).as("the writer was cut off").failsWithin(Duration.ofSeconds(10));
        assertThat(user.asks(two.b(), APP, "get:x")).isEqualTo("1");
    }

    @Test
    void theNewSessionOfARequestThatDidNotEndSurvivesToo(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "int:x=0");

        CompletableFuture<Answer> writer =
                user.getAsync(two.a(), HttpUser.doing(APP, "set:y=1", "remove:x", "park:removed"));
        assertThat(anyone.asks(two.a(), APP, "parked:removed")).isEqualTo("through");
        assertThat(user.asks(two.a(), APP, "names")).isEqualTo("y");
        two.a().kill();

        assertThat(writer).failsWithin(Duration.ofSeconds(10));
        assertThat(user.asks(two.b(), APP, "names")).isEqualTo("y");
    }

    @Test
    void aRouteThatAnotherApplicationBroughtHomeProvesNothing(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), "/root1", "set:x=1");
        String base = user.base();
        user.does(two.a(), "/root2", "set:y=1");
        assertThat(user.base()).isEqualTo(base);

        assertThat(user.does(two.b(), "/root1", "get:x", "set:x=2")).containsExactly("1", "ok");
        assertThat(user.route()).isEqualTo("b");
        assertThat(user.asks(two.a(), "/root2", "get:y")).isEqualTo("1");
        assertThat(user.sessionId()).isEqualTo(base + ".a");

        assertThat(user.does(two.a(), "/root1", "get:x", "set:x=3")).containsExactly("2", "ok");
        user.presents(base + ".b");
        assertThat(user.asks(two.b(), "/root1", "get:x")).isEqualTo("3");
    }

    @Test
    void anOldTabWithTheFormerRouteGetsNothingAfterTheLogout(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:secret=mine");
        String old = user.sessionId();
        assertThat(user.does(two.b(), APP, "get:secret", "end")).containsExactly("mine", "ended");

        for (TomcatNode node : new TomcatNode[] {two.a(), two.b()}) {
            for (String route : new String[] {".a", ".b", ""}) {
                String id = old.replace(".a", route);
                Answer tab = new HttpUser().get(node, APP + "/do;jsessionid=" + id + HttpUser.query("found"));
                assertThat(tab.lines()).as("%s at %s", route, node).containsExactly("none");
                Answer next =
                        new HttpUser().get(node, APP + "/do;jsessionid=" + id + HttpUser.query("names", "isNew", "id"));
                assertThat(next.lines()).hasSize(3).startsWith("", "true");
                assertThat(next.lines().get(2)).doesNotStartWith(user.base());
            }
        }
    }

    @Test
    void anOldTabWithTheFormerRouteGetsNothingAfterALoginElsewhere(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:secret=mine");
        String old = user.sessionId();
        user.does(two.b(), APP, "change");

        Answer tab = new HttpUser().get(two.a(), APP + "/do;jsessionid=" + old + HttpUser.query("found"));
        assertThat(tab.lines()).containsExactly("none");
        assertThat(user.asks(two.a(), APP, "get:secret")).isEqualTo("mine");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void aNodeThatWasFrozenForThreeSecondsNeverShowsOldData(String home, TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does("a".equals(home) ? two.a() : two.b(), APP, "set:x=0");
        user.does(two.a(), APP, "set:x=1");
        String held = user.sessionId();
        assertThat(user.route()).isEqualTo("a");

        two.a().freeze();
        try {
            Nodes.letPass(Duration.ofSeconds(1));
            CompletableFuture<Answer> takeover = user.getAsync(two.b(), HttpUser.doing(APP, "set:x=2", "get:x"));
            Nodes.letPass(Duration.ofSeconds(2));
            two.a().thaw();
            Answer answer = takeover.join();
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.lines()).containsExactly("ok", "2");
        } finally {
            two.a().thaw();
        }

        // The route is the thawed node's own, and its copy is of the time before.
        assertThat(new HttpUser().comesWith(APP, held).asks(two.a(), APP, "get:x"))
                .isEqualTo("2");
        assertThat(user.does(two.b(), APP, "get:x", "set:x=3")).containsExactly("2", "ok");
        assertThat(user.asks(two.a(), APP, "get:x")).isEqualTo("3");
    }

    @Test
    void aSlowRequestOfTheFormerHolderIsSeenByTheNewOne(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=0", "set:y=0");
        String held = user.sessionId();

        CompletableFuture<Answer> slow = user.getAsync(two.a(), HttpUser.doing(APP, "park:late", "set:x=1"));
        assertThat(anyone.asks(two.a(), APP, "parked:late")).isEqualTo("through");
        HttpUser other = new HttpUser().comesWith(APP, held);
        assertThat(other.does(two.b(), APP, "get:x", "set:y=2")).containsExactly("0", "ok");
        assertThat(other.route()).isEqualTo("b");
        anyone.asks(two.a(), APP, "open:late");
        assertThat(slow.join().lines()).containsExactly("through", "ok");

        // B's own copy would serve without asking, had A not made it validate.
        assertThat(other.does(two.b(), APP, "get:x", "get:y")).containsExactly("1", "2");
        assertThat(other.does(two.a(), APP, "get:x", "get:y")).containsExactly("1", "2");
    }

    @Test
    void aSlowRequestOfTheFormerHolderRevivesNothing(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=0");
        String held = user.sessionId();

        CompletableFuture<Answer> slow = user.getAsync(two.a(), HttpUser.doing(APP, "get:x", "park:ended", "hello"));
        assertThat(anyone.asks(two.a(), APP, "parked:ended")).isEqualTo("through");
        assertThat(new HttpUser().comesWith(APP, held).asks(two.b(), APP, "end"))
                .isEqualTo("ended");
        anyone.asks(two.a(), APP, "open:ended");
        assertThat(slow.join().status()).isEqualTo(200);

        for (TomcatNode node : new TomcatNode[] {two.a(), two.b()}) {
            assertThat(new HttpUser().comesWith(APP, held).asks(node, APP, "found"))
                    .isEqualTo("none");
        }
    }

    @Test
    void requestsThatChangeDifferentAttributesKeepEachOthersWork(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:start=1");
        CompletableFuture<?>[] writers = new CompletableFuture<?>[20];
        for (int i = 0; i < writers.length; i++) {
            writers[i] = user.getAsync(two.a(), HttpUser.doing(APP, "int:w" + i + "=" + i))
                    .thenAccept(answer -> assertThat(answer.status()).isEqualTo(200));
        }
        CompletableFuture.allOf(writers).join();
        two.a().kill();
        for (int i = 0; i < writers.length; i++) {
            assertThat(user.asks(two.b(), APP, "get:w" + i)).isEqualTo("" + i);
        }
    }

    @Test
    void whatTheErrorPageLeavesIsOnTheOtherNodeAtOnce(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=1");
        for (int i = 0; i < 10; i++) {
            Answer error = user.get(two.a(), HttpUser.doing(APP, "error:failure " + i));
            assertThat(error.status()).isEqualTo(500);
            assertThat(error.body()).isEqualTo("oops");
            assertThat(user.asks(two.b(), APP, "get:lastError")).isEqualTo("failure " + i);
        }
    }

    @Test
    void aRedirectIsNotFasterThanItsSession(TwoNodes two) {
        HttpUser user = new HttpUser();
        for (int i = 0; i < 10; i++) {
            Answer redirect = user.get(two.a(), HttpUser.doing(APP, "int:n=" + i, "redirect:" + APP + "/do"));
            assertThat(redirect.status()).isEqualTo(302);
            assertThat(user.asks(two.b(), APP, "get:n")).isEqualTo("" + i);
        }
    }

    @Test
    void aFormLoginAnsweredByTheAuthenticatorIsOnTheOtherNodeAtOnce(TwoNodes two) {
        HttpUser user = new HttpUser();
        Answer page = user.get(two.a(), "/form/secure/do" + HttpUser.query("user"));
        assertThat(page.body()).isEqualTo("please log in");
        String before = user.base();

        Answer login = user.post(two.a(), "/form/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
        assertThat(login.status()).isIn(302, 303);
        assertThat(login.location()).contains("/form/secure/do");
        assertThat(user.base()).as("a login draws a new id").isNotEqualTo(before);

        Answer there = user.get(two.b(), "/form/secure/do" + HttpUser.query("user", "role:cat"));
        assertThat(there.lines()).containsExactly("tom by FORM", "true");
    }

    /** With the node of the backups stopped, what writes has to wait for it, and what only reads has not. */
    @ParameterizedTest
    @ValueSource(strings = {"set:y=1", "set:y=1 redirect:/probe/do", "error:failure"})
    void noAnswerLeavesBeforeItsBackup(String steps, TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=1");

        two.b().freeze();
        try {
            assertThat(user.asks(two.a(), APP, "get:x")).isEqualTo("1");
            CompletableFuture<Answer> answer = user.getAsync(two.a(), HttpUser.doing(APP, steps.split(" ")));
            Nodes.letPass(Duration.ofSeconds(1));
            assertThat(answer).isNotDone();
            two.b().thaw();
            assertThat(answer.join().status()).isIn(200, 302, 500);
        } finally {
            two.b().thaw();
        }
        assertThat(user.asks(two.b(), APP, "names")).isEqualTo(steps.startsWith("error") ? "lastError,x" : "x,y");
    }
}
