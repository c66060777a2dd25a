/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.IndeterminateOperationStateException;
import com.hazelcast.core.OperationTimeoutException;
import com.hazelcast.spi.exception.RetryableException;
import com.hazelcast.spi.exception.TargetDisconnectedException;
import io.clowder.store.Deadline;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Which failures of a call pass by themselves, and the wait until they have. */
final class Calls {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private Calls() {}

    /**
     * Whether the same call may succeed in a moment: a member left, a partition moves, or a backup did not acknowledge. What
     * this member will not recover from is not asked again.
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
                || failure instanceof RejectedExecutionException;
    }

    /** Returns after a moment, or when the deadline passes or the thread is interrupted. */
    static void pause(Deadline deadline) {
        LockSupport.parkNanos(Math.min(PAUSE_NANOS, deadline.remaining().toNanos()));
    }
}
