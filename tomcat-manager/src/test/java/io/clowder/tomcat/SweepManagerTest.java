/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.catalina.Context;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Managers that end sessions which nobody looks after any more. */
class SweepManagerTest {

    private final List<String> destroyed = new CopyOnWriteArrayList<>();

    @TempDir
    private Path base;

    @ParameterizedTest
    @CsvSource({"sticky, 6800", "roaming, 6820"})
    void theSessionOfATomcatThatStoppedIsEndedByAnother(String affinity, int port) throws Exception {
        String settings = "clusterName=\"clowder-unit-swept-" + affinity + "\" port=\"" + port + "\" affinity=\""
                + affinity + "\" processExpiresFrequency=\"1\"";
        try (TinyTomcat b = new TinyTomcat(base.resolve("b")).route("two")) {
            b.start();
            ClowderManager living = manager(b.deploy("/app", settings));
            String id;
            try (TinyTomcat a = new TinyTomcat(base.resolve("a")).route("one")) {
                a.start();
                id = session(manager(a.deploy("/app", settings)), 1);
                assertThat(living.getReaped()).isZero();
            }
            until(living, 1);
            assertThat(destroyed).containsExactly("n=1 in /app");
            assertThat(living.getReaped()).isEqualTo(1);
            assertThat(living.getExpiredSessions()).isEqualTo(1);
            assertThat(living.getActiveSessions()).isZero();
            assertThat(living.findSession(id)).isNull();
        }
    }

    @Test
    void whatAnApplicationForgotWhenItWasReloadedIsEndedAfterwards() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).route("one")) {
            tomcat.start();
            Context context = tomcat.deploy("/app", "clusterName=\"clowder-unit-forgot\" port=\"6840\"");
            ClowderManager manager = manager(context);
            session(manager, 2);
            session(manager, -1);
            context.stop();
            manager.backgroundProcess(); // an application that is stopped ends nothing
            context.start();
            context.setApplicationLifecycleListeners(new Object[] {new Destroyed()});
            until(manager(context), 1);
            assertThat(destroyed).containsExactly("n=2 in /app");
            assertThat(manager(context).getReaped()).isEqualTo(1);
        }
    }

    /** A session that was saved, of a timeout in seconds, which is its attribute, too. */
    private static String session(ClowderManager manager, int timeout) {
        ClowderSession session = (ClowderSession) manager.createSession(null);
        session.live().attributes().put("n", timeout); // no use of the session that would go on for a moment
        session.setMaxInactiveInterval(timeout);
        manager.save(session);
        return session.getIdInternal();
    }

    private ClowderManager manager(Context context) {
        context.setApplicationLifecycleListeners(new Object[] {new Destroyed()});
        return (ClowderManager) context.getManager();
    }

    private void until(ClowderManager manager, int count) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            manager.backgroundProcess();
            assertThat(destroyed).hasSize(count);
        });
        manager.backgroundProcess();
        assertThat(destroyed).hasSize(count);
    }

    private final class Destroyed implements HttpSessionListener {
        @Override
        public void sessionDestroyed(HttpSessionEvent event) {
            destroyed.add("n=" + event.getSession().getAttribute("n") + " in "
                    + event.getSession().getServletContext().getContextPath());
        }
    }
}
