/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.clowder.hazelcast.ClusterMember;
import java.nio.file.Path;
import java.util.Objects;
import java.util.logging.Level;
import org.apache.catalina.Context;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CL-4: a Tomcat whose Manager, or listener, names a Hazelcast instance that somebody else has started. */
class CL4InstanceNameTest {

    private static HazelcastInstance theirs;

    @TempDir
    private Path base;

    @BeforeAll
    static void startInstance() {
        Config config = new Config().setInstanceName("theirs").setClusterName("clowder-unit-theirs");
        config.getNetworkConfig().setPort(7930).getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:7930");
        theirs = Hazelcast.newHazelcastInstance(ClusterMember.prepare(config));
    }

    @AfterAll
    static void stopInstance() {
        theirs.shutdown();
    }

    @Test
    void itIsUsedAndOutlivesTheTomcat() throws Exception {
        String id;
        try (TinyTomcat tomcat = new TinyTomcat(base.resolve("first"))) {
            tomcat.start();
            ClowderManager manager = (ClowderManager)
                    tomcat.deploy("/app", "instanceName=\"theirs\"").getManager();
            assertThat(tomcat.said(Level.INFO))
                    .anyMatch(line -> line.contains("cluster 'clowder-unit-theirs', member 127.0.0.1:7930"));
            ClowderSession session = (ClowderSession) manager.createSession(null);
            session.live().attributes().put("n", 1);
            manager.save(session);
            id = session.getIdInternal();
        }
        assertThat(theirs.getLifecycleService().isRunning()).isTrue();

        try (TinyTomcat tomcat = new TinyTomcat(base.resolve("second"))) {
            tomcat.listen("instanceName", "theirs");
            tomcat.start();
            ClowderManager manager = (ClowderManager) tomcat.deploy("/app", "").getManager();
            ClowderSession session = (ClowderSession) Objects.requireNonNull(manager.findSession(id));
            assertThat(session.live().attributes()).containsEntry("n", 1);
            Context other = tomcat.deploy("/other", "clusterName=\"x\"");
            assertThat(other.getState().isAvailable()).isFalse();
            assertThat(tomcat.refusals()).singleElement().asString().contains("instanceName=theirs");
        }
        assertThat(theirs.getLifecycleService().isRunning()).isTrue();
    }

    @Test
    void aNameThatNobodyHasAndOtherAttributesBesideAreRefused() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            tomcat.start();
            Context missing = tomcat.deploy("/missing", "instanceName=\"nobody\"");
            assertThat(missing.getState().isAvailable()).isFalse();
            Context both = tomcat.deploy(
                    "/both",
                    "instanceName=\"theirs\" topology=\"embedded\" clusterName=\"c\" members=\"h\" port=\"7930\"");
            assertThat(both.getState().isAvailable()).isFalse();
            assertThat(tomcat.refusals())
                    .satisfiesExactly(
                            first -> assertThat(first)
                                    .contains(
                                            "instanceName 'nobody': the Hazelcast in Tomcat's lib has no such member; it has"),
                            second -> assertThat(second)
                                    .contains(
                                            "instanceName 'theirs' is a Hazelcast member that somebody else has configured;"
                                                    + " leave out topology, clusterName, members, port"));
        }
        assertThat(theirs.getLifecycleService().isRunning()).isTrue();
    }
}
