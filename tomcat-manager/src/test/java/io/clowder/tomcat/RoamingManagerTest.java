/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Level;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Managers that say how sessions move, on an Engine with a route; and what they keep of them. */
class RoamingManagerTest {

    @TempDir
    private Path base;

    @Test
    void aRoamingSessionHasNoRouteWhateverTheEngineSays() throws Exception {
        String cluster = "clusterName=\"clowder-unit-roaming\" port=\"8980\" ";
        try (TinyTomcat tomcat = new TinyTomcat(base).route("one")) {
            tomcat.start();
            ClowderManager manager = (ClowderManager)
                    tomcat.deploy("/app", cluster + "affinity=\"roaming\"").getManager();
            assertThat(manager.getJvmRoute()).isNull();
            ClowderSession session = (ClowderSession) manager.createSession(null);
            manager.save(session);
            String id = session.getIdInternal();
            assertThat(id).doesNotContain(".");
            assertThat(manager.findSession(id + ".one")).isSameAs(session);
            assertThat(manager.findSession(id + ".elsewhere")).isSameAs(session);
            assertThat(session.getIdInternal()).isEqualTo(id);

            ClowderManager near =
                    (ClowderManager) tomcat.deploy("/near", cluster + "affinity=\"roaming\" reads=\"near\"")
                            .getManager();
            assertThat(near.getNearHits() + near.getNearMisses() + near.getNearReads())
                    .isZero();
            Context sticky = tomcat.deploy("/sticky", cluster + "affinity=\"sticky\" maxLocalSessions=\"-1\"");
            assertThat(((ClowderManager) sticky.getManager()).getJvmRoute()).isEqualTo("one");
            assertThat(tomcat.said(Level.INFO))
                    .hasSize(3)
                    .anyMatch(line -> line.contains("/app: roaming (affinity: each request asks the cluster), map"))
                    .anyMatch(line -> line.contains("/near: roaming (affinity: requests read what is near"))
                    .anyMatch(line -> line.contains("/sticky: sticky, route one, map"));

            asksForNoImpossibleId(manager);
        }
    }

    private static void asksForNoImpossibleId(ClowderManager manager) throws Exception {
        long asked = manager.getStoreOperations();
        for (String id : List.of("", ".one", " ", "AB CD", "AB\nCD", "AB\u0000", "AB\u007f", "A".repeat(256))) {
            assertThat(manager.findSession(id)).as(id).isNull();
        }
        assertThat(manager.findSession(null)).isNull();
        assertThat(manager.getStoreOperations()).isEqualTo(asked);
        assertThat(manager.findSession("nobody")).isNull();
        assertThat(manager.findSession("A".repeat(255))).isNull();
        assertThat(manager.getStoreOperations()).isEqualTo(asked + 2);
        // A generator that draws longer ids than others is believed.
        manager.getSessionIdGenerator().setSessionIdLength(200);
        ClowderSession session = (ClowderSession) manager.createSession(null);
        assertThat(session.getIdInternal()).hasSize(400);
        assertThat(manager.findSession(session.getIdInternal())).isSameAs(session);
    }

    @Test
    void evictedSessionsComeBackAndAreEndedAtTheirTimeout() throws Exception {
        List<String> destroyed = new CopyOnWriteArrayList<>();
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            tomcat.start();
            Context context =
                    tomcat.deploy("/app", "clusterName=\"clowder-unit-evicted\" port=\"6700\" maxLocalSessions=\"2\"");
            context.setApplicationLifecycleListeners(new Object[] {new Destroyed(destroyed)});
            ClowderManager manager = (ClowderManager) context.getManager();
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                ClowderSession session = (ClowderSession) manager.createSession(null);
                session.live().attributes().put("n", i); // no use of the session that would go on for a moment
                manager.save(session);
                ids.add(session.getIdInternal());
                assertThat(manager.getActiveSessions()).isLessThanOrEqualTo(2);
            }
            assertThat(manager.getEvictions()).isEqualTo(8);
            for (int i = 0; i < 10; i++) {
                ClowderSession session = (ClowderSession) manager.findSession(ids.get(i));
                assertThat(session.live().attributes()).isEqualTo(Map.of("n", i));
                session.setMaxInactiveInterval(2);
                manager.save(session);
                assertThat(manager.getActiveSessions()).isLessThanOrEqualTo(2);
            }
            assertThat(destroyed).isEmpty();
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                manager.processExpires();
                assertThat(destroyed).hasSize(10);
            });
            assertThat(destroyed)
                    .containsExactlyInAnyOrder("n=0", "n=1", "n=2", "n=3", "n=4", "n=5", "n=6", "n=7", "n=8", "n=9");
            assertThat(manager.getExpiredSessions()).isEqualTo(10);
            assertThat(manager.getActiveSessions()).isZero();
            assertThat(manager.findSession(ids.get(0))).isNull();
        }
    }

    private record Destroyed(List<String> seen) implements HttpSessionListener {
        @Override
        public void sessionDestroyed(HttpSessionEvent event) {
            seen.add("n=" + event.getSession().getAttribute("n"));
        }
    }

    @Test
    void nearReadsGetANearCacheForTheirMap() throws Exception {
        Files.createDirectories(base);
        Files.writeString(base.resolve("hazelcast.yaml"), """
                hazelcast:
                  cluster-name: clowder-unit-without
                  network:
                    port: {port: 6720}
                    join: {auto-detection: {enabled: false}, tcp-ip: {enabled: true, member-list: [127.0.0.1]}}
                    interfaces: {enabled: true, interfaces: [127.0.0.1]}
                  map:
                    "clowder:*": {in-memory-format: OBJECT}
                """);
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            tomcat.start();
            Context app = tomcat.deploy("/app", "config=\"hazelcast.yaml\"");
            assertThat(app.getState()).isEqualTo(LifecycleState.STARTED);
            Context near = tomcat.deploy("/near", "config=\"hazelcast.yaml\" reads=\"near\"");
            assertThat(near.getState()).isEqualTo(LifecycleState.STARTED);
            assertThat(tomcat.said(Level.WARNING)).isEmpty();

            ((ClowderManager) app.getManager()).setReads("near");
            app.reload();
            assertThat(app.getState()).isEqualTo(LifecycleState.STARTED);
            assertThat(tomcat.said(Level.WARNING))
                    .containsExactly(
                            "/app: reads=\"near\" has no effect: map clowder::localhost:/app has been used without a"
                                    + " near cache; each request asks the cluster, until all nodes have been started anew");
        }
    }
}
