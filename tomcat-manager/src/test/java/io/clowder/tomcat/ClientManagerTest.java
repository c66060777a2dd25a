/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.clowder.hazelcast.ClusterNode;
import io.clowder.hazelcast.ClusterSettings;
import io.clowder.hazelcast.DedicatedMember;
import io.clowder.store.StoreUnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.logging.Level;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Tomcat whose Manager, or listener, says {@code topology="client"}. */
class ClientManagerTest {

    private static final String CLUSTER = "clowder-unit-client";
    private static final String MEMBERS = "members=\"127.0.0.1:7840\" ";
    private static final String SETTINGS = "topology=\"client\" clusterName=\"" + CLUSTER + "\" " + MEMBERS;

    @TempDir
    private Path base;

    private ClusterNode member;

    @BeforeEach
    void startMember() {
        member = DedicatedMember.start(new ClusterSettings(CLUSTER, List.of(), null, 7940, null), 7840);
    }

    @AfterEach
    void stopMember() {
        member.close();
    }

    @Test
    void idsHaveARouteAndSessionsHaveNoHolder() throws Exception {
        try (TinyTomcat a = new TinyTomcat(base.resolve("a")).route("a");
                TinyTomcat b = new TinyTomcat(base.resolve("b")).route("b")) {
            a.start();
            b.start();
            ClowderManager atA = (ClowderManager) a.deploy("/app", SETTINGS).getManager();
            ClowderManager atB = (ClowderManager) b.deploy("/app", SETTINGS).getManager();
            assertThat(a.said(Level.INFO))
                    .anyMatch(
                            line -> line.contains("Sessions of /app: roaming (topology: each request asks the cluster),"
                                    + " route a, map clowder::localhost:/app, cluster '" + CLUSTER
                                    + "', client of 1 member: 127.0.0.1:7840"));
            ClowderSession session = (ClowderSession) atA.createSession(null);
            session.live().attributes().put("n", 1);
            atA.save(session);
            String id = session.getIdInternal();
            assertThat(id).endsWith(".a");
            for (int i = 2; i < 12; i++) {
                ClowderManager manager = i % 2 == 0 ? atB : atA;
                ClowderSession found = (ClowderSession) Objects.requireNonNull(manager.findSession(id));
                assertThat(found.getIdInternal()).endsWith(i % 2 == 0 ? ".b" : ".a");
                assertThat(found.live().attributes()).containsEntry("n", i - 1);
                found.live().attributes().put("n", i);
                manager.save(found);
            }
            assertThat(List.of(atA.getTakeovers(), atB.getTakeovers(), atA.getBounces(), atA.getReleased()))
                    .containsOnly(0L);
            assertThat(atA.getLoads()).isEqualTo(5);
            assertThat(atA.getActiveSessionsFull()).isEqualTo(1);
            assertThat(atA.getSessionIdsFull()).containsExactly(SessionId.baseOf(id));
            assertThat(atA.getSessionsDrawn())
                    .isEqualTo(atA.getSessionsAtHome())
                    .isEqualTo(1);

            ClowderManager plain = (ClowderManager)
                    a.deploy("/plain", SETTINGS + "affinity=\"roaming\"").getManager();
            assertThat(plain.createSession(null).getIdInternal()).doesNotContain(".");
        }
    }

    @Test
    void aStickyClientServesUnaskedWhatItHoldsUntilAnotherTakesItOver() throws Exception {
        try (TinyTomcat a = new TinyTomcat(base.resolve("a")).route("a");
                TinyTomcat b = new TinyTomcat(base.resolve("b")).route("b")) {
            a.start();
            b.start();
            String settings = SETTINGS + "affinity=\"sticky\"";
            ClowderManager atA = (ClowderManager) a.deploy("/app", settings).getManager();
            ClowderManager atB = (ClowderManager) b.deploy("/app", settings).getManager();
            ClowderSession session = (ClowderSession) atA.createSession(null);
            session.live().attributes().put("n", 1);
            atA.save(session);
            String id = session.getIdInternal();
            await().until(() -> {
                long before = atA.getStoreOperations();
                assertThat(atA.findSession(id)).isNotNull();
                return atA.getStoreOperations() == before;
            });
            for (int i = 2; i < 12; i++) {
                ClowderManager manager = i % 2 == 0 ? atB : atA;
                ClowderSession found = (ClowderSession) Objects.requireNonNull(manager.findSession(id));
                assertThat(found.getIdInternal()).endsWith(i % 2 == 0 ? ".b" : ".a");
                assertThat(found.live().attributes()).containsEntry("n", i - 1);
                found.live().attributes().put("n", i);
                manager.save(found);
            }
            assertThat(List.of(atA.getReleased(), atB.getReleased())).containsExactly(5L, 5L);
            assertThat(List.of(atA.getLoads(), atB.getLoads())).containsOnly(0L);
        }
    }

    @Test
    void twoClientsDoNotShareARoute() throws Exception {
        try (TinyTomcat one = new TinyTomcat(base.resolve("one")).route("a");
                TinyTomcat two = new TinyTomcat(base.resolve("two")).route("a")) {
            one.start();
            one.deploy("/app", SETTINGS);
            two.start();
            assertThat(two.deploy("/app", SETTINGS).getState()).isNotEqualTo(LifecycleState.STARTED);
            assertThat(two.refusals()).hasSize(1);
            assertThat(two.refusals().get(0)).contains("jvmRoute 'a' is already used by the node at 127.0.0.1:");
        }
    }

    @Test
    void theListenerMaySayIt() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).route("a")) {
            tomcat.listen("topology", "client", "clusterName", CLUSTER, "members", "127.0.0.1:7840");
            Context near = tomcat.deploy("/near", "reads=\"near\"");
            Context other = tomcat.deploy("/other", "clusterName=\"" + CLUSTER + "\"");
            Context silent = tomcat.deploy("/silent", "");
            tomcat.start();
            assertThat(silent.getState()).isEqualTo(LifecycleState.STARTED);
            for (Context refused : List.of(near, other)) {
                assertThat(refused.getState()).isNotEqualTo(LifecycleState.STARTED);
            }
            assertThat(tomcat.refusals())
                    .hasSize(2)
                    .anyMatch(reason -> reason.contains("reads=\"near\": there is no near cache with topology"))
                    .anyMatch(reason -> reason.contains("All web applications of a Tomcat share one cluster."));
        }
    }

    @Test
    void anApplicationThatIsToFailFastDoesNotStartWithoutACluster() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            tomcat.start();
            Context context = tomcat.deploy(
                    "/app", "topology=\"client\" failFast=\"true\" clusterName=\"x\" members=\"127.0.0.1:7859\"");
            assertThat(context.getState()).isNotEqualTo(LifecycleState.STARTED);
            assertThat(tomcat.refusals()).hasSize(1);
            assertThat(tomcat.refusals().get(0))
                    .startsWith("Clowder cannot start for /app: no member of cluster 'x' has let this client in at"
                            + " 127.0.0.1:7859 within 10 s;");
            assertThat(ServerListener.of(tomcat.server()).state()).isEqualTo(NodeState.STARTING);
        }
    }

    @Test
    void withoutAClusterTheApplicationStartsAndGoesOnAlone() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            tomcat.start();
            member.close();
            long began = System.nanoTime();
            ClowderManager manager =
                    (ClowderManager) tomcat.deploy("/app", SETTINGS).getManager();
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isLessThan(Duration.ofSeconds(9)); // who fails fast waits for 10 s
            ServerListener listener = ServerListener.of(tomcat.server());
            assertThat(listener.state()).isEqualTo(NodeState.DEGRADED);
            assertThat(listener.isReady()).isTrue();
            ClowderSession session = (ClowderSession) manager.createSession(null);
            manager.save(session);
            assertThat(manager.findSession(session.getIdInternal())).isSameAs(session);

            startMember();
            await().atMost(Duration.ofSeconds(30)).until(() -> listener.state() == NodeState.CLUSTERED);
            await().atMost(Duration.ofSeconds(10)).until(() -> manager.getActiveSessionsFull() == 1);
        }
    }

    @Test
    void whileTheClusterIsAwayWhatIsHereIsServedAndTheStateSaysSo() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            tomcat.start();
            ClowderManager manager =
                    (ClowderManager) tomcat.deploy("/app", SETTINGS).getManager();
            ClowderManager refusing = (ClowderManager)
                    tomcat.deploy("/refusing", SETTINGS + " onOutage=\"fail\"").getManager();
            ClowderSession session = (ClowderSession) manager.createSession(null);
            manager.save(session);
            ServerListener listener = ServerListener.of(tomcat.server());
            assertThat(listener.state()).isEqualTo(NodeState.CLUSTERED);

            member.close();
            await().atMost(Duration.ofSeconds(20)).until(() -> listener.state() == NodeState.DEGRADED);
            assertThat(listener.trouble())
                    .isEqualTo("no member of cluster '" + CLUSTER + "' can be reached at 127.0.0.1:7840");
            assertThat(listener.isReady()).isTrue();
            assertThat(manager.findSession(session.getIdInternal())).isSameAs(session);
            assertThat(manager.findSession("nobody")).isNull();
            assertThatThrownBy(() -> refusing.findSession("nobody")).isInstanceOf(StoreUnavailableException.class);
            manager.backgroundProcess();
            assertThat(manager.getActiveSessionsFull()).as("some may be there").isEqualTo(1);

            startMember();
            await().atMost(Duration.ofSeconds(30)).until(() -> listener.state() == NodeState.CLUSTERED);
            assertThat(manager.findSession("nobody")).isNull();
            assertThat(manager.findSession(session.getIdInternal()))
                    .as("the cluster had lost it")
                    .isSameAs(session);
            assertThat(manager.getRejoined()).isEqualTo(1);
            assertThat(manager.getServedAlone()).isEqualTo(1);
        }
    }
}
