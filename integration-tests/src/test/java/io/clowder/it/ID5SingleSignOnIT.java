/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ID-5: who has logged in to one application is logged in to the others, on each node, until a logout on any of them. */
@ExtendWith(HostNodes.Shared.class)
class ID5SingleSignOnIT {

    private static final String COOKIE = "JSESSIONIDSSO";
    private static final String MAP = "clowder-sso::localhost";
    private static final String PLEASE_LOG_IN = "please log in";
    private static final Duration PATIENCE = Duration.ofSeconds(12);

    @AfterEach
    void nothingIsLeft(HostNodes host) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Nodes.sizeOf(host.b(), MAP)).isZero());
    }

    @ParameterizedTest
    @CsvSource({"/x, /y, end", "/x, /y, logout", "/roaming-x, /roaming-y, end", "/x, /roaming-y, logout"})
    void aLoginHoldsForBothApplicationsOnBothNodesAndALogoutEndsBoth(
            String x, String y, String logout, HostNodes host) {
        Map<TomcatNode, Integer> logged = new HashMap<>();
        host.both().forEach(node -> logged.put(node, node.log().length()));
        HttpUser user = loggedIn(host.a(), x);
        assertThat(secure(user, host.b(), y, "user", "role:cat", "set:n=1").lines())
                .containsExactly("tom by FORM", "true", "ok");
        assertThat(secure(user, host.a(), y, "user", "get:n").lines()).containsExactly("tom by FORM", "1");
        assertThat(secure(user, host.b(), x, "user", "get:x").lines()).containsExactly("tom by FORM", "1");
        assertThat(Nodes.sizeOf(host.a(), MAP)).isEqualTo(1);
        assertThat(Nodes.storedWith(host.a(), TwoNodes.PASSWORD)).isZero();
        assertThat(Nodes.storedWith(host.a(), "tom")).isGreaterThanOrEqualTo(2);

        String signOn = user.cookie(COOKIE);
        assertThat(signOn).isNotEmpty();
        assertThat(secure(user, host.b(), y, "user", logout).status()).isEqualTo(200);
        assertThat(Nodes.sizeOf(host.a(), MAP)).isZero();
        for (TomcatNode node : host.both()) {
            assertThat(secure(user, node, x, "user").body()).isEqualTo(PLEASE_LOG_IN);
            assertThat(secure(user, node, y, "user").status()).isEqualTo(401);
            assertThat(user.asks(node, x, "get:x")).isEqualTo("null");
            assertThat(user.asks(node, y, "get:n")).isEqualTo("null");
            assertThat(node.log().substring(logged.get(node)))
                    .doesNotContain(signOn)
                    .doesNotContain(" SEVERE ");
        }
        assertThat(user.cookie(COOKIE)).as("taken back").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/x", "/roaming-x"})
    void aLogoutFindsASessionUnderItsNewId(String x, HostNodes host) {
        HttpUser user = loggedIn(host.a(), x);
        assertThat(secure(user, host.b(), "/y", "user").body()).isEqualTo("tom by FORM");
        String changed = secure(user, host.b(), x, "change").body();
        assertThat(user.sessionIdOf(x)).isEqualTo(changed);
        assertThat(secure(user, host.a(), "/y", "end").body()).isEqualTo("ended");
        assertThat(secure(user, host.b(), x, "user").body()).isEqualTo(PLEASE_LOG_IN);
        assertThat(user.asks(host.b(), x, "get:x")).isEqualTo("null");
    }

    @ParameterizedTest
    @CsvSource({"/x, /y", "/roaming-x, /roaming-y"})
    void aTimeoutEndsOneSessionAndTheLastOneTheSignOn(String x, String y, HostNodes host) {
        HttpUser user = loggedIn(host.a(), x);
        assertThat(secure(user, host.b(), y, "set:n=1", "interval:60").lines()).containsExactly("ok", "60");
        assertThat(secure(user, host.a(), x, "interval:2").body()).isEqualTo("2");
        HttpUser stranger = new HttpUser().comesWith(x, user.sessionIdOf(x));
        Nodes.letPass(Duration.ofMillis(2_500));
        assertThat(stranger.asks(host.b(), x, "found")).isEqualTo("none");
        assertThat(user.asks(host.b(), y, "found")).isEqualTo("n");
        assertThat(secure(user, host.a(), x, "user", "get:x").lines())
                .as("a new session, without a login")
                .containsExactly("tom by FORM", "null");
        secure(user, host.b(), x, "interval:2");
        secure(user, host.a(), y, "interval:2", "get:n");
        assertThat(Nodes.sizeOf(host.a(), MAP)).isEqualTo(1);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Nodes.sizeOf(host.b(), MAP)).isZero());
        assertThat(secure(user, host.b(), y, "user").status()).isEqualTo(401);
        assertThat(user.cookie(COOKIE)).as("taken back").isEmpty();
    }

    @Test
    void aLoginOutlivesItsNodeAndSoDoesTheLogout(HostNodes host) {
        HttpUser user = loggedIn(host.a(), "/x");
        assertThat(secure(user, host.a(), "/y", "user", "set:n=1").lines()).containsExactly("tom by FORM", "ok");
        host.a().kill();
        assertThat(secure(user, host.b(), "/roaming-y", "user").body())
                .as("never been there")
                .isEqualTo("tom by FORM");
        assertThat(secure(user, host.b(), "/y", "user", "get:n").lines()).containsExactly("tom by FORM", "1");
        assertThat(secure(user, host.b(), "/roaming-y", "end").body()).isEqualTo("ended");
        assertThat(secure(user, host.b(), "/x", "user").body()).isEqualTo(PLEASE_LOG_IN);
        assertThat(user.asks(host.b(), "/x", "get:x")).isEqualTo("null");
        assertThat(secure(user, host.b(), "/y", "user").status()).isEqualTo(401);
    }

    /** Node b has seen neither the sessions nor the cookie, and tells the sign-on of their ends. */
    @Test
    void theSignOnEndsWithItsSessionsAlsoWhenTheirNodeIsDead(HostNodes host) {
        HttpUser user = loggedIn(host.a(), "/x");
        assertThat(secure(user, host.a(), "/x", "interval:2").body()).isEqualTo("2");
        assertThat(secure(user, host.a(), "/roaming-y", "interval:2", "set:n=1").lines())
                .containsExactly("2", "ok");
        assertThat(Nodes.sizeOf(host.b(), MAP)).isEqualTo(1);
        host.a().kill();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Nodes.sizeOf(host.b(), MAP)).isZero());
        assertThat(secure(user, host.b(), "/x", "user").body()).isEqualTo(PLEASE_LOG_IN);
    }

    @Test
    void sessionsOfAnotherManagerTakePartOnTheirNode(HostNodes host) {
        HttpUser user = loggedIn(host.a(), "/x");
        assertThat(secure(user, host.a(), "/other", "user", "set:n=1").lines()).containsExactly("tom by FORM", "ok");
        assertThat(secure(user, host.a(), "/x", "end").body()).isEqualTo("ended");
        assertThat(secure(user, host.a(), "/other", "user").status()).isEqualTo(401);
        assertThat(user.asks(host.a(), "/other", "get:n")).isEqualTo("null");
        assertThat(Nodes.linesWith(host.a().log(), "/other has no ClowderManager"))
                .hasSize(1);
    }

    /** Somebody whom the application knows by a form, and the others by that. */
    private static HttpUser loggedIn(TomcatNode node, String app) {
        HttpUser user = new HttpUser();
        assertThat(secure(user, node, app, "user").body()).isEqualTo(PLEASE_LOG_IN);
        user.post(node, app + "/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
        assertThat(secure(user, node, app, "user", "set:x=1").lines()).containsExactly("tom by FORM", "ok");
        return user;
    }

    private static Answer secure(HttpUser user, TomcatNode node, String app, String... steps) {
        return user.get(node, app + "/secure/do" + HttpUser.query(steps));
    }
}
