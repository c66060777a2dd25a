/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static io.clowder.store.Change.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.Change;
import io.clowder.store.Deadline;
import io.clowder.store.Loaded;
import io.clowder.store.OperationId;
import io.clowder.store.RecordingCopies;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Members that somebody else has started. */
@Timeout(60)
class BorrowedInstanceTest {

    private static final String MAP = "clowder::host:/app";

    private final List<HazelcastInstance> instances = new ArrayList<>();

    @AfterEach
    void stop() {
        instances.forEach(instance -> instance.getLifecycleService().terminate());
    }

    private static Config config(String name) {
        Config config = new Config().setInstanceName(name).setClusterName("BorrowedInstanceTest");
        config.getNetworkConfig()
                .setPort(7920)
                .setPortCount(20)
                .getInterfaces()
                .setEnabled(true)
                .addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:7920").addMember("127.0.0.1:7921");
        return config;
    }

    private HazelcastInstance started(Config config) {
        HazelcastInstance instance = Hazelcast.newHazelcastInstance(config);
        instances.add(instance);
        return instance;
    }

    private static ClusterNode node(String name) {
        return ClusterNode.start(ClusterSettings.ofInstance(name, List.of(), null));
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }

    @Test
    void aMemberOfSomebodyElseIsUsedAndLivesOn() {
        HazelcastInstance instance = started(ClusterMember.prepare(config("theirs")));
        String id = UUID.randomUUID().toString();
        UUID nodeId;
        OperationId last;
        try (ClusterNode node = node("theirs")) {
            nodeId = node.nodeId();
            assertThat(node.describe())
                    .isEqualTo("cluster 'BorrowedInstanceTest', member 127.0.0.1:7920, no other member seen");
            assertThat(node.trouble()).isNull();
            assertThatIllegalStateException()
                    .isThrownBy(() -> node("theirs"))
                    .withMessage(
                            "instanceName 'theirs': another Tomcat of this process uses that member; give each its own");
            node.claimRoute("r", Duration.ZERO);
            HazelcastSessionStore store = node.sessions(MAP, new RecordingCopies(), Duration.ofSeconds(5));
            store.save(id, Change.by(store).set("n", "1").delta(), soon());
            last = store.nextOperation();
            store.close();
        }
        assertThat(instance.getLifecycleService().isRunning()).isTrue();
        assertThat(instance.getMap(MemberConfig.ROUTES_MAP).keySet()).isEmpty();

        try (ClusterNode again = node("theirs")) {
            assertThat(again.nodeId()).isEqualTo(nodeId);
            HazelcastSessionStore store = again.sessions(MAP, new RecordingCopies(), Duration.ofSeconds(5));
            assertThat(values(((Loaded.Found) store.load(id, null, soon()))
                            .changes()
                            .set()))
                    .isEqualTo(Map.of("n", "1"));
            assertThat(store.nextOperation().sequence()).isGreaterThan(last.sequence());
            store.close();
        }
        assertThat(instance.getLifecycleService().isRunning()).isTrue();
    }

    @Test
    void aStartThatFailsLeavesItToOthers() throws Exception {
        HazelcastInstance instance = started(ClusterMember.prepare(config("lonely")));
        assertThatIllegalStateException()
                .isThrownBy(() -> ClusterNode.start(
                        ClusterSettings.ofInstance("lonely", List.of(), "2").failingFast()))
                .withMessageContaining("minimumClusterSize");
        assertThat(instance.getLifecycleService().isRunning()).isTrue();
        try (ClusterNode node = node("lonely")) {
            assertThat(node.trouble()).isNull();
        }
    }

    @Test
    void membersOfOursAndOfSomebodyElseAreOneCluster() {
        started(ClusterMember.prepare(config("theirs")));
        try (ClusterNode theirs = node("theirs");
                ClusterMember ours = ClusterMember.start(new ClusterSettings(
                        "BorrowedInstanceTest", List.of("127.0.0.1:7920", "127.0.0.1:7921"), null, 7921, null))) {
            assertThat(ours.addresses()).hasSize(2);
            assertThat(ours.isAlive(theirs.nodeId())).isTrue();
            assertThat(theirs.isAlive(ours.nodeId())).isTrue();
            HazelcastSessionStore at = theirs.sessions(MAP, new RecordingCopies(), Duration.ofSeconds(5));
            HazelcastSessionStore from = ours.sessions(MAP, new RecordingCopies(), Duration.ofSeconds(5));
            for (int i = 0; i < 20; i++) {
                String id = UUID.randomUUID().toString();
                at.save(id, Change.by(at).set("n", "" + i).delta(), soon());
                assertThat(values(((Loaded.Found) from.load(id, null, soon()))
                                .changes()
                                .set()))
                        .isEqualTo(Map.of("n", "" + i));
            }
        }
    }

    @Test
    void withoutAnInstanceTheStartSaysWhatThereIs() {
        assertThatIllegalStateException()
                .isThrownBy(() -> node("nobody"))
                .withMessageStartingWith("instanceName 'nobody': the Hazelcast in Tomcat's lib has no such member");
        started(ClusterMember.prepare(config("theirs")));
        assertThatIllegalStateException()
                .isThrownBy(() -> node("nobody"))
                .withMessageContaining("has no such member; it has ")
                .withMessageContaining("theirs");
    }

    @Test
    void whatWasNotPreparedIsRefusedAndLivesOn() {
        assertRefused(
                config("bare"),
                "instanceName 'bare': that member has no attribute clowder.node; start it with a Config");

        Config attribute = config("attribute");
        attribute
                .getMemberAttributeConfig()
                .setAttribute(MemberConfig.NODE_ATTRIBUTE, UUID.randomUUID().toString());
        assertRefused(
                attribute, "instanceName 'attribute': that member does not know the classes of this Clowder; start it");

        Config hook = ClusterMember.prepare(config("hook")).setProperty("hazelcast.shutdownhook.enabled", "true");
        assertRefused(hook, "instanceName 'hook': hazelcast.shutdownhook.enabled must be false, was true");

        Config unsure = ClusterMember.prepare(config("unsure"));
        unsure.setProperty("hazelcast.operation.fail.on.indeterminate.state", "false");
        assertRefused(unsure, "hazelcast.operation.fail.on.indeterminate.state must be true, was false");

        Config forgetful = ClusterMember.prepare(config("forgetful"));
        forgetful.getMapConfig(MemberConfig.SESSION_MAPS).setTimeToLiveSeconds(5);
        assertRefused(forgetful, "map 'clowder:*' (fits 'clowder:x') must have time-to-live-seconds 0, was 5");
    }

    private void assertRefused(Config config, String message) {
        HazelcastInstance instance = started(config);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> node(config.getInstanceName()))
                .withMessageStartingWith(message);
        assertThat(instance.getLifecycleService().isRunning()).isTrue();
        instance.getLifecycleService().terminate();
    }

    @Test
    void aConfigurationThatBreaksARuleCannotBePrepared() {
        Config open = config("open");
        open.getNetworkConfig().getInterfaces().setEnabled(false);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClusterMember.prepare(open))
                .withMessageStartingWith("network/interfaces is not enabled");
    }

    @Test
    void anInstanceSaysEverythingAboutTheCluster() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClusterSettings.ofInstance("x", List.of("members", "port"), null))
                .withMessage(
                        "instanceName 'x' is a Hazelcast member that somebody else has configured; leave out members,"
                                + " port");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClusterSettings.ofInstance(" ", List.of(), null))
                .withMessage("instanceName must name a Hazelcast instance, was ' '");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new ClusterSettings("other", List.of(), null, 5701, null, Topology.EMBEDDED, 1, false, "x"))
                .withMessageEndingWith("leave out topology, clusterName, members, interface, port and config");
    }
}
