/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.clowder.hazelcast.ClusterNode;
import io.clowder.store.StoreUnavailableException;
import io.clowder.tomcat.SignOn.SignedSession;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.logging.Level;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Session;
import org.apache.catalina.authenticator.SingleSignOn;
import org.apache.catalina.realm.GenericPrincipal;
import org.apache.tomcat.util.IntrospectionUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The valve in a Tomcat, with a cluster of one member; ID5SingleSignOnIT has two Tomcats and browsers. */
class ClowderSingleSignOnTest {

    private static final String ID = "0123456789ABCDEF0123456789ABCDEF";
    private static final String CLUSTER = "clusterName=\"clowder-unit-sso\" port=\"7440\"";
    private static final Principal ADA = new GenericPrincipal("ada", List.of("cat"));

    @TempDir
    private Path base;

    private final ClowderSingleSignOn valve = new ClowderSingleSignOn();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    requireReauthentication | true | it needs the user's password, which is not kept; allowed is false
                    operationTimeout        | 499  | allowed is 500 to 9000 (milliseconds)
                    operationTimeout        | soon | allowed is 500 to 9000 (milliseconds)
                    namespace               | a:b  | allowed is any text without a colon
                    clusterName             | x    | there is no such attribute; allowed are namespace, operationTimeout, cookieName, cookieDomain
                    """)
    void aWrongAttributeStopsTheStart(String name, String value, String allowed) throws Exception {
        assertThat(IntrospectionUtils.setProperty(valve, name, value)).isTrue();
        try (TinyTomcat tomcat = new TinyTomcat(base).valve(valve)) {
            assertThatExceptionOfType(LifecycleException.class)
                    .isThrownBy(tomcat::start)
                    .havingRootCause()
                    .withMessage(
                            "wrong attributes of the ClowderSingleSignOn: " + name + "=\"" + value + "\": " + allowed);
        }
    }

    @Test
    void whatIsRightIsTaken() {
        assertThat(IntrospectionUtils.setProperty(valve, "requireReauthentication", "false"))
                .isTrue();
        assertThat(IntrospectionUtils.setProperty(valve, "cookieName", "CAT")).isTrue();
        assertThat(IntrospectionUtils.setProperty(valve, "operationTimeout", "900"))
                .isTrue();
        assertThat(valve.getRequireReauthentication()).isFalse();
        assertThat(valve.getCookieName()).isEqualTo("CAT");
    }

    @Test
    void tomcatsOwnValveIsWarnedOf() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).valve(new SingleSignOn())) {
            tomcat.deploy("/x", CLUSTER);
            tomcat.start();
            assertThat(tomcat.said(Level.WARNING))
                    .containsExactly(
                            "/x: the valve org.apache.catalina.authenticator.SingleSignOn keeps sign-ons on this"
                                    + " node: users have to log in again on another one, and a logout there does not end the"
                                    + " sessions that it knows; use io.clowder.tomcat.ClowderSingleSignOn");
        }
    }

    @Test
    void withoutAMemberNobodyIsSignedOnAndNoCookieIsTakenBack() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).valve(valve).listening()) {
            tomcat.start();
            assertThat(get(tomcat, "/nothing").headers().allValues("Set-Cookie"))
                    .isEmpty();
            valve.register(ID, ADA, "FORM", "ada", "secret");
            valve.deregister(ID);
            valve.lookAfter(0);
            assertThat(valve.update(ID, ADA, "FORM", "ada", "secret")).isFalse();
        }
    }

    @Test
    void sessionsComeAndGoWithTheirSignOn() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).valve(valve)) {
            Context first = tomcat.deploy("/x", CLUSTER);
            Context second = tomcat.deploy("/y", CLUSTER);
            tomcat.start();
            ClowderManager x = manager(first);
            ClowderManager y = manager(second);
            SignOns all = signOns(tomcat);
            assertThat(tomcat.said(Level.WARNING)).isEmpty();

            assertThat(valve.associate(ID, session(x))).as("no such sign-on").isFalse();
            valve.register(ID, ADA, "FORM", "ada", "secret");
            SignOn found = Objects.requireNonNull(all.find(ID));
            assertThat(Objects.requireNonNull(all.principal(found)).getName()).isEqualTo("ada");
            ClowderSession one = session(x);
            ClowderSession two = session(y);
            assertThat(valve.associate(ID, one)).isTrue();
            assertThat(valve.associate(ID, one)).isTrue();
            assertThat(valve.associate(ID, two)).isTrue();
            assertThat(sessions(all)).hasSize(2);
            assertThat(one.signOn()).isEqualTo(ID);
            assertThat(valve.update(ID, ADA, "FORM", "ada", "secret"))
                    .as("known by name and password")
                    .isFalse();

            x.changeSessionId(one, "RENAMED");
            assertThat(sessions(all)).extracting(SignedSession::id).containsExactlyInAnyOrder("RENAMED", two.getId());
            two.invalidate();
            assertThat(one.isUsable()).isFalse();
            assertThat(all.find(ID)).isNull();

            anotherLoginTakesTheSessionAlong(all, session(x));
            nobodyMayLogInLater(all, session(x));
            whatIsLeftIsLookedAfter(all, x);
            anUnheardEndOfASessionIsForgotten(all, x);
            aRenamedSessionEndsWithASignOnThatEndedMeanwhile(all, x);
            aFailureIsNotAnAbsentSignOn(tomcat, session(x));
        }
    }

    private void anotherLoginTakesTheSessionAlong(SignOns all, ClowderSession session) {
        valve.register(ID, ADA, "FORM", "ada", "secret");
        valve.register("OTHER", ADA, "FORM", "ada", "secret");
        assertThat(valve.associate(ID, session)).isTrue();
        assertThat(valve.associate("OTHER", session)).isTrue();
        assertThat(all.find(ID)).as("without a session").isNull();
        assertThat(session.signOn()).isEqualTo("OTHER");
        valve.removeSession("OTHER", session);
        assertThat(all.find("OTHER")).isNull();
        session.expire();
    }

    /** As Tomcat does it after a logout without a sign-on. */
    private void nobodyMayLogInLater(SignOns all, ClowderSession session) {
        valve.register(ID, null, null, null, null);
        assertThat(valve.associate(ID, session)).isTrue();
        assertThat(all.principal(Objects.requireNonNull(all.find(ID)))).isNull();
        assertThat(valve.update(ID, ADA, "DIGEST", "ada", null)).isTrue();
        assertThat(valve.update(ID, ADA, "BASIC", "ada", "secret")).isTrue();
        assertThat(valve.update(ID, ADA, "FORM", "ada", "secret")).isFalse();
        assertThat(Objects.requireNonNull(all.find(ID)).authType()).isEqualTo("BASIC");
        session.invalidate();
        assertThat(all.find(ID)).isNull();
    }

    /** The node where somebody logged out died before it had ended all sessions. */
    private void whatIsLeftIsLookedAfter(SignOns all, ClowderManager x) throws IOException {
        valve.register(ID, ADA, "FORM", "ada", "secret");
        ClowderSession one = session(x);
        valve.associate(ID, one);
        SignedSession nowhere = new SignedSession("localhost", "/not-here", "gone", "");
        SignedSession elsewhere =
                new SignedSession("localhost", "/x", "local", UUID.randomUUID().toString());
        all.change(ID, signOn -> signOn.with(nowhere, 1).with(elsewhere, 1).ended());
        assertThat(valve.associate(ID, session(x))).as("it is over").isFalse();
        valve.lookAfter(System.currentTimeMillis());
        assertThat(one.isUsable()).isFalse();
        assertThat(sessions(all)).as("nobody here can end it").containsExactly(nowhere);
        all.change(ID, signOn -> null);
    }

    private void anUnheardEndOfASessionIsForgotten(SignOns all, ClowderManager x) throws IOException {
        long now = System.currentTimeMillis();
        valve.register(ID, ADA, "FORM", "ada", "secret");
        ClowderSession one = session(x);
        valve.associate(ID, one);
        x.save(one);
        SignedSession gone = new SignedSession("localhost", "/x", "gone", "");
        SignedSession elsewhere =
                new SignedSession("localhost", "/x", "gone", UUID.randomUUID().toString());
        all.change(ID, signOn -> signOn.with(gone, 1800).with(elsewhere, 1800));
        valve.lookAfter(now + Duration.ofMinutes(30).toMillis());
        assertThat(sessions(all)).hasSize(3);
        long later = now + Duration.ofHours(2).toMillis();
        valve.lookAfter(later);
        assertThat(sessions(all)).extracting(SignedSession::id).containsExactly(one.getId());
        assertThat(Objects.requireNonNull(all.find(ID)).usedAt()).as("it lives").isEqualTo(later);
        valve.deregister(ID);
        assertThat(one.isUsable()).isFalse();
        assertThat(all.find(ID)).isNull();
    }

    private void aRenamedSessionEndsWithASignOnThatEndedMeanwhile(SignOns all, ClowderManager x) throws IOException {
        valve.register(ID, ADA, "FORM", "ada", "secret");
        ClowderSession one = session(x);
        valve.associate(ID, one);
        assertThat(valve.changing(ID, one, "NEXT")).isTrue();
        assertThat(sessions(all)).hasSize(2);
        all.change(ID, SignOn::ended);
        assertThat(valve.changed(ID, one, one.getId())).isFalse();
        all.change(ID, signOn -> null);
        assertThat(valve.changing(ID, one, "NEXT"))
                .as("an old login is no reason to end it")
                .isFalse();
        x.changeSessionId(one, "NEXT");
        assertThat(one.isUsable()).isTrue();
        one.expire();
    }

    private void aFailureIsNotAnAbsentSignOn(TinyTomcat tomcat, ClowderSession session) {
        valve.register(ID, ADA, "FORM", "ada", "secret");
        valve.associate(ID, session);
        member(tomcat).close();
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> valve.deregister(ID));
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> valve.associate("other", session));
        assertThatCode(() -> valve.sessionDestroyed(ID, session)).doesNotThrowAnyException();
        assertThatCode(valve::backgroundProcess).doesNotThrowAnyException();
        assertThat(tomcat.said(Level.WARNING, ClowderSingleSignOn.class))
                .containsExactly("A sign-on has not heard of the end of a session: Value 0123..: its reading failed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sticky", "roaming"})
    void theNodeThatEndsASessionOfAnotherOneTellsItsSignOn(String affinity) throws Exception {
        String settings = CLUSTER + " affinity=\"" + affinity + "\"";
        try (TinyTomcat a = new TinyTomcat(base.resolve("a")).route("a").valve(valve);
                TinyTomcat b = new TinyTomcat(base.resolve("b")).route("b").valve(new ClowderSingleSignOn())) {
            Context onA = a.deploy("/x", settings);
            Context onB = b.deploy("/x", settings);
            a.start();
            b.start();
            valve.register(ID, ADA, "FORM", "ada", "secret");
            ClowderSession session = session(manager(onA));
            session.setMaxInactiveInterval(1);
            valve.associate(ID, session);
            manager(onA).save(session);
            a.stop();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                manager(onB).backgroundProcess();
                return signOns(b).find(ID) == null;
            });
            assertThat(manager(onB).getReaped()).isEqualTo(1);
        }
    }

    @Test
    void aRequestWhoseSignOnCannotBeLookedUpIsRefusedAndKeepsItsCookie() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).valve(valve).listening()) {
            Context x = tomcat.deploy("/x", CLUSTER);
            tomcat.servlet(x, "/user", new UserServlet());
            tomcat.start();
            assertThat(get(tomcat, "/x/user").headers().allValues("Set-Cookie"))
                    .as("no such sign-on")
                    .hasSize(1)
                    .allMatch(cookie -> cookie.startsWith("JSESSIONIDSSO=REMOVE; Max-Age=0"));
            valve.register(ID, ADA, "FORM", "ada", "secret");
            assertThat(get(tomcat, "/x/user").body()).isEqualTo("ada by FORM");
            member(tomcat).close();
            HttpResponse<String> refused = get(tomcat, "/x/user");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).contains("1");
            assertThat(refused.headers().allValues("Set-Cookie")).isEmpty();
        }
    }

    private static final class UserServlet extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getWriter().print(request.getRemoteUser() + " by " + request.getAuthType());
        }
    }

    @Test
    void aPrincipalThatCannotTravelSignsNobodyOn() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).valve(valve)) {
            tomcat.deploy("/x", CLUSTER);
            tomcat.start();
            Principal local = () -> "ada";
            valve.register(ID, local, "FORM", "ada", "secret");
            valve.register(ID, local, "FORM", "ada", "secret");
            assertThat(signOns(tomcat).find(ID)).isNull();
            assertThat(tomcat.said(Level.WARNING, SignOns.class))
                    .singleElement()
                    .asString()
                    .startsWith(
                            "Nobody can be signed on to other applications: the realm's principal cannot be stored:")
                    .contains("is not serializable");
        }
    }

    private static HttpResponse<String> get(TinyTomcat tomcat, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + tomcat.port() + path))
                .header("Cookie", "JSESSIONIDSSO=" + ID)
                .timeout(Duration.ofSeconds(30))
                .build();
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static ClusterNode member(TinyTomcat tomcat) {
        return Objects.requireNonNull(ServerListener.of(tomcat.server()).running());
    }

    private static SignOns signOns(TinyTomcat tomcat) {
        return new SignOns(member(tomcat).values("clowder-sso::localhost"), Duration.ofSeconds(20));
    }

    private static Iterable<SignedSession> sessions(SignOns all) {
        return Objects.requireNonNull(all.find(ID)).sessions();
    }

    private static ClowderManager manager(Context context) {
        return (ClowderManager) context.getManager();
    }

    private static ClowderSession session(ClowderManager manager) {
        Session made = manager.createSession(null);
        made.setMaxInactiveInterval(1800);
        return (ClowderSession) made;
    }
}
