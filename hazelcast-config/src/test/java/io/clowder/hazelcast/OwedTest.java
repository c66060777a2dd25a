/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class OwedTest {

    private final CompletableFuture<Long> answer = new CompletableFuture<>();
    private final Heard heard = new Heard(System::nanoTime);
    private final UUID uuid = UUID.randomUUID();

    @Test
    void whoseProcessAcceptsConnectionsAndDoesNotAnswerIsSilent() throws IOException {
        try (ServerSocket frozen = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Owed owed = owedBy(frozen.getLocalPort());
            assertThat(owed.isSilent()).as("it was asked just now").isFalse();
            owed.look();
            assertThat(owed.isSilent()).as("the connection is being made").isFalse();
            owed.look();
            assertThat(owed.isSilent()).isTrue();
            owed.look();
            assertThat(owed.isSilent()).isTrue();
            try (Socket knock = frozen.accept()) {
                assertThat(knock.getInputStream().read()).as("closed").isEqualTo(-1);
            }
            assertThat(owed.isSettled(heard)).isFalse();
            answer.complete(1L);
            assertThat(owed.isSettled(heard)).isTrue();
        }
    }

    @Test
    void whoseProcessHasDiedIsNotSilent() throws IOException {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        Owed owed = owedBy(port);
        for (int i = 0; i < 5; i++) {
            owed.look();
            assertThat(owed.isSilent()).isFalse();
        }
        answer.completeExceptionally(new IllegalStateException("left"));
        assertThat(owed.isSettled(heard)).isTrue();
        assertThat(isHeard()).isFalse();
    }

    @Test
    void whoAnswersMeanwhileIsNotKnockedAtAnyLonger() throws IOException {
        try (ServerSocket slow = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Owed owed = owedBy(slow.getLocalPort());
            owed.look();
            answer.complete(1L);
            assertThat(isHeard()).isFalse();
            assertThat(owed.isSettled(heard)).isTrue();
            assertThat(isHeard()).isTrue();
            try (Socket knock = slow.accept()) {
                assertThat(knock.getInputStream().read()).as("closed").isEqualTo(-1);
            }
        }
    }

    private boolean isHeard() {
        return heard.isLately(member(0), Duration.ofMinutes(1));
    }

    private Owed owedBy(int port) {
        return new Owed(member(port), answer, Duration.ZERO);
    }

    private Member member(int port) {
        return (Member) Proxy.newProxyInstance(
                OwedTest.class.getClassLoader(),
                new Class<?>[] {Member.class},
                (proxy, method, arguments) ->
                        method.getName().equals("getUuid") ? uuid : new Address("127.0.0.1", port));
    }
}
