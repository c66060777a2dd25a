/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.clowder.store.StoreUnavailableException;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Session;
import org.apache.catalina.realm.GenericPrincipal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Managers and the listener in a Tomcat, with a cluster of one member. */
class ManagerOnMemberTest {

    private static final String CLUSTER = "clusterName=\"clowder-unit\" port=\"6620\"";

    @TempDir
    private Path base;

    @Test
    void managersOfOneTomcatShareOneMemberThatStopsWithIt() throws Exception {
        TinyTomcat tomcat = new TinyTomcat(base).route("one");
        try (tomcat) {
            tomcat.start();
            Context first = tomcat.deploy("/first", CLUSTER);
            Context second = tomcat.deploy("/second", CLUSTER + " strict=\"true\" operationTimeout=\"500\"");
            Context silent = tomcat.deploy("/silent", "");
            Context other = tomcat.deploy("/other", "clusterName=\"another\" port=\"6620\"");
            assertThat(List.of(first.getState(), second.getState()))
                    .containsExactly(LifecycleState.STARTED, LifecycleState.STARTED);
            assertThat(List.of(silent.getState(), other.getState())).doesNotContain(LifecycleState.STARTED);
            assertThat(tomcat.refusals())
                    .hasSize(2)
                    .allMatch(message -> message.contains("All web applications of a Tomcat share one cluster."))
                    .allMatch(message -> message.contains("name them once in a ServerListener in server.xml"));
            assertThat(ServerListener.of(tomcat.server())).isSameAs(ServerListener.of(tomcat.server()));
            assertThat(isFree(6620)).isFalse();
            assertThat(tomcat.said(Level.INFO))
                    .hasSize(2)
                    .anySatisfy(line -> assertThat(line)
                            .startsWith("Sessions of /first: sticky, route one, map clowder::localhost:/first, "));

            keepsAttributesThatCannotBeSerialized(tomcat, (ClowderManager) first.getManager());
            refusesThemWhenStrict((ClowderManager) second.getManager());
            namesSessionsAfterTheRoute((ClowderManager) first.getManager());
            endsSessionsOnce((ClowderManager) first.getManager());
            tellsRequestsThatTheApplicationStops(first);
        }
        assertThat(isFree(6620)).isTrue();
    }

    @Test
    void theListenerStartsTheMemberBeforeTheContextsAndSpeaksForThem() throws Exception {
        TinyTomcat tomcat = new TinyTomcat(base);
        try (tomcat) {
            ServerListener listener = tomcat.listen("clusterName", "clowder-unit-listener", "port", "6640");
            Context silent = tomcat.deploy("/silent", "");
            Context same = tomcat.deploy("/same", "clusterName=\"clowder-unit-listener\" port=\"6640\"");
            Context other = tomcat.deploy("/other", "clusterName=\"another\"");
            tomcat.start();
            assertThat(ServerListener.of(tomcat.server())).isSameAs(listener);
            assertThat(silent.getState()).isEqualTo(LifecycleState.STARTED);
            assertThat(same.getState()).isEqualTo(LifecycleState.STARTED);
            assertThat(other.getState()).isNotEqualTo(LifecycleState.STARTED);
            assertThat(tomcat.refusals()).hasSize(1);
            assertThat(tomcat.said(Level.INFO))
                    .hasSize(2)
                    .allMatch(line -> line.contains("roaming (no jvmRoute is set on the Engine"));
            Session session = silent.getManager().createSession(null);
            assertThat(session.getIdInternal()).doesNotContain(".");
        }
        assertThat(isFree(6640)).isTrue();
    }

    @Test
    void aListenerWithAWrongAttributeStopsTheStart() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            tomcat.listen("clusterName", "clowder-unit-wrong", "clustername", "x");
            assertThatExceptionOfType(LifecycleException.class)
                    .isThrownBy(tomcat::start)
                    .havingRootCause()
                    .isInstanceOf(IllegalArgumentException.class)
                    .withMessage(
                            "wrong attributes of the ServerListener: clustername=\"x\": there is no such attribute;"
                                    + " allowed are topology, clusterName, members, interface, port, config, minimumClusterSize, failFast, instanceName, stopDelay");
        }
    }

    @Test
    void aListenerWithAWrongValueStopsTheStart() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            tomcat.listen("members", "10.0.0.1", "interface", "10.0.0.2", "config", "no.xml");
            assertThatExceptionOfType(LifecycleException.class)
                    .isThrownBy(tomcat::start)
                    .havingRootCause()
                    .withMessage("config 'no.xml' says everything about the cluster; leave out members, interface");
        }
    }

    @Test
    void aRoamingSessionEndsOnceWhenNobodyUsesIt() throws Exception {
        String settings = "clusterName=\"clowder-unit-idle\" port=\"6660\"";
        try (TinyTomcat a = new TinyTomcat(base.resolve("a"));
                TinyTomcat b = new TinyTomcat(base.resolve("b"))) {
            a.start();
            b.start();
            ClowderManager first = (ClowderManager) a.deploy("/app", settings).getManager();
            ClowderManager second = (ClowderManager) b.deploy("/app", settings).getManager();
            ClowderSession used = (ClowderSession) first.createSession(null);
            used.setCreationTime(System.currentTimeMillis() - 100_000);
            used.setMaxInactiveInterval(3600);
            first.save(used);
            first.processExpires();
            assertThat(first.findSessions()).containsExactly(used);
            used.expire();
            assertThat(first.getExpiredSessions()).isEqualTo(1);

            ClowderSession session = (ClowderSession) first.createSession(null);
            session.setMaxInactiveInterval(1);
            first.save(session);
            assertThat(second.findSession(session.getId())).isNotNull();
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                first.processExpires();
                second.processExpires();
                assertThat(first.getActiveSessions() + second.getActiveSessions())
                        .isZero();
            });
            assertThat(first.getExpiredSessions() + second.getExpiredSessions()).isEqualTo(2);
            assertThat(first.findSession(session.getId())).isNull();
        }
    }

    private static void keepsAttributesThatCannotBeSerialized(TinyTomcat tomcat, ClowderManager manager) {
        ClowderSession session = (ClowderSession) manager.createSession(null);
        HttpSession http = session.getSession();
        Object local = new Object();
        http.setAttribute("local", local);
        http.setAttribute("n", 1);
        manager.save(session);
        http.setAttribute("local", local);
        manager.save(session);
        assertThat(http.getAttribute("local")).isSameAs(local);
        assertThat(tomcat.said(Level.WARNING))
                .containsExactly("/first: Attribute 'local' (java.lang.Object) is not serializable:"
                        + " local (java.lang.Object); the attribute stays on this node");
        long saves = manager.getSaves();
        manager.save(session);
        assertThat(manager.getSaves()).isEqualTo(saves);
    }

    private static void refusesThemWhenStrict(ClowderManager manager) {
        HttpSession http = manager.createSession(null).getSession();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> http.setAttribute("local", Map.of("o", new Object())))
                .withMessageContaining("Attribute 'local'")
                .withMessageContaining("is not serializable: local (java.util.");
        assertThat(http.getAttribute("local")).isNull();
        assertThatCode(() -> http.setAttribute("n", 1)).doesNotThrowAnyException();
        assertThatCode(() -> http.setAttribute("n", null)).doesNotThrowAnyException();
    }

    private static void namesSessionsAfterTheRoute(ClowderManager manager) throws Exception {
        ClowderSession session = (ClowderSession) manager.createSession("0123ABCD.elsewhere");
        assertThat(session.getId()).isEqualTo("0123ABCD.one");
        assertThat(session).hasToString("ClowderSession[0123...one]");
        assertThat(manager.findSession("0123ABCD.elsewhere")).isSameAs(session);
        session.setPrincipal(new GenericPrincipal("ada", List.of("user")));
        session.setAuthType("FORM");
        manager.save(session);
        assertThat(session.live().container().keySet()).containsExactlyInAnyOrder("principal", "authType");
        assertThat(session.getSession().getAttributeNames().hasMoreElements()).isFalse();

        String newId = manager.rotateSessionId(session);
        assertThat(newId).endsWith(".one");
        assertThat(session.getId()).isEqualTo(newId);
        assertThat(manager.findSession(newId)).isSameAs(session);
        assertThat(manager.findSession("0123ABCD.one")).isNull();
        assertThat(manager.findSession("")).isNull();
        assertThat(manager.findSession(null)).isNull();
        assertThat(manager.getSessionsAtHome())
                .isEqualTo(manager.getSessionsDrawn())
                .isPositive();
    }

    private static void tellsRequestsThatTheApplicationStops(Context context) throws Exception {
        ClowderManager manager = (ClowderManager) context.getManager();
        String id = manager.createSession(null).getIdInternal();
        context.stop();
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> manager.findSession(id))
                .withMessage("The web application /first is stopped");
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> manager.createSession(null));
    }

    private static void endsSessionsOnce(ClowderManager manager) throws Exception {
        ClowderSession session = (ClowderSession) manager.createSession(null);
        manager.save(session);
        String id = session.getId();
        session.getSession().invalidate();
        assertThat(session.isUsable()).isFalse();
        assertThat(manager.findSession(id)).isNull();
        assertThat(manager.getStoreOperations()).isPositive();
        assertThat(manager.getStoreBytes()).isPositive();
        assertThat(manager.getClockSkew()).as("alone").isBetween(-500L, 500L);
        assertThat(new ClowderManager().getClockSkew()).isZero();
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
