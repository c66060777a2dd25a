/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A call to an entry that ends in time. Hazelcast's API bounds only asynchronous calls, and completes each of these on a thread
 * of the common pool; where that pool has no two threads, on a new thread per call. There, a few threads of ours make the
 * synchronous call instead. Both cost about as much again as the call itself (decision 0009), which {@link DirectCalls} spares.
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
            Calls.giveUp(answer);
        }
    }

    /** The cheapest for each map. */
    static BoundedCalls forThisMachine() {
        return new DirectCalls(ForkJoinPool.getCommonPoolParallelism() > 1 ? asynchronous() : onOwnThreads());
    }

    /** By Hazelcast's asynchronous call. */
    static BoundedCalls asynchronous() {
        return (map, id, processor) ->
                typed(map).submitToKey(id, typed(processor)).toCompletableFuture();
    }

    /** By Hazelcast's synchronous call on a thread of ours. */
    static BoundedCalls onOwnThreads() {
        OwnThreads threads = new OwnThreads();
        return (map, id, processor) -> threads.begin(() -> typed(map).executeOnKey(id, typed(processor)));
    }

    @SuppressWarnings("unchecked") // of one map, whatever its values are
    private static IMap<String, Object> typed(IMap<String, ?> map) {
        return (IMap<String, Object>) map;
    }

    @SuppressWarnings("unchecked") // written for that map
    private static EntryProcessor<String, Object, byte[]> typed(EntryProcessor<String, ?, byte[]> processor) {
        return (EntryProcessor<String, Object, byte[]>) processor;
    }
}
