/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.clowder.store.Deadline;
import io.clowder.store.NodeId;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Which other clients may serve unasked what they hold, as their {@link Tenure}s tell. A node that did not renew its own for longer
 * than it may rely on it is declared to do so no more. Thread-safe.
 */
final class Tenures {

    /** What this node waits longer than the other may rely on: clocks do not go equally fast. */
    static final Duration MARGIN = Duration.ofMillis(500);

    private static final long PATIENCE_NANOS = Tenure.LIMIT.plus(MARGIN).toNanos();

    /** One look is good for all who wait, for so long. */
    private static final long LOOK_NANOS = Duration.ofMillis(100).toNanos();

    private static final long LONG_AGO_NANOS = Duration.ofSeconds(1).toNanos();

    private final HazelcastInstance client;
    private final OwnThreads threads;
    private final LongSupplier nanoTime;
    private final Map<NodeId, Sight> sights = new ConcurrentHashMap<>();

    /** On a clock that counts as {@link System#nanoTime()}. */
    Tenures(HazelcastInstance client, OwnThreads threads, LongSupplier nanoTime) {
        this.client = client;
        this.threads = threads;
        this.nanoTime = nanoTime;
    }

    /**
     * What was seen of a node at the last look.
     *
     * @param value its number, or {@link Tenure#OVER}
     * @param since when the number was first seen, after it was read
     * @param lookedAt when that look began
     */
    private record Sight(long value, long since, long lookedAt) {

        boolean isOver() {
            return value == Tenure.OVER;
        }
    }

    /** Whether it is worth a look before the node is asked: it was over when it was seen last, or that is a while ago. */
    boolean mayBeOver(NodeId node) {
        Sight last = sights.get(node);
        return last == null || last.isOver() || nanoTime.getAsLong() - last.lookedAt() >= LONG_AGO_NANOS;
    }

    /**
     * Whether the node has, at some moment since that time, served nothing unasked and relied on nothing that it held before.
     * Looks, if nobody has looked for a moment; who waits for it asks again and again.
     *
     * @param since in the time of the clock
     * @throws io.clowder.store.StoreUnavailableException when that is not known by the deadline
     */
    boolean isOver(NodeId node, long since, Deadline deadline) {
        Sight last = sights.get(node);
        boolean fresh =
                last != null && last.lookedAt() - since >= 0 && nanoTime.getAsLong() - last.lookedAt() < LOOK_NANOS;
        Sight now = fresh ? last : look(node, deadline);
        return now != null && now.isOver() && now.lookedAt() - since >= 0;
    }

    private Sight look(NodeId node, Deadline deadline) {
        long began = nanoTime.getAsLong();
        String key = node.uuid().toString();
        Sight seen = Calls.repeat(
                () -> threads.call(
                        () -> seen(node, key, began), deadline.remaining().toNanos()),
                client,
                () -> "Whether another node holds sessions still",
                deadline);
        sights.put(node, seen);
        return seen;
    }

    /** Waits also for a node that is not there, as the value may have been lost with members. */
    private Sight seen(NodeId node, String key, long began) {
        IMap<String, Long> all = client.getMap(Tenure.MAP);
        Long found = all.get(key);
        if (found == null) {
            found = all.putIfAbsent(key, Tenure.MISSED);
        }
        long value = found == null ? Tenure.MISSED : found;
        long now = nanoTime.getAsLong();
        Sight before = sights.get(node);
        long since = before != null && before.value() == value ? before.since() : now;
        boolean declared = now - since >= PATIENCE_NANOS && all.replace(key, value, Tenure.OVER);
        return new Sight(declared ? Tenure.OVER : value, since, began);
    }
}
