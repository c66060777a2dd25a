/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An address of the cluster where the operating system accepts connections, and nobody ever answers: a frozen member, or one
 * that is just starting on a busy machine. What the members have to say to each other must not wait for it.
 */
@Timeout(180)
class SilentPeerTest {

    private static final int PORT = 6380;
    private static final Duration SOON = Duration.ofSeconds(60);

    private final List<ClusterMember> members = new ArrayList<>();

    @AfterEach
    void close() {
        members.forEach(ClusterMember::close);
    }

    @Test
    void doesNotKeepOthersFromHearingEachOther() throws Exception {
        ClusterMember a = started(PORT);
        ClusterMember b = started(PORT + 1);
        await().atMost(SOON).until(() -> size(a) == 2 && size(b) == 2);
        try (ServerSocket silent = new ServerSocket(PORT + 2, 50, InetAddress.getLoopbackAddress());
                // The oldest looks for clusters to merge with, there too.
                Socket connection = silent.accept()) {
            for (int i = 0; i < 20; i++) {
                assertThat(answered(a, b)).isPositive();
                assertThat(answered(b, a)).isPositive();
            }
            assertThat(connection.getInputStream().readNBytes(3)).isEqualTo("HZC".getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static long answered(ClusterMember asking, ClusterMember asked) throws Exception {
        HazelcastInstance instance = asking.instance();
        return instance.getExecutorService(MemberConfig.PING_EXECUTOR)
                .submitToMember(new Ping(), asked.instance().getCluster().getLocalMember())
                .get(2, TimeUnit.SECONDS);
    }

    private static int size(ClusterMember member) {
        return member.instance().getCluster().getMembers().size();
    }

    private ClusterMember started(int port) {
        List<String> addresses = IntStream.of(PORT, PORT + 1, PORT + 2)
                .mapToObj(each -> "127.0.0.1:" + each)
                .toList();
        ClusterMember member = ClusterMember.start(
                new ClusterSettings("SilentPeerTest", addresses, null, port, null),
                SilentPeerTest::looksOften,
                InstantSource.system());
        members.add(member);
        return member;
    }

    private static void looksOften(Config config) {
        ClowderSerialization.register(config);
        config.getNetworkConfig().setPortAutoIncrement(false);
        config.setProperty("hazelcast.merge.first.run.delay.seconds", "1");
        config.setProperty("hazelcast.merge.next.run.delay.seconds", "1");
    }
}
