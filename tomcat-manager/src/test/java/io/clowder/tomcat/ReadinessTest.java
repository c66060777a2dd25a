/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.clowder.hazelcast.ClusterMember;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Level;
import javax.management.ObjectName;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.tomcat.util.modeler.Registry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a load balancer and an operator are told of a node. */
class ReadinessTest {

    private static final String CLUSTER = "clowder-unit-ready";
    private static final String SETTINGS = "clusterName=\"" + CLUSTER + "\" port=\"6900\"";
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int READY = 200;
    private static final int NOT_READY = 503;

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path base;

    private TinyTomcat tomcat;

    @BeforeEach
    void prepare() {
        tomcat = new TinyTomcat(base).listening().valve(new ReadinessValve());
    }

    @AfterEach
    void stop() throws LifecycleException {
        tomcat.close();
    }

    private void deploy(String path, String settings) throws IOException {
        Context context = tomcat.deploy(path, settings);
        tomcat.servlet(context, "/counts", new HttpServlet() {
            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
                request.getSession().setAttribute("n", 1);
                response.getWriter().print("counted");
            }
        });
    }

    private int status(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + tomcat.port() + path);
        return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                .statusCode();
    }

    private static Object bean(String attribute) throws Exception {
        return Registry.getRegistry(null, null)
                .getMBeanServer()
                .getAttribute(new ObjectName("Tomcat:type=Clowder"), attribute);
    }

    @Test
    void aNodeIsReadyWhenItIsInTheClusterAndItsApplicationsAreThere() throws Exception {
        deploy("/app", SETTINGS);
        tomcat.start();

        assertThat(status("/ready")).isEqualTo(READY);
        assertThat(bean("state")).isEqualTo("CLUSTERED");
        assertThat(bean("reason")).isNull();
        assertThat(bean("clusterName")).isEqualTo(CLUSTER);
        assertThat((String[]) bean("members")).containsExactly("127.0.0.1:6900");

        tomcat.host().findChild("/app").stop();
        assertThat(status("/ready")).isEqualTo(NOT_READY);
        tomcat.host().findChild("/app").start();
        assertThat(status("/ready")).isEqualTo(READY);
    }

    @Test
    void aNodeThatHasNotJoinedIsNotReady() throws Exception {
        tomcat.start();
        assertThat(ServerListener.of(tomcat.server()).state()).isEqualTo(NodeState.STARTING);
        assertThat(status("/ready")).isEqualTo(NOT_READY);
    }

    @Test
    void applicationsThatDidNotStartMayBeNoReason() throws Exception {
        ReadinessValve lenient = new ReadinessValve();
        lenient.setPath("/lenient");
        lenient.setCheckContainersAvailable(false);
        tomcat.valve(lenient);
        deploy("/app", SETTINGS);
        deploy("/broken", SETTINGS + " reads=\"sometimes\"");
        tomcat.start();

        assertThat(status("/ready")).isEqualTo(NOT_READY);
        assertThat(status("/lenient")).isEqualTo(READY);
        end();
        await().atMost(SOON).until(() -> status("/lenient") == NOT_READY);
    }

    @Test
    void aNodeWhoseMemberHasEndedSaysSoOnce() throws Exception {
        deploy("/app", SETTINGS);
        tomcat.start();
        assertThat(status("/app/counts")).isEqualTo(200);

        end();
        await().atMost(SOON).until(() -> status("/ready") == NOT_READY);
        assertThat(bean("state")).isEqualTo("DEGRADED");
        assertThat((String) bean("reason")).contains("Hazelcast member of this node has ended");
        for (int i = 0; i < 3; i++) {
            assertThat(status("/app/counts")).as("it goes on alone").isEqualTo(200);
        }
        assertThat(tomcat.said(Level.WARNING, ClusterMember.class))
                .filteredOn(line -> line.startsWith("DEGRADED"))
                .hasSize(1);
    }

    private static void end() {
        List<HazelcastInstance> ours = Hazelcast.getAllHazelcastInstances().stream()
                .filter(instance -> instance.getConfig().getClusterName().equals(CLUSTER))
                .toList();
        assertThat(ours).hasSize(1);
        ours.get(0).getLifecycleService().terminate();
    }

    @Test
    void aNodeThatIsToStopServesUntilTheBalancerHasHeardOfIt() throws Exception {
        tomcat.listen("clusterName", CLUSTER, "port", "6900", "stopDelay", "3");
        deploy("/app", "");
        tomcat.start();
        assertThat(status("/ready")).isEqualTo(READY);

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> {
            try {
                tomcat.stop();
            } catch (LifecycleException e) {
                throw new IllegalStateException(e);
            }
        });
        await().atMost(SOON).until(() -> status("/ready") == NOT_READY);
        assertThat(bean("state")).isEqualTo("STOPPING");
        assertThat(status("/app/counts")).isEqualTo(200);
        assertThat(stopped).isNotDone();
        stopped.join();
        assertThat(ServerListener.of(tomcat.server()).running()).isNull();
    }

    /** The test's own timeout would end the wait. */
    @Test
    void aStartThatFailsIsNotDelayed() throws Exception {
        tomcat.listen("stopDelay", "3600", "colour", "red");
        assertThatThrownBy(tomcat::start)
                .rootCause()
                .hasMessage(
                        "wrong attributes of the ServerListener: colour=\"red\": there is no such attribute; allowed are"
                                + " topology, clusterName, members, interface, port, config, minimumClusterSize, failFast, instanceName, stopDelay");
    }

    @Test
    void aDelayThatIsNoneStopsTheStart() {
        for (String wrong : List.of("-1", "3601", "soon")) {
            try (TinyTomcat other = new TinyTomcat(base.resolve(wrong))) {
                other.listen("stopDelay", wrong);
                assertThatThrownBy(other::start)
                        .rootCause()
                        .hasMessageContaining("stopDelay=\"" + wrong + "\": allowed is 0 to 3600 (seconds)");
            } catch (LifecycleException e) {
                throw new AssertionError(e);
            }
        }
    }
}
