/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** FO-9: a client that also sends the session cookie of another application, of the path {@code /}, gets its own session. */
@ExtendWith(ThreeNodes.Shared.class)
class FO9TwoCookiesIT {
    private static final String OTHER_APP = "/basic";

    @ParameterizedTest
    @CsvSource({"/probe, false", "/probe, true", "/roaming, false", "/roaming, true"})
    void theRightOneIsFoundForOneLookUpMore(String app, boolean rightFirst, ThreeNodes three) {
        HttpUser other = new HttpUser();
        other.does(three.a(), OTHER_APP, "set:x=other");
        for (TomcatNode node : three.all()) {
            HttpUser user = new HttpUser();
            user.does(three.a(), app, "set:x=mine");
            long before = three.counter(app, "storeOperations");
            user.does(node, app, "get:x");
            long one = three.counter(app, "storeOperations") - before;

            user = new HttpUser();
            user.does(three.a(), app, "set:x=mine");
            String base = user.base();
            user.sends("Cookie", cookies(rightFirst, user, other));
            before = three.counter(app, "storeOperations");
            Answer answer = user.get(node, HttpUser.doing(app, "get:x", "id"));
            assertThat(answer.lines()).first().isEqualTo("mine");
            assertThat(answer.lines().get(1)).startsWith(base);
            assertThat(three.counter(app, "storeOperations") - before)
                    .as("look-ups on %s, against %d with one cookie", node, one)
                    .isBetween(one, one + 1);
            // At most its route is corrected.
            boolean stays = app.equals(ThreeNodes.ROAMING) || node == three.a();
            assertThat(answer.setCookies())
                    .hasSize(stays ? 0 : 1)
                    .allMatch(cookie -> cookie.startsWith(HttpUser.COOKIE + "=" + base + ".")
                            && cookie.contains("; Path=" + app + ";"));
        }
        assertThat(other.does(three.a(), OTHER_APP, "get:x", "isNew")).containsExactly("other", "false");
    }

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void whereNoneIsRightTheNewOneIsForItsOwnPath(String app, ThreeNodes three) {
        HttpUser other = new HttpUser();
        other.does(three.a(), OTHER_APP, "set:x=other");
        HttpUser ended = new HttpUser();
        ended.does(three.a(), app, "set:x=mine");
        String gone = ended.base();
        String cookies = cookies(true, ended, other);
        ended.does(three.b(), app, "end");
        for (TomcatNode node : three.all()) {
            Answer answer = new HttpUser().sends("Cookie", cookies).get(node, HttpUser.doing(app, "isNew", "id"));
            assertThat(answer.lines()).first().isEqualTo("true");
            assertThat(answer.lines().get(1)).doesNotStartWith(gone).doesNotStartWith(other.base());
            assertThat(answer.setCookies()).hasSize(1).allMatch(cookie -> cookie.contains("; Path=" + app + ";"));
        }
        assertThat(other.does(three.a(), OTHER_APP, "get:x", "isNew")).containsExactly("other", "false");
    }

    private static String cookies(boolean rightFirst, HttpUser right, HttpUser other) {
        String mine = HttpUser.COOKIE + "=" + right.sessionId();
        String others = HttpUser.COOKIE + "=" + other.sessionId();
        return rightFirst ? mine + "; " + others : others + "; " + mine;
    }
}
