/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionIdTest {

    @Test
    void anIdWithoutADotHasNoRoute() {
        assertThat(SessionId.parse("0123ABCD")).isEqualTo(new SessionId("0123ABCD", null));
    }

    @Test
    void whatFollowsTheLastDotIsTheRoute() {
        assertThat(SessionId.parse("0123ABCD.a")).isEqualTo(new SessionId("0123ABCD", "a"));
        assertThat(SessionId.parse("0123.ABCD.a")).isEqualTo(new SessionId("0123.ABCD", "a"));
        assertThat(SessionId.parse("0123ABCD.")).isEqualTo(new SessionId("0123ABCD", ""));
        assertThat(SessionId.parse(".a")).isEqualTo(new SessionId("", "a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0123ABCD", "0123ABCD.a", "0123.ABCD.a", "0123ABCD.", ".a", ".", ""})
    void anIdTravelsAsItWasParsed(String id) {
        assertThat(SessionId.parse(id).full()).isEqualTo(id);
        assertThat(SessionId.baseOf(id)).isEqualTo(SessionId.parse(id).base());
    }

    @Test
    void theRouteCanBeReplaced() {
        assertThat(SessionId.parse("0123ABCD.a").at("b").full()).isEqualTo("0123ABCD.b");
        assertThat(SessionId.parse("0123ABCD").at("b").full()).isEqualTo("0123ABCD.b");
        assertThat(SessionId.parse("0123ABCD.a").at(null).full()).isEqualTo("0123ABCD");
    }

    @Test
    void theTextShowsTheBeginOnly() {
        assertThat(SessionId.parse("0123ABCD.a")).hasToString("0123...a");
        assertThat(SessionId.parse("0123ABCD")).hasToString("0123..");
        assertThat(SessionId.parse("01")).hasToString("01..");
        assertThat(SessionId.parse("")).hasToString("..");
    }
}
