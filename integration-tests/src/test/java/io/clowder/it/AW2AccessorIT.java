/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * AW-2, its last part: Tomcat 11's {@code HttpSession.Accessor} reaches its session after takeovers and changes of the id. On
 * Tomcat 10.1 the application keeps the session itself.
 */
@ExtendWith(ThreeNodes.Shared.class)
class AW2AccessorIT {
    private static final boolean HAS_ACCESSOR = Nodes.tomcat().version().startsWith("11");

    private static final Duration SOON = Duration.ofSeconds(5);

    private final HttpUser nobody = new HttpUser();

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void anAccessorOfTheNewIdWorksWhicheverNodeHasTheSession(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "set:n=0", "change");
        String name = kept(user, three.a(), app, "accessor");
        assertThat(uses(three.a(), app, name, "get:n")).isEqualTo("0");
        assertThat(user.does(three.b(), app, "set:n=1", "get:n")).containsExactly("ok", "1");
        assertThat(uses(three.a(), app, name, "set:n=2")).isEqualTo("set");
        for (TomcatNode node : new TomcatNode[] {three.c(), three.b(), three.a()}) {
            await("seen by " + node)
                    .atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(user.asks(node, app, "get:n")).isEqualTo("2"));
        }
        // The accessor asks for the session anew: it sees what others have written.
        user.does(three.c(), app, "set:n=3");
        if (HAS_ACCESSOR) {
            assertThat(uses(three.a(), app, name, "get:n")).isEqualTo("3");
        }
    }

    /** An accessor is tied to the id, says Servlet 6.1. */
    @ParameterizedTest
    @CsvSource({"/probe, a", "/probe, b", "/roaming, a", "/roaming, b"})
    void anAccessorOfAnIdThatWasChangedIsInvalid(String app, String changer, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "set:n=0");
        String accessor = kept(user, three.a(), app, "accessor");
        user.does(changer.equals("a") ? three.a() : three.b(), app, "change", "set:n=1");
        if (HAS_ACCESSOR) {
            assertThat(uses(three.a(), app, accessor, "get:n")).isEqualTo("invalid");
            assertThat(uses(three.a(), app, accessor, "set:n=2")).isEqualTo("invalid");
        }
        String next = kept(user, three.a(), app, "accessor");
        assertThat(uses(three.a(), app, next, "get:n")).isEqualTo("1");
    }

    /** What a thread writes into a session that it kept goes to the session's new id. */
    @ParameterizedTest
    @CsvSource({"/probe, a", "/probe, b", "/roaming, a", "/roaming, b"})
    void aSessionThatWasKeptFollowsTheChange(String app, String changer, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "set:n=0");
        String session = kept(user, three.a(), app, "keep");
        user.does(changer.equals("a") ? three.a() : three.b(), app, "change", "set:n=1");
        assertThat(uses(three.a(), app, session, "set:n=2")).isEqualTo("set");
        for (TomcatNode node : three.all()) {
            await("seen by " + node)
                    .atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(user.asks(node, app, "get:n")).isEqualTo("2"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void anAccessorOfASessionThatEndedElsewhereIsInvalid(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "set:n=0");
        String accessor = kept(user, three.a(), app, "accessor");
        user.does(three.b(), app, "end");
        if (HAS_ACCESSOR) {
            assertThat(uses(three.a(), app, accessor, "get:n")).isEqualTo("invalid");
        }
        // Who keeps the session itself learns it when a change finds no session, and revives nothing.
        await("known to have ended")
                .atMost(SOON)
                .until(() -> uses(three.a(), app, accessor, "set:n=1").equals("invalid"));
        for (TomcatNode node : three.all()) {
            assertThat(user.asks(node, app, "found")).as("%s", node).isEqualTo("none");
        }
    }

    private static String kept(HttpUser user, TomcatNode node, String app, String way) {
        String name = way + "-" + System.nanoTime();
        assertThat(user.get(node, app + "/outside?" + way + "=" + name).status())
                .isEqualTo(200);
        return name;
    }

    private String uses(TomcatNode node, String app, String name, String step) {
        Answer answer = nobody.get(node, app + "/outside?use=" + name + "&do=" + step);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }
}
