/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A call to an entry that ends in time. Hazelcast bounds only its asynchronous calls, and completes each of these on a thread
 * of the common pool; where that pool has no two threads, on a new thread per call. There, a few threads of ours make the
 * synchronous call instead: measured on two cores, a save on a local entry costs 82 us of CPU synchronously and unbounded,
 * 113 us this way, 362 us with a new thread; with two threads in the common pool all cost the same.
 */
interface BoundedCalls {

    /** The processor's answer, some day. Who does not wait for it any longer cancels it, and so frees what it takes. */
    Future<byte[]> begin(IMap<String, ?> map, String id, EntryProcessor<String, ?, byte[]> processor);

    /** The processor's answer, waited for no longer than that. */
    default byte[] call(IMap<String, ?> map, String id, EntryProcessor<String, ?, byte[]> processor, long nanos)
            throws InterruptedException, ExecutionException, TimeoutException {
        Future<byte[]> answer = begin(map, id, processor);
        try {
            return answer.get(nanos, TimeUnit.NANOSECONDS);
        } finally {
            answer.cancel(true);
        }
    }

    /** The cheaper of both on this machine. */
    static BoundedCalls forThisMachine() {
        return ForkJoinPool.getCommonPoolParallelism() > 1 ? asynchronous() : onOwnThreads();
    }

    /** By Hazelcast's asynchronous call. */
    static BoundedCalls asynchronous() {
        return (map, id, processor) ->
                typed(map).submitToKey(id, typed(processor)).toCompletableFuture();
    }

    /** By Hazelcast's synchronous call on a thread of ours. */
    static BoundedCalls onOwnThreads() {
        ExecutorService threads = threads();
        return (map, id, processor) -> threads.submit(() -> typed(map).executeOnKey(id, typed(processor)));
    }

    @SuppressWarnings("unchecked") // of one map, whatever its values are
    private static IMap<String, Object> typed(IMap<String, ?> map) {
        return (IMap<String, Object>) map;
    }

    @SuppressWarnings("unchecked") // written for that map
    private static EntryProcessor<String, Object, byte[]> typed(EntryProcessor<String, ?, byte[]> processor) {
        return (EntryProcessor<String, Object, byte[]>) processor;
    }

    /**
     * Threads that go when they are idle, and when their call is cancelled. There is no queue: when all of them wait for a
     * member that does not answer, further calls are refused at once, and repeated until their deadline.
     */
    private static ExecutorService threads() {
        return new ThreadPoolExecutor(0, 200, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), new CallThreads());
    }

    /** Threads that inherit nothing of the application on whose request they are started. */
    final class CallThreads implements ThreadFactory {

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
            thread.setContextClassLoader(BoundedCalls.class.getClassLoader());
            return thread;
        }
    }
}
