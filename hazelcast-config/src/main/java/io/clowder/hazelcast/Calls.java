/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.client.HazelcastClientOfflineException;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.IndeterminateOperationStateException;
import com.hazelcast.core.OperationTimeoutException;
import com.hazelcast.spi.exception.RetryableException;
import com.hazelcast.spi.exception.TargetDisconnectedException;
import io.clowder.store.Deadline;
import io.clowder.store.StoreUnavailableException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Which failures of a call pass by themselves, and the wait until they have. */
final class Calls {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private Calls() {}

    /**
     * Whether the same call may succeed in a moment: a member left, a partition moves, a backup did not acknowledge, or a
     * client opens a new connection. What this member will not recover from is not asked again, nor is a cluster that is away.
     */
    static boolean mayPass(Throwable failure, HazelcastInstance instance) {
        if (!instance.getLifecycleService().isRunning()) {
            return false;
        }
        return failure instanceof RetryableException // left, moved, not a member, wrong target, disconnected
                || failure instanceof IndeterminateOperationStateException
                || failure instanceof OperationTimeoutException
                || failure instanceof TargetDisconnectedException
                || failure instanceof HazelcastInstanceNotActiveException // of the member asked
                || failure instanceof RejectedExecutionException
                || (failure instanceof HazelcastClientOfflineException && !Link.isLost(instance));
    }

    /**
     * Waits until what this node has may be taken for the cluster's.
     *
     * @param obstacle why it may not; null when it may
     * @param what is called so in the message of a failure
     * @throws StoreUnavailableException when it still may not at the deadline
     */
    static void awaitStanding(Supplier<@Nullable String> obstacle, Supplier<String> what, Deadline deadline) {
        for (String why = obstacle.get(); why != null; why = obstacle.get()) {
            if (deadline.isOver()) {
                throw new StoreUnavailableException(what.get() + ": " + why, null);
            }
            pause(deadline);
        }
    }

    /** As the other, without a wait. */
    static void checkStanding(@Nullable String obstacle, String what) {
        if (obstacle != null) {
            throw new StoreUnavailableException(what + ": " + obstacle, null);
        }
    }

    /**
     * Frees what a call takes that nobody waits for any longer. Not by {@code cancel} alone: Hazelcast's makes an exception, with a
     * trace of the whole stack, before it looks whether the call has been answered.
     */
    static void giveUp(Future<?> answer) {
        if (!answer.isDone()) {
            answer.cancel(true);
        }
    }

    /** One attempt of a call. */
    interface Attempt<T> {
        T answer() throws InterruptedException, ExecutionException, TimeoutException;
    }

    /**
     * Makes the call, and makes it again while that can help.
     *
     * @param what is called so in the message of a failure
     * @throws StoreUnavailableException when there is no answer by the deadline, or there will be none
     */
    static <T> T repeat(Attempt<T> call, HazelcastInstance instance, Supplier<String> what, Deadline deadline) {
        Throwable last = null;
        while (!deadline.isOver()) {
            try {
                return call.answer();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreUnavailableException(what.get() + " was interrupted", e);
            } catch (TimeoutException e) {
                throw unanswered(what, last == null ? e : last);
            } catch (ExecutionException e) {
                last = e.getCause() == null ? e : e.getCause();
            } catch (StoreUnavailableException e) { // it was refused
                throw e;
            } catch (RuntimeException e) {
                // Hazelcast has no common type: mayPass tells them apart, the rest is rethrown.
                last = e;
            }
            if (!mayPass(last, instance)) {
                throw new StoreUnavailableException(what.get() + " failed", last);
            }
            pause(deadline);
        }
        throw unanswered(what, last);
    }

    /** The member that keeps the entry of a key; null while nobody does, and when this member has ended. */
    static @Nullable Member owner(String key, HazelcastInstance instance) {
        try {
            return instance.getPartitionService().getPartition(key).getOwner();
        } catch (HazelcastInstanceNotActiveException e) {
            return null;
        }
    }

    private static StoreUnavailableException unanswered(Supplier<String> what, @Nullable Throwable cause) {
        return new StoreUnavailableException(what.get() + " was not acknowledged in time", cause);
    }

    /** Returns after a moment, or when the deadline passes or the thread is interrupted. */
    static void pause(Deadline deadline) {
        LockSupport.parkNanos(Math.min(PAUSE_NANOS, deadline.remaining().toNanos()));
    }
}
