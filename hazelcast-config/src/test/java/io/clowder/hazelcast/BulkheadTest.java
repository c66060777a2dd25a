/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BulkheadTest {

    private static final Duration OPERATION = Duration.ofSeconds(5);

    private final Member silent = member(5701);
    private final Member other = member(5702);
    private final Bulkhead bulkhead = new Bulkhead(() -> this.nanos, System.getLogger(BulkheadTest.class.getName()));
    private final List<Bulkhead.Wait> waiting = new ArrayList<>();
    private long nanos = Long.MAX_VALUE - 5; // as System.nanoTime(), which may overflow

    @Test
    void anyNumberWaitsWhileNoMemberIsSilent() {
        for (int i = 0; i < 10 * Bulkhead.WAITING; i++) {
            begin(i % 2 == 0 ? other : null);
        }
        passes(Duration.ofSeconds(9));
        waiting.forEach(Bulkhead.Wait::look);
        assertThat(bulkhead.refused()).isZero();
    }

    @Test
    void soManyWaitForASilentMemberAndTheRestIsRefusedAtOnce() {
        bulkhead.silent(List.of(silent));
        fill();
        assertThatThrownBy(() -> begin(silent))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessage("no answer from 127.0.0.1:5701, and too many requests wait for it");
        assertThat(bulkhead.refused()).isEqualTo(1);
        begin(other);
        begin(null);

        waiting.get(0).close(); // has got its answer
        begin(silent);
        assertThatThrownBy(() -> begin(silent)).isInstanceOf(StoreUnavailableException.class);
        assertThat(bulkhead.refused()).isEqualTo(2);
    }

    @Test
    void whoWaitsWhenTheNodeGoesOnAloneWaitsNoLonger() {
        Bulkhead.Wait before = begin(other);
        bulkhead.alone(true);
        assertThatThrownBy(before::look)
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessage("the cluster is away, and this node goes on alone");
        Bulkhead.Wait returning = begin(other);
        returning.look();
        bulkhead.alone(false);
        returning.look();
        assertThat(bulkhead.refused()).isZero();
    }

    @Test
    void whoWaitedBeforeItWasKnownCountsFromThenOn() {
        List<Bulkhead.Wait> early = new ArrayList<>();
        for (int i = 0; i <= Bulkhead.WAITING; i++) {
            early.add(begin(silent));
        }
        bulkhead.silent(List.of(silent));
        early.subList(1, early.size()).forEach(Bulkhead.Wait::look);
        early.get(1).look(); // and only once
        assertThatThrownBy(early.get(0)::look).isInstanceOf(StoreUnavailableException.class);
        early.get(0).close();
        assertThatThrownBy(() -> begin(silent)).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void aLongWaitForAnotherMemberCountsToo() {
        bulkhead.silent(List.of(silent)); // it may have the backup
        Bulkhead.Wait shorter = begin(other);
        passes(Bulkhead.PATIENCE);
        shorter.look();
        fill();
        Bulkhead.Wait longer = begin(other);
        passes(Bulkhead.PATIENCE.plusNanos(1));
        assertThatThrownBy(longer::look).isInstanceOf(StoreUnavailableException.class);
        begin(other);
    }

    @Test
    void onceOneHasWaitedInVainNobodyDoesUntilAllMembersAnswer() {
        bulkhead.silent(List.of(silent));
        begin(silent, Duration.ZERO).close();
        assertThatThrownBy(() -> begin(silent)).isInstanceOf(StoreUnavailableException.class);
        begin(other);

        bulkhead.silent(List.of());
        begin(silent);
        bulkhead.silent(List.of(silent));
        fill();
        assertThat(bulkhead.refused()).isEqualTo(1);
    }

    @Test
    void whatIsRefusedIsNotCalled() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        bulkhead.silent(List.of(silent));
        fill();
        try (Bulkhead.Wait wait = bulkhead.waiting(() -> silent, Deadline.in(OPERATION))) {
            assertThatThrownBy(() -> wait.on(() -> {
                        calls.incrementAndGet();
                        return new CompletableFuture<>();
                    }))
                    .isInstanceOf(StoreUnavailableException.class);
        }
        assertThat(calls).hasValue(0);
        try (Bulkhead.Wait wait = bulkhead.waiting(() -> other, Deadline.in(OPERATION))) {
            assertThat(wait.on(() -> CompletableFuture.completedFuture("yes"))).isEqualTo("yes");
        }
    }

    @Test
    void whoWaitsLooksAtTheMembersAndCancelsWhatIsRefused() {
        bulkhead.silent(List.of(silent));
        fill();
        bulkhead.silent(List.of());
        CompletableFuture<String> never = new CompletableFuture<>();
        try (Bulkhead.Wait wait = bulkhead.waiting(() -> silent, Deadline.in(OPERATION))) {
            assertThatThrownBy(() -> wait.on(() -> {
                        bulkhead.silent(List.of(silent)); // a moment after the call
                        return never;
                    }))
                    .isInstanceOf(StoreUnavailableException.class);
        }
        assertThat(never).isCancelled();
    }

    @Test
    void aCallEndsAtItsDeadlineAndIsCancelled() {
        CompletableFuture<String> never = new CompletableFuture<>();
        try (Bulkhead.Wait wait = bulkhead.waiting(() -> other, Deadline.in(Duration.ofMillis(1)))) {
            assertThatThrownBy(() -> wait.on(() -> never)).isInstanceOf(TimeoutException.class);
        }
        assertThat(never).isCancelled();
    }

    /** Hazelcast's cancel takes a trace of the stack, answered or not. */
    @Test
    void whatWasAnsweredIsNotCancelled() throws Exception {
        AtomicInteger cancelled = new AtomicInteger();
        CompletableFuture<String> answer = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
                cancelled.incrementAndGet();
                return super.cancel(mayInterruptIfRunning);
            }
        };
        answer.complete("yes");
        try (Bulkhead.Wait wait = bulkhead.waiting(() -> other, Deadline.in(OPERATION))) {
            assertThat(wait.on(() -> answer)).isEqualTo("yes");
        }
        assertThat(cancelled).hasValue(0);
    }

    @Test
    void aCallThatFailsSaysWhy() {
        Exception reason = new IllegalStateException("reason");
        Future<String> failed = CompletableFuture.failedFuture(reason);
        try (Bulkhead.Wait wait = bulkhead.waiting(() -> other, Deadline.in(OPERATION))) {
            assertThatThrownBy(() -> wait.on(() -> failed))
                    .isInstanceOf(ExecutionException.class)
                    .hasCause(reason);
        }
    }

    private void fill() {
        for (int i = 0; i < Bulkhead.WAITING; i++) {
            begin(silent);
        }
    }

    private Bulkhead.Wait begin(Member called) {
        return begin(called, OPERATION);
    }

    private Bulkhead.Wait begin(Member called, Duration most) {
        Bulkhead.Wait wait = bulkhead.waiting(() -> called, Deadline.in(most, () -> nanos));
        wait.look();
        waiting.add(wait);
        return wait;
    }

    private void passes(Duration time) {
        nanos += time.toNanos();
    }

    private static Member member(int port) {
        UUID uuid = UUID.randomUUID();
        return (Member) Proxy.newProxyInstance(
                BulkheadTest.class.getClassLoader(),
                new Class<?>[] {Member.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getUuid" -> uuid;
                    case "getAddress" -> address(port);
                    case "hashCode" -> uuid.hashCode();
                    case "equals" -> proxy == arguments[0];
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private static Address address(int port) throws UnknownHostException {
        return new Address("127.0.0.1", port);
    }
}
