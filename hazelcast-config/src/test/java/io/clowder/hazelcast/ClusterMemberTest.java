/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.IExecutorService;
import io.clowder.store.Deadline;
import io.clowder.store.Loaded;
import io.clowder.store.RecordingCopies;
import io.clowder.store.StoreUnavailableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterMemberTest {

    private static final ClusterSettings SETTINGS =
            new ClusterSettings("ClusterMemberTest", List.of(), null, 6100, null);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Deque<ClusterMember> started = new ArrayDeque<>();

    @AfterEach
    void closeAll() {
        while (!started.isEmpty()) {
            started.pop().close();
        }
    }

    @Test
    void membersOfOneMachineFindEachOther() {
        ClusterMember a = start(SETTINGS);
        assertThat(a.describe()).isEqualTo("cluster 'ClusterMemberTest', member 127.0.0.1:6100, no other member seen");

        ClusterMember b = start(SETTINGS);

        assertThat(b.describe())
                .isEqualTo("cluster 'ClusterMemberTest', member 127.0.0.1:6101, 2 members seen: 127.0.0.1:6100,"
                        + " 127.0.0.1:6101");
        assertThat(a.isAlive(a.nodeId())).isTrue();
        assertThat(b.addressOf(a.nodeId())).isEqualTo("127.0.0.1:6100");
        await().untilAsserted(() -> assertThat(a.addressOf(b.nodeId())).isEqualTo("127.0.0.1:6101"));
        assertThat(MemberThreads.named("hz."))
                .noneMatch(thread -> thread.getName().contains("Multicast"));

        UUID gone = b.nodeId();
        b.close();

        await().untilAsserted(() -> assertThat(a.isAlive(gone)).isFalse());
        assertThat(a.member(gone)).isNull();
    }

    @Test
    void sharesTheProcessorsWithItsTomcat() {
        assertThat(start(SETTINGS).instance().getConfig().getProperty("hazelcast.operation.thread.count"))
                .isEqualTo(String.valueOf((Runtime.getRuntime().availableProcessors() + 1) / 2));
    }

    @Test
    void aMemberThatBeginsToLeaveSaysSo() throws Exception {
        ClusterMember a = start(SETTINGS);
        ClusterMember b = start(SETTINGS);
        await().until(() -> a.member(b.nodeId()) != null);
        IExecutorService pings = a.instance().getExecutorService(MemberConfig.PING_EXECUTOR);
        assertThat(pings.submitToMember(new Stays(), a.member(b.nodeId())).get(20, TimeUnit.SECONDS))
                .isTrue();
        Stays.leaves(b.instance());
        assertThat(pings.submitToMember(new Stays(), a.member(b.nodeId())).get(20, TimeUnit.SECONDS))
                .isFalse();
        assertThat(pings.submitToMember(new Ping(), a.member(b.nodeId())).get(20, TimeUnit.SECONDS))
                .as("a sign of life all the same")
                .isPositive();
    }

    @Test
    void tooFewMembersServeNothingAndSaySo() {
        ClusterSettings two =
                new ClusterSettings("ClusterMemberTest", List.of(), null, 6100, null, Topology.EMBEDDED, 2);
        String tooFew = "the cluster has 1 of the 2 members that minimumClusterSize asks for";
        ClusterMember a = start(two);
        await().untilAsserted(() -> assertThat(a.trouble()).isEqualTo(tooFew));
        HazelcastSessionStore store = a.sessions("clowder:small", new RecordingCopies(), PATIENCE);
        String id = UUID.randomUUID().toString();
        assertThatThrownBy(() -> store.load(id, null, Deadline.in(Duration.ofMillis(500))))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageEndingWith("the cluster has fewer members than minimumClusterSize");
        assertThat(System.nanoTime() - store.lastContact())
                .as("no copy serves unasked")
                .isGreaterThan(Duration.ofDays(1).toNanos());

        ClusterMember b = start(two);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(a.trouble()).isNull());
        assertThat(store.load(id, null, Deadline.in(PATIENCE))).isInstanceOf(Loaded.Gone.class);

        b.close();
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(a.trouble()).isEqualTo(tooFew));
        assertThatThrownBy(() -> store.load(id, null, Deadline.in(Duration.ofMillis(20))))
                .isInstanceOf(StoreUnavailableException.class);
        store.close();
    }

    @Test
    void twoClustersOnTheSamePortsStayApart() {
        ClusterMember a = start(SETTINGS);
        ClusterMember b = start(new ClusterSettings("ClusterMemberTest-2", List.of(), null, 6100, null));
        assertThat(b.describe()).endsWith("no other member seen");
        assertThat(b.isAlive(a.nodeId())).isFalse();
    }

    @Test
    void theSecondLiveNodeWithARouteFailsAtOnce() {
        ClusterMember a = start(SETTINGS);
        ClusterMember b = start(SETTINGS);
        a.claimRoute("r", PATIENCE);
        a.claimRoute("r", PATIENCE);

        long began = System.nanoTime();
        assertThatIllegalStateException()
                .isThrownBy(() -> b.claimRoute("r", PATIENCE))
                .withMessage(
                        "jvmRoute 'r' is already used by the node at 127.0.0.1:6100; give each Tomcat its own jvmRoute");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));

        b.claimRoute("s", PATIENCE);
    }

    @Test
    void aRestartedNodeTakesItsRouteBack() {
        ClusterMember a = start(SETTINGS);
        ClusterMember b = start(SETTINGS);
        b.claimRoute("s", PATIENCE);
        a.claimRoute("r", PATIENCE);

        // As kill -9: nothing is released.
        a.instance().getLifecycleService().terminate();
        ClusterMember again = start(SETTINGS);
        again.claimRoute("r", PATIENCE);

        assertThat(routes(b))
                .containsEntry("r", again.nodeId().toString())
                .containsEntry("s", b.nodeId().toString());
        assertThat(again.nodeId()).isNotEqualTo(a.nodeId());

        // As an orderly stop: released, and free for anyone.
        again.close();
        assertThat(routes(b)).doesNotContainKey("r");
        b.claimRoute("r", PATIENCE);
    }

    @Test
    void hearsOfTheCluster() {
        ClusterMember a = start(SETTINGS);
        ClusterMember b = start(SETTINGS);
        for (ClusterMember member : List.of(a, b)) {
            long before = member.lastContact();
            await().untilAsserted(
                            () -> assertThat(member.lastContact() - before).isPositive());
        }
        // Killed: the other is alone after a while, and then in contact with all there is.
        b.instance().getLifecycleService().terminate();
        long before = System.nanoTime();
        await().untilAsserted(() -> assertThat(a.lastContact() - before).isPositive());
    }

    @Test
    void threadsKnowNothingOfTheWebApplicationThatStartsTheMember() throws IOException {
        ClassLoader ours = ClusterMember.class.getClassLoader();
        Thread current = Thread.currentThread();
        ClassLoader before = current.getContextClassLoader();
        try (URLClassLoader application = new URLClassLoader(new URL[0], ours)) {
            current.setContextClassLoader(application);
            ClusterMember a = start(SETTINGS);
            ClusterMember b = start(SETTINGS);
            a.claimRoute("r", PATIENCE);
            assertThat(current.getContextClassLoader()).isSameAs(application);
            List<Thread> threads = new ArrayList<>(MemberThreads.of(a));
            threads.addAll(MemberThreads.of(b));
            threads.addAll(MemberThreads.named("clowder-"));
            assertThat(threads)
                    .hasSizeGreaterThan(20)
                    .allSatisfy(thread -> assertThat(thread.getContextClassLoader())
                            .as(thread.getName())
                            .isSameAs(ours));
            b.close();
            assertThat(current.getContextClassLoader()).isSameAs(application);
        } finally {
            current.setContextClassLoader(before);
        }
    }

    @Test
    void closesOnceAndLeavesNoThread() {
        ClusterMember a = start(SETTINGS);
        ClusterMember b = start(SETTINGS);
        assertThat(MemberThreads.of(b)).isNotEmpty();
        b.close();
        b.close();
        a.close();
        a.close();
        await().untilAsserted(() -> {
            assertThat(MemberThreads.of(a)).as(MemberThreads::stacks).isEmpty();
            assertThat(MemberThreads.of(b)).as(MemberThreads::stacks).isEmpty();
            assertThat(MemberThreads.named("clowder-")).isEmpty();
        });
    }

    @Test
    void closesAfterHazelcastWasEndedByOthers() {
        ClusterMember a = start(SETTINGS);
        a.claimRoute("r", PATIENCE);
        a.instance().getLifecycleService().terminate();
        assertThat(a.describe()).startsWith("cluster 'ClusterMemberTest', member 127.0.0.1:6100");
        assertThat(a.isAlive(UUID.randomUUID())).isFalse();
        a.close();
        await().untilAsserted(() -> assertThat(MemberThreads.named("clowder-")).isEmpty());
    }

    @Test
    void namesThePortsThatAreTaken() throws IOException {
        List<Thread> before = MemberThreads.named("hz.");
        List<ServerSocket> taken = new ArrayList<>();
        try {
            for (int port = 6140; port < 6160; port++) {
                taken.add(new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1")));
            }
            assertThatIllegalStateException()
                    .isThrownBy(() -> start(new ClusterSettings("ClusterMemberTest", List.of(), null, 6140, null)))
                    .withMessageContaining("port 6140 cannot be used, nor any other up to 6159");
        } finally {
            for (ServerSocket socket : taken) {
                socket.close();
            }
        }
        // Not "none": those of a member that another test ended may still be ending.
        await().untilAsserted(() ->
                assertThat(MemberThreads.named("hz.")).as(MemberThreads::stacks).isSubsetOf(before));
    }

    @Test
    void startsFromAFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("hazelcast.xml");
        Files.writeString(file, """
                <hazelcast xmlns="http://www.hazelcast.com/schema/config">
                  <cluster-name>ClusterMemberTest</cluster-name>
                  <network>
                    <port auto-increment="true" port-count="20">6100</port>
                    <join><tcp-ip enabled="true"><member>127.0.0.1</member></tcp-ip></join>
                    <interfaces enabled="true"><interface>127.0.0.1</interface></interfaces>
                  </network>
                </hazelcast>
                """);
        ClusterMember a = start(SETTINGS);
        ClusterMember b = start(new ClusterSettings("clowder", List.of(), null, 5701, file));
        assertThat(b.describe()).contains("2 members seen");
        assertThat(b.isAlive(a.nodeId())).isTrue();
    }

    @Test
    void hazelcastIsQuietUnlessTheOperatorWantsItsVoice() {
        Logger logger = Logger.getLogger("com.hazelcast");
        Level before = logger.getLevel();
        try {
            logger.setLevel(null);
            start(SETTINGS).close();
            assertThat(logger.getLevel()).isEqualTo(Level.WARNING);
            logger.setLevel(Level.CONFIG);
            start(SETTINGS).close();
            assertThat(logger.getLevel()).isEqualTo(Level.CONFIG);
        } finally {
            logger.setLevel(before);
        }
    }

    private ClusterMember start(ClusterSettings settings) {
        ClusterMember member = ClusterMember.start(settings);
        started.push(member);
        return member;
    }

    private static java.util.Map<String, String> routes(ClusterMember member) {
        return member.instance().getMap(MemberConfig.ROUTES_MAP);
    }
}
