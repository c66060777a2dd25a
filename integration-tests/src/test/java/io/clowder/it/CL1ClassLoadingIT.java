/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** CL-1: one Manager line in conf/context.xml serves all applications, each with its own classes of the same name. */
class CL1ClassLoadingIT {
    /** Context path and what its shop.User says. */
    private static final Map<String, String> APPS =
            Map.of("", "user of ROOT", "/probe", "user of probe", "/books", "user of books", "/wine", "user of wine");

    private static final Nodes NODES = new Nodes("cl1", 7040);
    private static TomcatNode a;
    private static TomcatNode b;

    @BeforeAll
    static void start() throws Exception {
        a = start("a");
        // Tomcat makes an application of it, and the Manager line holds for that one too.
        Files.createDirectories(NODES.folder().resolve("b/webapps/empty"));
        b = start("b");
    }

    private static TomcatNode start(String name) {
        return NODES.start(
                name,
                // Sessions are looked through each second, not each minute.
                builder -> builder.autoDeploy(true)
                        .contextAttributes("backgroundProcessorDelay=\"1\"")
                        .context(NODES.managerLine("processExpiresFrequency=\"1\"")),
                Stream.of("ROOT", "probe", "books", "wine")
                        .map(app -> WebApp.probe(app)
                                .source("shop.User", user(app))
                                .source("shop.Ends", listener(app))
                                .webXml("<listener><listener-class>shop.Ends</listener-class></listener>"))
                        .toArray(WebApp[]::new));
    }

    private static String user(String app) {
        return """
                package shop;
                public class User implements java.io.Serializable, jakarta.servlet.http.HttpSessionBindingListener {
                    private static final long serialVersionUID = 1;
                    private final String of%1$s = "user of %1$s";
                    public String toString() {
                        return of%1$s;
                    }
                    public void valueUnbound(jakarta.servlet.http.HttpSessionBindingEvent event) {
                        ClassLoader own = getClass().getClassLoader();
                        System.out.println(of%1$s + " unbound in its application: "
                                + (Thread.currentThread().getContextClassLoader() == own));
                    }
                }
                """.formatted(app);
    }

    /** Without a class of the application in its own code: what it gets must be right. */
    private static String listener(String app) {
        return """
                package shop;
                public class Ends implements jakarta.servlet.http.HttpSessionListener {
                    public void sessionDestroyed(jakarta.servlet.http.HttpSessionEvent event) {
                        Object user = event.getSession().getAttribute("user");
                        ClassLoader own = getClass().getClassLoader();
                        System.out.println("end in %s of "
                                + (user == null ? null : user + " " + (user.getClass().getClassLoader() == own))
                                + " " + (Thread.currentThread().getContextClassLoader() == own));
                    }
                }
                """.formatted(app);
    }

    private static String ended(String app, String says) {
        return "end in " + (app.isEmpty() ? "ROOT" : app.substring(1)) + " of " + says + " true true";
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    @BeforeEach
    void settle() {
        NODES.settled();
    }

    @Test
    void eachApplicationFindsItsOwnClassesAfterAFailover() {
        Map<String, HttpUser> users = new LinkedHashMap<>();
        APPS.forEach((app, says) -> {
            HttpUser user = new HttpUser();
            assertThat(user.does(a, app, "new:user=shop.User", "get:user")).containsExactly("ok", says);
            users.put(app, user);
        });
        a.kill();
        APPS.forEach(
                (app, says) -> assertThat(users.get(app).does(b, app, "get:user", "type:user", "loaded:user", "isNew"))
                        .containsExactly(says, "shop.User", "true", "false"));
        assertThat(Nodes.linesWith(b.logOfThisStart(), "ClassNotFoundException"))
                .isEmpty();
        assertThat(Nodes.linesWith(b.logOfThisStart(), "ClassCastException")).isEmpty();
        assertThat(Nodes.linesWith(b.logOfThisStart(), "SEVERE")).isEmpty();
    }

    @Test
    void theSweepInTheBackgroundEndsSessionsInTheRightApplication() {
        int logged = b.log().length();
        APPS.forEach((app, says) -> {
            HttpUser user = new HttpUser();
            user.does(a, app, "new:user=shop.User");
            // Taken over, not yet decoded: the sweep's thread is the first that reads the value.
            user.does(b, app, "interval:1");
        });
        awaitEnds(logged);
        assertThat(Nodes.linesWith(b.logOfThisStart(), "SEVERE")).isEmpty();
    }

    @Test
    void sessionsThatNobodyLooksAfterAreEndedInTheRightApplication() {
        APPS.forEach((app, says) -> assertThat(new HttpUser().does(a, app, "interval:3", "new:user=shop.User"))
                .containsExactly("3", "ok"));
        int logged = b.log().length();
        a.kill();
        awaitEnds(logged);
        assertThat(Nodes.linesWith(b.log().substring(logged), "ClassNotFoundException"))
                .isEmpty();
        assertThat(Nodes.linesWith(b.log().substring(logged), "ClassCastException"))
                .isEmpty();
        assertThat(Nodes.linesWith(b.log().substring(logged), "at io.clowder")).isEmpty();
    }

    private static void awaitEnds(int logged) {
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            String log = b.log().substring(logged);
            APPS.forEach((app, says) -> {
                assertThat(Nodes.linesWith(log, "end in"))
                        .filteredOn(ended(app, says)::equals)
                        .hasSize(1);
                assertThat(Nodes.linesWith(log, says + " unbound in its application: "))
                        .filteredOn(line -> line.endsWith("true"))
                        .hasSize(1);
            });
        });
    }

    @Test
    void anEmptyFolderInWebappsChangesNothing() throws Exception {
        HttpUser user = new HttpUser();
        assertThat(user.asks(b, "/probe", "inc:n")).isEqualTo("1");
        assertThat(new HttpUser().get(b, "/empty/").status()).isEqualTo(404);
        Path late = Files.createDirectories(b.base().resolve("webapps/late"));
        b.awaitLog("Sessions of /late: ", Duration.ofSeconds(60));
        assertThat(new HttpUser().get(b, "/late/").status()).isEqualTo(404);
        assertThat(user.asks(b, "/probe", "inc:n")).isEqualTo("2");
        b.awaitLog("late] has finished in", Duration.ofSeconds(60)); // else Tomcat notes a folder that is gone already
        Files.delete(late);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !Nodes.linesWith(b.logOfThisStart(), "Undeploying", "/late")
                        .isEmpty());
        assertThat(user.asks(b, "/probe", "inc:n")).isEqualTo("3");
        assertThat(Nodes.linesWith(b.logOfThisStart(), "SEVERE")).isEmpty();
    }
}
