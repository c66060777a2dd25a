/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MU-1: a view of Jakarta Faces, its state and its beans, which Faces changes in place, are the same on every node. */
@ExtendWith(ThreeNodes.Shared.class)
class MU1FacesViewIT {
    private static final int CLICKS = 100;
    private static final Pattern STATE = Pattern.compile("name=\"jakarta.faces.ViewState\"[^>]* value=\"([^\"]+)\"");
    private static final Pattern SHOWN = Pattern.compile("<p>(.*)</p>");

    @ParameterizedTest
    @ValueSource(strings = {"/faces", "/roaming-faces"})
    void aViewGoesOnByEachClickOnWhicheverNode(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        String page = user.get(three.a(), app + "/notes.xhtml").body();
        assertThat(found(SHOWN, page)).isEqualTo("view: 0 ; session: 0 .");
        for (int i = 1; i <= CLICKS; i++) {
            Answer answer = user.post(
                    three.turn(i),
                    app + "/notes.xhtml",
                    "f_SUBMIT=1&f:both=Add&f:view=v" + i + "&f:session=s" + i + "&jakarta.faces.ViewState="
                            + URLEncoder.encode(found(STATE, page), StandardCharsets.UTF_8));
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            page = answer.body();
            assertThat(found(SHOWN, page)).isEqualTo("view: %d v%d; session: %d s%d.".formatted(i, i, i, i));
        }
        // Another view of the same session.
        assertThat(found(SHOWN, user.get(three.a(), app + "/notes.xhtml").body()))
                .isEqualTo("view: 0 ; session: %d s%d.".formatted(CLICKS, CLICKS));
    }

    private static String found(Pattern pattern, String page) {
        Matcher matcher = pattern.matcher(page);
        assertThat(matcher.find()).as(page).isTrue();
        return matcher.group(1);
    }
}
