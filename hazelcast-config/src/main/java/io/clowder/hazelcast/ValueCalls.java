/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.map.IMap;
import io.clowder.store.Deadline;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How {@link SharedValues} are read and changed: one attempt each, whose answer comes some day. */
interface ValueCalls {

    /** The value; empty when there is none. */
    Future<byte[]> get(IMap<String, byte[]> map, String key, Deadline deadline);

    /**
     * Sets the value if it is the one before, or the one after, as it is then a repeat; null stands for none. The answer is empty
     * when it is neither.
     */
    Future<byte[]> swap(
            IMap<String, byte[]> map,
            String key,
            byte @Nullable [] before,
            byte @Nullable [] after,
            Duration lifetime,
            Deadline deadline);

    /** By our own processors, where a value lives. */
    static ValueCalls where(BoundedCalls calls) {
        return new ValueCalls() {
            @Override
            public Future<byte[]> get(IMap<String, byte[]> map, String key, Deadline deadline) {
                return calls.begin(map, key, new ValueRead());
            }

            @Override
            public Future<byte[]> swap(
                    IMap<String, byte[]> map,
                    String key,
                    byte @Nullable [] before,
                    byte @Nullable [] after,
                    Duration lifetime,
                    Deadline deadline) {
                // A new object each time: an earlier one may still be on its way.
                return calls.begin(map, key, new ValueSwap(before, after, lifetime.toSeconds()));
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
            public Future<byte[]> get(IMap<String, byte[]> map, String key, Deadline deadline) {
                return threads.begin(() -> map.getOrDefault(key, ValueProcessor.NO));
            }

            @Override
            public Future<byte[]> swap(
                    IMap<String, byte[]> map,
                    String key,
                    byte @Nullable [] before,
                    byte @Nullable [] after,
                    Duration lifetime,
                    Deadline deadline) {
                return threads.begin(() -> ValueProcessor.answer(isSwapped(map, key, before, after, lifetime)));
            }
        };
    }

    /** As the members of a client's cluster need it. */
    static ValueCalls of(ClusterKind kind, ValueCalls ours, ValueCalls stock) {
        return new ValueCalls() {
            @Override
            public Future<byte[]> get(IMap<String, byte[]> map, String key, Deadline deadline) {
                return (kind.isStock(deadline) ? stock : ours).get(map, key, deadline);
            }

            @Override
            public Future<byte[]> swap(
                    IMap<String, byte[]> map,
                    String key,
                    byte @Nullable [] before,
                    byte @Nullable [] after,
                    Duration lifetime,
                    Deadline deadline) {
                return (kind.isStock(deadline) ? stock : ours).swap(map, key, before, after, lifetime, deadline);
            }
        };
    }

    private static boolean isSwapped(
            IMap<String, byte[]> map,
            String key,
            byte @Nullable [] before,
            byte @Nullable [] after,
            Duration lifetime) {
        return after == null ? removed(map, key, before) : set(map, key, before, after, lifetime.toSeconds());
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
