/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Threads of tests, and how they wait for each other. */
final class Threads {

    /** A thread of its own for each task: a request that waits keeps no other one from running. */
    static final Executor NEW = task -> {
        Thread thread = new Thread(task, "request");
        thread.setDaemon(true);
        thread.start();
    };

    private static final long LIMIT_SECONDS = 30;

    private Threads() {}

    static void await(CountDownLatch latch) {
        try {
            if (!latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("waited in vain");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static void until(BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(LIMIT_SECONDS)) {
                throw new AssertionError("waited in vain");
            }
            Thread.onSpinWait();
        }
    }
}
