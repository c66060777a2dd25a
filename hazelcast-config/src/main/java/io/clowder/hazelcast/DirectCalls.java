/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import com.hazelcast.map.impl.proxy.MapProxyImpl;
import com.hazelcast.spi.impl.NodeEngine;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A call of a member that its own thread waits for: the only place that uses types of Hazelcast which are not its API. The futures
 * of the API, {@link IMap#submitToKey}, are completed by one more thread each, also when nobody asked for that (decision 0009).
 */
final class DirectCalls implements BoundedCalls {

    private static final Logger log = System.getLogger(DirectCalls.class.getName());

    private final BoundedCalls otherwise;
    private volatile boolean usable = true;

    /**
     * Calls the maps of members.
     *
     * @param otherwise calls those of clients, and all of them where Hazelcast has no such types
     */
    DirectCalls(BoundedCalls otherwise) {
        this.otherwise = otherwise;
    }

    @Override
    public Future<byte[]> begin(IMap<String, ?> map, String id, EntryProcessor<String, ?, byte[]> processor) {
        if (usable) {
            try {
                if (map instanceof MapProxyImpl<?, ?> proxy) {
                    return new Answer(proxy.executeOnKeyInternal(id, processor), proxy.getNodeEngine());
                }
            } catch (LinkageError e) { // another version of Hazelcast; nothing has been called yet
                usable = false;
                log.log(Level.WARNING, "This version of Hazelcast is called in a slower way: {0}", e.toString());
            }
        }
        return otherwise.begin(map, id, processor);
    }

    /** Of a call: comes as Hazelcast keeps it. */
    private record Answer(Future<Data> data, NodeEngine engine) implements Future<byte[]> {

        @Override
        public byte[] get() throws InterruptedException, ExecutionException {
            return engine.toObject(data.get());
        }

        @Override
        public byte[] get(long timeout, TimeUnit unit)
                throws InterruptedException, ExecutionException, TimeoutException {
            return engine.toObject(data.get(timeout, unit));
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            return data.cancel(mayInterruptIfRunning);
        }

        @Override
        public boolean isCancelled() {
            return data.isCancelled();
        }

        @Override
        public boolean isDone() {
            return data.isDone();
        }
    }
}
