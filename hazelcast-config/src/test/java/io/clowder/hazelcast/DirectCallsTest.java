/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import java.lang.reflect.Proxy;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DirectCallsTest {

    private static final byte[] ANSWER = {1, 2, 3};
    private static final byte[] OTHER = {4};

    private static StoreMembers members;

    private final BoundedCalls calls =
            new DirectCalls((map, id, processor) -> CompletableFuture.completedFuture(OTHER));
    private final String id = UUID.randomUUID().toString();

    @BeforeAll
    static void start() {
        members = new StoreMembers(1);
    }

    @AfterAll
    static void stop() {
        members.close();
    }

    @Test
    void theAnswerIsTheProcessors() throws Exception {
        assertThat(calls.call(map(), id, entry -> ANSWER, TimeUnit.SECONDS.toNanos(20)))
                .isEqualTo(ANSWER);
        assertThat(begun(entry -> ANSWER).get()).isEqualTo(ANSWER);
    }

    @Test
    void theFailureIsTheProcessors() {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> begun(entry -> {
                            throw new IllegalStateException("broken");
                        })
                        .get(20, TimeUnit.SECONDS))
                .withCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void whoWaitsMayStop() {
        CountDownLatch end = new CountDownLatch(1);
        try {
            Future<byte[]> answer = begun(entry -> {
                await(end);
                return ANSWER;
            });
            assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> answer.get(50, TimeUnit.MILLISECONDS));
            assertThat(answer.isDone()).isFalse();
            assertThat(answer.cancel(true)).isTrue();
            assertThat(answer.isCancelled()).isTrue();
            assertThat(answer.isDone()).isTrue();
            assertThatExceptionOfType(CancellationException.class).isThrownBy(answer::get);
        } finally {
            end.countDown();
        }
    }

    @Test
    void aMapThatIsNoMembersIsCalledOtherwise() throws Exception {
        @SuppressWarnings("unchecked")
        IMap<String, byte[]> ofClient = (IMap<String, byte[]>) Proxy.newProxyInstance(
                DirectCallsTest.class.getClassLoader(), new Class<?>[] {IMap.class}, (proxy, method, arguments) -> {
                    throw new UnsupportedOperationException(method.getName());
                });
        assertThat(calls.call(ofClient, id, entry -> ANSWER, 1)).isEqualTo(OTHER);
    }

    private Future<byte[]> begun(EntryProcessor<String, byte[], byte[]> processor) {
        return calls.begin(map(), id, processor);
    }

    private static IMap<String, byte[]> map() {
        return members.get(0).getMap("direct");
    }

    private static void await(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
