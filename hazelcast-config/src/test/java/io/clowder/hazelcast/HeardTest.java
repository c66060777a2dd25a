/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.Member;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HeardTest {

    private static final Duration WITHIN = Duration.ofNanos(10);

    private final Member one = member();
    private final Member other = member();
    private final Heard heard = new Heard(() -> this.nanos);
    private long nanos = Long.MAX_VALUE - 5; // as System.nanoTime(), which may overflow

    @Test
    void anAnswerCountsFromItsQuestion() {
        assertThat(heard.isLately(one, WITHIN)).as("it has not been asked yet").isFalse();
        long asked = nanos;
        nanos += 8;
        heard.answered(one, asked);
        assertThat(heard.isLately(one, WITHIN)).isTrue();
        assertThat(heard.isLately(other, WITHIN)).isFalse();
        nanos += 1;
        assertThat(heard.isLately(one, WITHIN)).isTrue();
        nanos += 1;
        assertThat(heard.isLately(one, WITHIN)).isFalse();
    }

    @Test
    void whoHasLeftIsForgotten() {
        heard.answered(one, nanos);
        heard.answered(other, nanos);
        heard.retain(List.of(other));
        assertThat(heard.isLately(one, WITHIN)).isFalse();
        assertThat(heard.isLately(other, WITHIN)).isTrue();
    }

    private static Member member() {
        UUID uuid = UUID.randomUUID();
        return (Member) Proxy.newProxyInstance(
                HeardTest.class.getClassLoader(), new Class<?>[] {Member.class}, (proxy, method, arguments) -> uuid);
    }
}
