/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import io.clowder.store.ClusterClock;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ContactTest {

    private static final Duration WITHIN = Duration.ofMillis(10);

    private final List<Collection<Member>> told = new ArrayList<>();
    private final CompletableFuture<Long> owed = new CompletableFuture<>();

    @Test
    void whoLeavesWithoutAnAnswerIsNotSilentAnyMore() throws IOException {
        try (ServerSocket frozen = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Member self = member(5701, true);
            Member other = member(frozen.getLocalPort(), false);
            Set<Member> members = new LinkedHashSet<>(List.of(self, other));
            Contact contact = new Contact(
                    proxy(Cluster.class, (proxy, method, arguments) -> members),
                    asked -> owed,
                    new ClusterClock(InstantSource.system(), System::nanoTime),
                    new Heard(System::nanoTime),
                    told::add,
                    Duration.ZERO);
            for (int beat = 0; beat < 3; beat++) {
                assertThat(contact.isMade(WITHIN)).isFalse();
            }
            assertThat(told).containsExactly(List.of(), List.of(), List.of(other));

            members.remove(other);
            owed.completeExceptionally(new IllegalStateException("left"));
            assertThat(contact.isMade(WITHIN)).as("it is alone").isTrue();
            assertThat(told).hasSize(4).last().isEqualTo(List.of());
        }
    }

    private static Member member(int port, boolean local) {
        UUID uuid = UUID.randomUUID();
        return proxy(Member.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "getUuid" -> uuid;
            case "getAddress" -> new Address("127.0.0.1", port);
            case "localMember" -> local;
            case "hashCode" -> uuid.hashCode();
            case "equals" -> proxy == arguments[0];
            case "toString" -> "127.0.0.1:" + port;
            default -> throw new UnsupportedOperationException(method.getName());
        });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(ContactTest.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
