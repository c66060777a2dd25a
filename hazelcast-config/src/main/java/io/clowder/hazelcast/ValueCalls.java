/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.map.IMap;
import io.clowder.store.Deadline;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** How {@link SharedValues} are read and changed: one attempt each. */
interface ValueCalls {

    /** The value; empty when there is none. */
    byte[] get(IMap<String, byte[]> map, String key, Deadline deadline)
            throws InterruptedException, ExecutionException, TimeoutException;

    /** Sets the value if it is the one before, or the one after, as it is then a repeat; null stands for none. */
    boolean swap(
            IMap<String, byte[]> map,
            String key,
            byte @Nullable [] before,
            byte @Nullable [] after,
            Duration lifetime,
            Deadline deadline)
            throws InterruptedException, ExecutionException, TimeoutException;

    /** By our own processors, where a value lives. */
    static ValueCalls where(BoundedCalls calls) {
        return new ValueCalls() {
            @Override
            public byte[] get(IMap<String, byte[]> map, String key, Deadline deadline)
                    throws InterruptedException, ExecutionException, TimeoutException {
                return calls.call(
                        map, key, new ValueRead(), deadline.remaining().toNanos());
            }

            @Override
            public boolean swap(
                    IMap<String, byte[]> map,
                    String key,
                    byte @Nullable [] before,
                    byte @Nullable [] after,
                    Duration lifetime,
                    Deadline deadline)
                    throws InterruptedException, ExecutionException, TimeoutException {
                // A new object each time: an earlier one may still be on its way.
                ValueSwap swap = new ValueSwap(before, after, lifetime.toSeconds());
                return calls.call(map, key, swap, deadline.remaining().toNanos()).length > 0;
            }
        };
    }

    /**
     * By what every Hazelcast member can do. A replacement keeps no lifetime, so that is set afterwards; when this node dies
     * between the two, the one of the map holds.
     */
    static ValueCalls plain(OwnThreads threads) {
        return new ValueCalls() {
            @Override
            public byte[] get(IMap<String, byte[]> map, String key, Deadline deadline)
                    throws InterruptedException, ExecutionException, TimeoutException {
                return threads.call(
                        () -> map.getOrDefault(key, ValueProcessor.NO),
                        deadline.remaining().toNanos());
            }

            @Override
            public boolean swap(
                    IMap<String, byte[]> map,
                    String key,
                    byte @Nullable [] before,
                    byte @Nullable [] after,
                    Duration lifetime,
                    Deadline deadline)
                    throws InterruptedException, ExecutionException, TimeoutException {
                return threads.call(
                        () -> after == null
                                ? removed(map, key, before)
                                : set(map, key, before, after, lifetime.toSeconds()),
                        deadline.remaining().toNanos());
            }
        };
    }

    /** As the members of a client's cluster need it. */
    static ValueCalls of(ClusterKind kind, ValueCalls ours, ValueCalls stock) {
        return new ValueCalls() {
            @Override
            public byte[] get(IMap<String, byte[]> map, String key, Deadline deadline)
                    throws InterruptedException, ExecutionException, TimeoutException {
                return (kind.isStock(deadline) ? stock : ours).get(map, key, deadline);
            }

            @Override
            public boolean swap(
                    IMap<String, byte[]> map,
                    String key,
                    byte @Nullable [] before,
                    byte @Nullable [] after,
                    Duration lifetime,
                    Deadline deadline)
                    throws InterruptedException, ExecutionException, TimeoutException {
                return (kind.isStock(deadline) ? stock : ours).swap(map, key, before, after, lifetime, deadline);
            }
        };
    }

    private static boolean removed(IMap<String, byte[]> map, String key, byte @Nullable [] before) {
        return (before != null && map.remove(key, before)) || !map.containsKey(key);
    }

    private static boolean set(
            IMap<String, byte[]> map, String key, byte @Nullable [] before, byte[] after, long seconds) {
        if (before == null && map.putIfAbsent(key, after, seconds, TimeUnit.SECONDS) == null) {
            return true;
        }
        boolean replaced = before != null && map.replace(key, before, after);
        // Else it may be a repeat, whose backup may lack what it finds.
        if (replaced || (Arrays.equals(map.get(key), after) && map.replace(key, after, after))) {
            Object unused = map.setTtl(key, seconds, TimeUnit.SECONDS);
            return true;
        }
        return false;
    }
}
