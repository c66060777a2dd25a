/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.nio.file.Files;
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
                builder -> builder.contextAttributes("backgroundProcessorDelay=\"1\"")
                        .context(NODES.managerLine("processExpiresFrequency=\"1\"")),
                Stream.of("ROOT", "probe", "books", "wine")
                        .map(app -> WebApp.probe(app).source("shop.User", user(app)))
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
        APPS.forEach((app, says) -> {
            HttpUser user = new HttpUser();
            user.does(a, app, "new:user=shop.User");
            // Taken over, not yet decoded: the sweep's thread is the first that reads the value.
            user.does(b, app, "interval:1");
        });
        APPS.forEach((app, says) -> assertThat(b.awaitLog(says + " unbound in its application", Duration.ofSeconds(30)))
                .endsWith("true"));
        assertThat(Nodes.linesWith(b.logOfThisStart(), "SEVERE")).isEmpty();
    }

    @Test
    void anEmptyFolderInWebappsChangesNothing() {
        assertThat(new HttpUser().get(b, "/empty/").status()).isEqualTo(404);
        assertThat(Nodes.linesWith(b.logOfThisStart(), "SEVERE")).isEmpty();
        assertThat(new HttpUser().asks(b, "/probe", "inc:n")).isEqualTo("1");
    }
}
