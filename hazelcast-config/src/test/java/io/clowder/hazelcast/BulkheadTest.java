/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import io.clowder.store.Deadline;
import io.clowder.store.StoreUnavailableException;
import java.lang.reflect.Proxy;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BulkheadTest {

    private static final long LONG = Duration.ofMinutes(1).toNanos();

    private final List<CompletableFuture<Long>> pings = new CopyOnWriteArrayList<>();
    private final Bulkhead bulkhead = new Bulkhead(
            key -> null,
            member -> {
                CompletableFuture<Long> answer = new CompletableFuture<>();
                pings.add(answer);
                return answer;
            },
            System.getLogger(BulkheadTest.class.getName()));
    private final Member one = member(5701, false);
    private final Member other = member(5702, false);
    /** Lasts when a caller cancels it. */
    private final CompletableFuture<String> never = new CompletableFuture<>() {
        @Override
        public boolean cancel(boolean interrupt) {
            cancelled.incrementAndGet();
            return false;
        }
    };

    private final AtomicInteger cancelled = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void whoAnswersIsNeverPinged() throws Exception {
        for (int i = 0; i < 2 * Bulkhead.WAITING; i++) {
            assertThat(answer(() -> one, () -> completedFuture("yes"), LONG)).isEqualTo("yes");
        }
        assertThat(pings).isEmpty();
    }

    @Test
    void onlySoManyWaitForOneThatDoesNotAnswer() throws Exception {
        List<Future<String>> waiting = waitFor(one);
        assertThat(pings).hasSize(1);
        AtomicInteger calls = new AtomicInteger();
        assertThatThrownBy(() -> answer(
                        () -> one,
                        () -> {
                            calls.incrementAndGet();
                            return never;
                        },
                        LONG))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessage("50 requests wait for the cluster already; members that do not answer: [127.0.0.1]:5701");
        assertThat(calls).as("it is not even called").hasValue(0);
        assertThat(answer(() -> other, () -> completedFuture("yes"), LONG)).isEqualTo("yes");
        assertThat(answer(() -> null, () -> completedFuture("yes"), LONG)).isEqualTo("yes");

        never.complete("at last");
        for (Future<String> each : waiting) {
            assertThat(each.get()).isEqualTo("at last");
        }
        assertThat(answer(() -> one, () -> completedFuture("yes"), LONG)).isEqualTo("yes");
    }

    @Test
    void whoAnswersThePingIsCalledAgainHoweverManyWait() throws Exception {
        waitFor(one);
        assertThatThrownBy(() -> answer(() -> one, () -> completedFuture("yes"), LONG))
                .isInstanceOf(StoreUnavailableException.class);
        pings.get(0).complete(1L);
        assertThat(answer(() -> one, () -> completedFuture("yes"), LONG)).isEqualTo("yes");
    }

    @Test
    void whoHasLeftIsForgotten() throws Exception {
        waitFor(one);
        pings.get(0).completeExceptionally(new IllegalStateException("left"));
        assertThat(answer(() -> one, () -> completedFuture("yes"), LONG)).isEqualTo("yes");
    }

    @Test
    void aWaitForABackupCountsToo() throws Exception {
        waitFor(member(5703, true));
        assertThat(pings).isEmpty();
        assertThat(answer(() -> one, () -> completedFuture("yes"), LONG)).isEqualTo("yes");
        assertThatThrownBy(() -> answer(() -> one, () -> never, LONG)).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void aShortWaitEndsAtItsDeadlineAndDoesNotCount() {
        for (int i = 0; i < 2 * Bulkhead.WAITING; i++) {
            assertThatThrownBy(() -> answer(() -> one, () -> never, 1)).isInstanceOf(TimeoutException.class);
        }
        assertThat(pings).isEmpty();
        assertThatThrownBy(() -> answer(
                        () -> one, () -> never, Bulkhead.PATIENCE.plusMillis(1).toNanos()))
                .isInstanceOf(TimeoutException.class);
        assertThat(pings).hasSize(1);
    }

    /** As many as may, and one more, which is refused; returns when that was. */
    private List<Future<String>> waitFor(Member member) throws Exception {
        CompletionService<String> calls = new ExecutorCompletionService<>(threads);
        List<Future<String>> all = new ArrayList<>();
        for (int i = 0; i <= Bulkhead.WAITING; i++) {
            all.add(calls.submit(() -> answer(() -> member, () -> never, LONG)));
        }
        Future<String> refused = calls.take();
        assertThatThrownBy(refused::get).hasCauseInstanceOf(StoreUnavailableException.class);
        all.remove(refused);
        return all;
    }

    private <T> T answer(Supplier<Member> member, Supplier<Future<T>> call, long nanos) throws Exception {
        try (Passage passage = Passage.through(bulkhead, Deadline.in(Duration.ofNanos(nanos)))) {
            return passage.answer(member, call);
        }
    }

    private static Member member(int port, boolean local) {
        UUID uuid = UUID.randomUUID();
        return (Member) Proxy.newProxyInstance(
                BulkheadTest.class.getClassLoader(), new Class<?>[] {Member.class}, (proxy, method, arguments) -> {
                    return switch (method.getName()) {
                        case "getUuid" -> uuid;
                        case "getAddress" -> address(port);
                        case "localMember" -> local;
                        default -> throw new UnsupportedOperationException(method.getName());
                    };
                });
    }

    private static Address address(int port) throws UnknownHostException {
        return new Address("127.0.0.1", port);
    }
}
