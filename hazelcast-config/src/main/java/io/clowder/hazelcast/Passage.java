/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import io.clowder.store.Deadline;
import io.clowder.store.StoreUnavailableException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One use of the cluster, of one call or several, until its deadline; when it takes long it needs room in the {@link Bulkhead}.
 * Of one thread, which closes it.
 */
final class Passage implements AutoCloseable {

    private final @Nullable Bulkhead bulkhead;
    private final Deadline deadline;
    private final Deadline patience = Deadline.in(Bulkhead.PATIENCE);
    private boolean counted;

    private Passage(@Nullable Bulkhead bulkhead, Deadline deadline) {
        this.bulkhead = bulkhead;
        this.deadline = deadline;
    }

    /** For a request: one of many that may wait. */
    static Passage through(Bulkhead bulkhead, Deadline deadline) {
        return new Passage(bulkhead, deadline);
    }

    /** For what must not be refused, and is done by one thread. */
    static Passage uncounted(Deadline deadline) {
        return new Passage(null, deadline);
    }

    /** When it ends. */
    Deadline deadline() {
        return deadline;
    }

    /**
     * Makes a call, and waits for its answer, which is cancelled if it does not come.
     *
     * @param member who is called, asked only when that matters; null if that is not known
     * @throws StoreUnavailableException if there is no room to wait: after {@link Bulkhead#PATIENCE}, or before the call when
     *     the member is silent already
     * @throws TimeoutException at the deadline
     */
    <T> T answer(Supplier<@Nullable Member> member, Supplier<Future<T>> call)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (bulkhead != null && !counted) {
            bulkhead.check(member);
        }
        Future<T> answer = call.get();
        try {
            return answer(member, answer);
        } finally {
            answer.cancel(true);
        }
    }

    private <T> T answer(Supplier<@Nullable Member> member, Future<T> answer)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (bulkhead != null && !counted) {
            try {
                long first = Math.min(nanos(patience), nanos(deadline));
                return answer.get(first, TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (deadline.isOver()) {
                    throw e;
                }
                bulkhead.ping(member.get());
            }
            goOn();
        }
        return answer.get(nanos(deadline), TimeUnit.NANOSECONDS);
    }

    /**
     * Before the same call is made again.
     *
     * @throws StoreUnavailableException if there is no room to wait
     */
    void goOn() {
        if (bulkhead != null && !counted && patience.isOver()) {
            bulkhead.enter();
            counted = true;
        }
    }

    private static long nanos(Deadline deadline) {
        return deadline.remaining().toNanos();
    }

    @Override
    public void close() {
        if (bulkhead != null && counted) {
            bulkhead.leave();
        }
    }
}
