/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ID-4: an id that somebody else chose is worth nothing. */
@ExtendWith(ThreeNodes.Shared.class)
class ID4FixationIT {

    /** The attacker has a session and foists its id on the victim, who logs in. */
    @ParameterizedTest
    @MethodSource("io.clowder.it.Login#everywhere")
    void whoFixedTheIdIsNotLoggedIn(Login login, String app, ThreeNodes three) {
        HttpUser attacker = new HttpUser();
        attacker.does(three.a(), app, "set:bait=1");
        String fixed = attacker.sessionId();
        HttpUser victim = new HttpUser().comesWith(app, fixed);
        AtomicInteger turn = new AtomicInteger(1);
        login.take(victim, app, () -> three.turn(turn.getAndIncrement()));
        assertThat(login.isKnown(victim, three.a(), app)).isTrue();
        for (TomcatNode node : three.all()) {
            HttpUser again = new HttpUser().comesWith(app, fixed);
            assertThat(again.asks(node, app, "found")).as("%s", node).isEqualTo("none");
            assertThat(login.isKnown(again, node, app)).as("%s", node).isFalse();
            assertThat(login.isKnown(attacker, node, app)).as("%s", node).isFalse();
        }
    }

    /** The attacker has also begun the login, so that a request of his is kept for the time after it. */
    @ParameterizedTest
    @ValueSource(strings = {"/form", "/roaming-form"})
    void norWhoHadBegunTheLogin(String app, ThreeNodes three) {
        HttpUser attacker = new HttpUser();
        String wanted = Login.FORM.path(app, "user");
        assertThat(attacker.get(three.a(), wanted).body()).isEqualTo("please log in");
        String fixed = attacker.sessionId();
        HttpUser victim = new HttpUser().comesWith(app, fixed);
        Answer sent =
                victim.post(three.b(), app + "/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
        assertThat(victim.get(three.c(), sent.next()).body()).isEqualTo("tom by FORM");
        for (TomcatNode node : three.all()) {
            assertThat(Login.FORM.isKnown(attacker, node, app)).as("%s", node).isFalse();
            assertThat(new HttpUser().comesWith(app, fixed).asks(node, app, "found"))
                    .as("%s", node)
                    .isEqualTo("none");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING, ThreeNodes.NEAR})
    void anUnknownIdIsNotAdoptedAndCostsOneLookUp(String app, ThreeNodes three) {
        for (TomcatNode node : three.all()) {
            for (String route : List.of("", ".a", ".b", ".nobody")) {
                String id = unknown() + route;
                long before = three.counter(app, "storeOperations");
                HttpUser user = new HttpUser().comesWith(app, id);
                assertThat(user.does(node, app, "found", "found", "hello", "found"))
                        .containsExactly("none", "none", "hello", "none");
                assertThat(three.counter(app, "storeOperations") - before)
                        .as("%s asked for %s", node, id)
                        .isEqualTo(1);

                before = three.counter(app, "storeOperations");
                List<String> made = user.does(node, app, "found", "isNew", "id", "found");
                assertThat(made.subList(0, 2)).containsExactly("none", "true");
                assertThat(made.get(2)).doesNotContain(id.substring(0, 32));
                assertThat(user.base()).isEqualTo(made.get(2).split("\\.")[0]);
                assertThat(three.counter(app, "storeOperations") - before)
                        .as("one look-up, one creation")
                        .isEqualTo(2);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"/probe", "/roaming", "/near"})
    void whatCannotBeAnIdCostsNothing(String app, ThreeNodes three) {
        for (String id : List.of(
                "." + unknown(), ".a", "\"" + unknown() + " \"", unknown().repeat(8), "")) {
            long before = three.counter(app, "storeOperations");
            HttpUser user = new HttpUser().comesWith(app, id);
            assertThat(user.does(three.a(), app, "found", "hello")).containsExactly("none", "hello");
            assertThat(three.counter(app, "storeOperations") - before).as(id).isZero();
        }
    }

    private static String unknown() {
        return UUID.randomUUID().toString().replace("-", "").toUpperCase(Locale.ROOT);
    }
}
