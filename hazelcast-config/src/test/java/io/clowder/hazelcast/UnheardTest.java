/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.Config;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A member that starts while the only other address is that of a process that stands still. */
@Timeout(120)
class UnheardTest {

    private static final int PORT = 6960;
    private static final Duration SOON = Duration.ofSeconds(40);
    private static final List<String> ADDRESSES = List.of("127.0.0.1:" + PORT, "127.0.0.1:" + (PORT + 1));

    private final List<ClusterMember> members = new ArrayList<>();

    @AfterEach
    void close() {
        members.forEach(ClusterMember::close);
    }

    @Test
    void beginsAloneUntilNobodyListensThere() throws IOException {
        ClusterMember member;
        try (ServerSocket silent = silent()) {
            member = started(settings(PORT));
            assertThat(member.isAlone()).isTrue();
            assertThat(member.isReady()).isFalse();
            assertThat(MemberRules.join(member.instance().getConfig())
                            .getTcpIpConfig()
                            .getMembers())
                    .as("where it looks for clusters to merge with")
                    .containsExactlyElementsOf(ADDRESSES);
            assertThat(member.trouble())
                    .isEqualTo("a process listens at 127.0.0.1:" + silent.getLocalPort() + " and has not answered since"
                            + " the start; it may stand still, and have sessions. If it is none of this cluster, take it out"
                            + " of members");
        }
        await().atMost(SOON).until(() -> !member.isAlone() && member.isReady());
    }

    @Test
    void becomesOneWithTheOtherWhenThatIsThere() throws IOException {
        ClusterMember member;
        try (ServerSocket silent = silent()) {
            assertThat(silent.isBound()).isTrue();
            member = started(settings(PORT));
            assertThat(member.isAlone()).isTrue();
        }
        ClusterMember other = started(settings(PORT + 1));
        await().atMost(SOON)
                .until(() -> !member.isAlone()
                        && !other.isAlone()
                        && member.addresses().size() == 2
                        && other.addresses().size() == 2);
    }

    @Test
    void doesNotStartIfItIsToFailThen() throws IOException {
        try (ServerSocket silent = silent()) {
            assertThat(silent.isBound()).isTrue();
            assertThatThrownBy(() -> ClusterMember.start(
                            settings(PORT).failingFast(), UnheardTest::waitsForASecond, InstantSource.system()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(
                            "a host listed in members that accepts connections but does not answer is given 1 s");
        }
    }

    @Test
    void whoAnswersAtOneAddressTellsOfTheOthers() throws IOException {
        ClusterMember other = started(settings(PORT));
        try (ServerSocket silent = silent()) {
            assertThat(silent.isBound()).isTrue();
            ClusterMember member = started(settings(PORT + 2));
            assertThat(member.isAlone()).isFalse();
            assertThat(member.addresses()).hasSize(2);
            assertThat(other.addresses()).hasSize(2);
        }
    }

    @Test
    void isNotAloneWhereNobodyListens() {
        ClusterMember member = started(settings(PORT));
        assertThat(member.isAlone()).isFalse();
        assertThat(member.trouble()).isNull();
    }

    private static void waitsForASecond(Config config) {
        ClowderSerialization.register(config);
        config.setProperty("hazelcast.max.join.seconds", "1");
    }

    /** Its operating system accepts what its process never does. */
    private static ServerSocket silent() throws IOException {
        return new ServerSocket(PORT + 1, 50, InetAddress.getLoopbackAddress());
    }

    private static ClusterSettings settings(int port) {
        return new ClusterSettings("UnheardTest", ADDRESSES, null, port, null);
    }

    private ClusterMember started(ClusterSettings settings) {
        long began = System.nanoTime();
        ClusterMember member = ClusterMember.start(settings);
        System.out.printf("Started after %d ms%n", (System.nanoTime() - began) / 1_000_000);
        members.add(member);
        return member;
    }
}
