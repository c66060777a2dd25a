/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.clowder.farm.TomcatNode;
import io.clowder.it.spring.Security;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** A way to log in as tom, and the applications of {@link ThreeNodes} that have it. */
enum Login {
    BASIC("BASIC", "/secure/do", "/basic", "/roaming-basic") {
        @Override
        void take(HttpUser user, String app, Turns turns) {
            assertThat(user.get(turns.next(), path(app, "user")).status()).isEqualTo(401);
            user.basicLogin("tom", TwoNodes.PASSWORD);
            assertThat(user.get(turns.next(), path(app, "user")).body()).isEqualTo(known());
            user.withoutLogin();
        }
    },
    DIGEST("DIGEST", "/secure/do", "/digest", "/roaming-digest") {
        /** Tomcat knows only its own challenges, so one node sees both requests. */
        @Override
        void take(HttpUser user, String app, Turns turns) {
            TomcatNode node = turns.next();
            Answer refused = user.get(node, path(app, "user"));
            assertThat(refused.status()).isEqualTo(401);
            user.sends("Authorization", new DigestAnswer(refused).next(path(app, "user"), "tom", TwoNodes.PASSWORD));
            assertThat(user.get(node, path(app, "user")).body()).isEqualTo(known());
            user.withoutLogin();
        }
    },
    FORM("FORM", "/secure/do", "/form", "/roaming-form") {
        @Override
        void take(HttpUser user, String app, Turns turns) {
            assertThat(user.get(turns.next(), path(app, "user")).body()).isEqualTo("please log in");
            Answer sent = user.post(
                    turns.next(), app + "/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
            assertThat(sent.status()).as(sent.body()).isEqualTo(303);
            assertThat(sent.next()).isEqualTo(path(app, "user"));
            assertThat(user.get(turns.next(), sent.next()).body()).isEqualTo(known());
        }
    },
    CERTIFICATE("CLIENT_CERT", "/secure/do", "/certificate") {
        private final String certificate = ClientCertificate.escaped();

        @Override
        void take(HttpUser user, String app, Turns turns) {
            assertThat(user.get(turns.next(), path(app, "user")).status()).isEqualTo(401);
            user.sends(ClientCertificate.HEADER, certificate);
            assertThat(user.get(turns.next(), path(app, "user")).body()).isEqualTo(known());
            user.sendsNo(ClientCertificate.HEADER);
        }

        @Override
        String known() {
            return "CN=tom by CLIENT_CERT";
        }
    },
    /** {@code HttpServletRequest.login}. */
    PROGRAM("BASIC", "/secure/do", "/basic", "/roaming-basic") {
        @Override
        void take(HttpUser user, String app, Turns turns) {
            assertThat(user.does(turns.next(), app, "login:tom=" + TwoNodes.PASSWORD, "user"))
                    .containsExactly("logged in", known());
        }
    },
    SPRING_CHANGES("null", "/change/do", "/spring", "/roaming-spring") {
        @Override
        void take(HttpUser user, String app, Turns turns) {
            springs(user, app, "/change", turns);
        }
    },
    SPRING_MIGRATES("null", "/migrate/do", "/spring", "/roaming-spring") {
        @Override
        void take(HttpUser user, String app, Turns turns) {
            springs(user, app, "/migrate", turns);
        }
    };

    private static final Pattern TOKEN = Pattern.compile("[\\w-]+=*");

    private final String method;
    private final String secured;
    private final List<String> apps;

    Login(String method, String secured, String... apps) {
        this.method = method;
        this.secured = secured;
        this.apps = List.of(apps);
    }

    /** The nodes for one request after the other. */
    interface Turns {
        TomcatNode next();
    }

    /** Logs in with whatever session the client has, each request on the next node. */
    abstract void take(HttpUser user, String app, Turns turns);

    /** Logs in on one node. */
    void take(HttpUser user, String app, TomcatNode node) {
        take(user, app, () -> node);
    }

    /** What the probe answers to {@code user} when tom is logged in. */
    String known() {
        return "tom by " + method;
    }

    /** The probe where only tom may see it. */
    String path(String app, String... steps) {
        return app + secured + HttpUser.query(steps);
    }

    /** Asks the node whether it knows the user by the session alone. */
    boolean isKnown(HttpUser user, TomcatNode node, String app) {
        Answer answer = user.get(node, path(app, "user"));
        boolean known = answer.status() == 200 && answer.body().equals(known());
        if (!known) {
            // A page to log in, and nothing else.
            assertThat(answer.body()).as("%s %s", answer.status(), app).doesNotContain("tom");
            assertThat(answer.status()).as(answer.body()).isIn(200, 302, 401);
        }
        return known;
    }

    private static void springs(HttpUser user, String app, String area, Turns turns) {
        Answer refused = user.get(turns.next(), app + area + "/do" + HttpUser.query("user"));
        assertThat(refused.status()).as(refused.body()).isEqualTo(302);
        assertThat(refused.next()).isEqualTo(app + area + "/login");
        Answer sent = user.post(
                turns.next(),
                app + area + "/login",
                "username=tom&password=" + Security.PASSWORD + "&_csrf=" + token(user, turns.next(), app, area));
        assertThat(sent.status()).as(sent.body()).isEqualTo(302);
        assertThat(sent.next()).isEqualTo(app + area + "/do" + HttpUser.query("user") + "&continue");
        assertThat(user.get(turns.next(), sent.next()).body()).isEqualTo("tom by null");
    }

    /** What a form of Spring Security's must carry. */
    static String token(HttpUser user, TomcatNode node, String app, String area) {
        Answer page = user.get(node, app + area + "/login");
        assertThat(page.status()).as(page.body()).isEqualTo(200);
        assertThat(page.body()).matches(TOKEN);
        return page.body();
    }

    /** Each way with each application that has it. */
    static Stream<Arguments> everywhere() {
        return Stream.of(values()).flatMap(login -> login.apps.stream().map(app -> arguments(login, app)));
    }
}
