/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Makes synchronous calls whose callers can stop waiting, on threads that go when they are idle. There is no queue: when all of
 * them wait for a member that does not answer, further calls are refused at once.
 */
final class OwnThreads {

    private final ExecutorService threads =
            new ThreadPoolExecutor(0, 200, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), new CallThreads());

    /** The result of the call, if there is one in time. */
    <T extends @Nullable Object> T call(Callable<T> call, long nanos)
            throws InterruptedException, ExecutionException, TimeoutException {
        return begin(call).get(nanos, TimeUnit.NANOSECONDS);
    }

    /** Begins a call. */
    <T extends @Nullable Object> Future<T> begin(Callable<T> call) {
        return threads.submit(call);
    }

    /** Runs what reports its failures itself. */
    void run(Runnable task) {
        threads.execute(task);
    }

    /** Threads that inherit nothing of the application on whose request they are started. */
    static final class CallThreads implements ThreadFactory {

        private final AtomicInteger number = new AtomicInteger();

        /**
         * A thread keeps, until it ends, the protection domains of the stack on which it was created, and through them the
         * class loader of an application on whose request that was. The privileged action begins a new stack for that; it is
         * how the JDK's own pools avoid it, and needs no security manager.
         */
        @Override
        @SuppressWarnings("removal") // from 24 on there is nothing to inherit, and the action is only run
        public Thread newThread(Runnable task) {
            return AccessController.doPrivileged((PrivilegedAction<Thread>) () -> create(task));
        }

        private Thread create(Runnable task) {
            Thread thread = new Thread(null, task, "clowder-call-" + number.incrementAndGet(), 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(OwnThreads.class.getClassLoader());
            return thread;
        }
    }
}
