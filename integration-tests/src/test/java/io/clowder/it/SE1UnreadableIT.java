/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import io.clowder.it.app.Farewell;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SE-1: what a deployment made unreadable follows {@code onUnreadable}, and no user gets an error twice. The node b has a
 * later version of the applications: a class was changed, one was deleted, and a filter of the JVM refuses one.
 */
class SE1UnreadableIT {
    private static final Nodes NODES = new Nodes("unreadable", 7540);
    private static final String FILTER = "!shop.Refused;!org.apache.catalina.realm.GenericPrincipal*";
    private static TomcatNode a;
    private static TomcatNode b;

    @BeforeAll
    static void start() {
        a = NODES.start("a", builder -> builder.user("tom", "secret", "cat"), apps(1));
        b = NODES.start(
                "b",
                builder -> builder.user("tom", "secret", "cat").systemProperty("jdk.serialFilter", FILTER),
                apps(2));
    }

    private static WebApp[] apps(int version) {
        return new WebApp[] {
            app("probe", version, ""),
            app("roaming", version, "affinity=\"roaming\""),
            app("attribute", version, "onUnreadable=\"dropAttribute\""),
            app("fail", version, "onUnreadable=\"fail\"")
        };
    }

    private static WebApp app(String name, int version, String more) {
        WebApp app = WebApp.probe(name)
                .manager(NODES.membership() + " " + more)
                .login("FORM")
                .listener(Farewell.class)
                .source("shop.User", type("User", version))
                .source("shop.Refused", type("Refused", 1));
        return version == 1 ? app.source("shop.Gone", type("Gone", 1)) : app;
    }

    private static String type(String name, int version) {
        return """
                package shop;
                public class %s implements java.io.Serializable {
                    private static final long serialVersionUID = %d;
                    public String toString() {
                        return "version %d";
                    }
                }
                """.formatted(name, version, version);
    }

    @BeforeEach
    void settle() {
        NODES.settled();
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    /** A session on the node a, as it was before the deployment. */
    private static HttpUser before(String app, String tag, String attribute, String type) {
        HttpUser user = new HttpUser();
        assertThat(user.does(a, app, "set:name=" + tag, "int:n=1", "new:" + attribute + "=" + type, "get:" + attribute))
                .containsExactly("ok", "ok", "ok", "version 1");
        return user;
    }

    /** Each attribute name is met for the first time, in the middle of a request that has the session already. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/probe changed shop.User",
                "/probe gone shop.Gone",
                "/probe filtered shop.Refused",
                "/roaming changed shop.User",
                "/roaming gone shop.Gone",
                "/roaming filtered shop.Refused"
            })
    void aRequestThatMeetsItGoesOnWithANewSession(String which) {
        String app = which.split(" ")[0];
        String attribute = which.split(" ")[1];
        String type = which.split(" ")[2];
        String tag = "first-" + attribute + app;
        HttpUser user = before(app, tag, attribute, type);
        String old = user.sessionId();
        long unreadable = Nodes.counter(b, app, "unreadable");

        assertThat(user.does(
                        b,
                        app,
                        "get:n",
                        "names",
                        "get:" + attribute,
                        "names",
                        "get:n",
                        "isNew",
                        "set:m=2",
                        "names",
                        "interval:600"))
                .containsExactly("1", attribute + ",n,name", "null", "", "null", "true", "ok", "m", "600");
        assertThat(user.base()).isNotEqualTo(old.split("\\.")[0]);
        assertThat(Nodes.counter(b, app, "unreadable")).isEqualTo(unreadable + 1);
        // What the request did to the new session is there, on each node.
        assertThat(user.does(b, app, "found", "isNew", "interval:")).containsExactly("m", "false", "600");
        assertThat(user.does(a, app, "found", "get:m")).containsExactly("m", "2");

        // The old one is gone everywhere, and was announced once, without the value.
        assertThat(new HttpUser().comesWith(app, old).asks(a, app, "found")).isEqualTo("none");
        assertThat(new HttpUser().comesWith(app, old).asks(b, app, "found")).isEqualTo("none");
        assertThat(Nodes.storedWith(b, tag)).isZero();
        assertThat(farewells(tag)).containsExactly("farewell to " + tag + " with null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/probe", "/roaming"})
    void anObjectThatTheApplicationKeepsIsTheNewSession(String app) {
        String tag = "kept" + app.substring(1);
        HttpUser user = before(app, tag, tag, "shop.User");
        assertThat(user.does(b, app, "kept:" + tag)).containsExactly("null true kept 1 600 false true true true");
        assertThat(user.does(b, app, "names", "interval:")).containsExactly("kept", "600");
        assertThat(before(app, tag, "n", "shop.User").does(a, app, "kept:n"))
                .containsExactly("version 1 false kept,n,name 1 600 true true true true");
    }

    /** Once an attribute was seen to be unreadable, the application sees no session that has such a one. */
    @ParameterizedTest
    @ValueSource(strings = {"/probe", "/roaming"})
    void afterTheFirstTimeNobodySeesHalfASession(String app) {
        List<HttpUser> users = new ArrayList<>();
        String tag = "again" + app.substring(1);
        for (int i = 0; i < 5; i++) {
            users.add(before(app, tag + i, tag, "shop.User"));
        }
        long unreadable = Nodes.counter(b, app, "unreadable");
        assertThat(users.get(0).does(b, app, "found", "get:" + tag)).containsExactly(tag + ",n,name", "null");
        for (int i = 1; i < 5; i++) {
            assertThat(users.get(i).does(b, app, "found", "inc:n", "isNew")).containsExactly("none", "1", "true");
            assertThat(farewells(tag + i)).containsExactly("farewell to " + tag + i + " with null");
        }
        for (int i = 1; i < 5; i++) {
            assertThat(users.get(i).does(b, app, "found", "inc:n")).containsExactly("n", "2");
            assertThat(users.get(i).asks(a, app, "inc:n")).isEqualTo("3");
        }
        assertThat(Nodes.counter(b, app, "unreadable")).isEqualTo(unreadable + 5);
        assertThat(Nodes.linesWith(b.log(), "'" + tag + "'", "WARNING"))
                .singleElement()
                .asString()
                .contains(
                        app + ": Attribute '" + tag + "' (shop.User) cannot be read",
                        "serialVersionUID = 1",
                        "the session is ended");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/probe", "/roaming"})
    void requestsThatMeetItTogetherAreAllAnswered(String app) {
        String tag = "together" + app.substring(1);
        HttpUser user = before(app, tag, tag, "shop.User");
        String old = user.sessionId();
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            answers.add(new HttpUser()
                    .comesWith(app, old)
                    .getAsync(b, HttpUser.doing(app, "found", "sleep:20", "get:" + tag, "names", "inc:m")));
        }
        for (CompletableFuture<Answer> answer : answers) {
            assertThat(answer.join().status()).as(answer.join().body()).isEqualTo(200);
            assertThat(answer.join().lines()).endsWith("null", "", "1");
        }
        assertThat(farewells(tag)).containsExactly("farewell to " + tag + " with null");
        assertThat(new HttpUser().comesWith(app, old).asks(a, app, "found")).isEqualTo("none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/probe", "/roaming", "/attribute", "/fail"})
    void aSessionEndsWithoutBeingRead(String app) {
        String tag = "logout" + app.substring(1);
        HttpUser user = before(app, tag, tag, "shop.User");
        assertThat(user.does(b, app, "found", "end")).containsExactly(tag + ",n,name", "ended");
        assertThat(user.asks(b, app, "found")).isEqualTo("none");
        assertThat(farewells(tag)).containsExactly("farewell to " + tag + " with null");
        assertThat(Nodes.storedWith(b, tag)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/probe", "/roaming", "/attribute", "/fail"})
    void whatCannotBeReadCanBeReplaced(String app) {
        String tag = "replaced" + app.substring(1);
        HttpUser user = before(app, tag, tag, "shop.User");
        assertThat(user.does(b, app, "new:" + tag + "=shop.User", "get:" + tag, "get:n"))
                .containsExactly("ok", "version 2", "1");
        assertThat(user.does(b, app, "get:" + tag, "get:n")).containsExactly("version 2", "1");
    }

    @Test
    void dropAttributeRemovesItAndKeepsTheRest() {
        HttpUser user = before("/attribute", "rest", "user", "shop.User");
        String id = user.base();
        assertThat(user.does(b, "/attribute", "get:user", "names", "get:n")).containsExactly("null", "n,name", "1");
        assertThat(user.does(a, "/attribute", "get:user", "names", "inc:n")).containsExactly("null", "n,name", "2");
        assertThat(user.does(b, "/attribute", "names", "get:n")).containsExactly("n,name", "2");
        assertThat(user.base()).isEqualTo(id);
        assertThat(farewells("rest")).isEmpty();
        assertThat(Nodes.linesWith(b.log(), "WARNING", "/attribute: Attribute 'user'"))
                .singleElement()
                .asString()
                .contains("removed from the session");
    }

    @Test
    void failSaysWhyEachTimeAndLosesNothing() {
        HttpUser user = before("/fail", "strict", "user", "shop.User");
        String shortened = "ClowderSession[" + user.base().substring(0, 4) + "..";
        int logged = b.log().length();
        for (int i = 0; i < 2; i++) {
            assertThat(user.get(b, HttpUser.doing("/fail", "get:n", "get:user")).status())
                    .isEqualTo(500);
        }
        List<String> causes = Nodes.linesWith(b.log().substring(logged), "UnreadableAttributeException: " + shortened);
        assertThat(causes).hasSize(2).allMatch(line -> line.contains("Attribute 'user' (shop.User) cannot be read"));
        assertThat(b.log()).doesNotContain(user.base());
        assertThat(user.does(b, "/fail", "get:n", "names")).containsExactly("1", "lastError,n,name,user");
        assertThat(user.asks(a, "/fail", "get:user")).isEqualTo("version 1");
    }

    /** The filter of the node b refuses the class of Tomcat's principals. */
    @Test
    void whoseLoginCannotBeReadLogsInAgain() {
        for (String app : List.of("/probe", "/attribute", "/fail")) {
            HttpUser user = loggedIn(app);
            Answer answer = user.get(b, HttpUser.doing(app + "/secure", "found", "user"));
            switch (app) {
                case "/probe" -> {
                    assertThat(answer.status()).isEqualTo(200);
                    assertThat(answer.body()).isEqualTo("please log in");
                    assertThat(user.does(b, app, "user")).containsExactly("null by null");
                }
                case "/attribute" -> {
                    assertThat(answer.status()).isEqualTo(200);
                    assertThat(answer.body()).isEqualTo("please log in");
                    assertThat(user.does(b, app, "found", "user")).containsExactly("n", "null by null");
                    assertThat(user.does(a, app, "found", "user")).containsExactly("n", "null by null");
                }
                default -> {
                    assertThat(answer.status()).isEqualTo(500);
                    assertThat(user.get(b, HttpUser.doing(app, "found")).status())
                            .isEqualTo(500);
                    assertThat(user.does(a, app + "/secure", "found", "user")).containsExactly("n", "tom by FORM");
                }
            }
        }
    }

    private static HttpUser loggedIn(String app) {
        HttpUser user = new HttpUser();
        user.get(a, app + "/secure/do?q=hello");
        assertThat(user.post(a, app + "/j_security_check", "j_username=tom&j_password=secret")
                        .status())
                .isBetween(302, 303);
        assertThat(user.does(a, app + "/secure", "int:n=1", "user")).containsExactly("ok", "tom by FORM");
        return user;
    }

    private static List<String> farewells(String tag) {
        List<String> lines = new ArrayList<>();
        for (TomcatNode node : List.of(a, b)) {
            node.log()
                    .lines()
                    .filter(line -> line.startsWith("farewell to " + tag + " with "))
                    .forEach(lines::add);
        }
        return lines;
    }
}
