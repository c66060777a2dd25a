/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import java.util.concurrent.atomic.LongAdder;

/** Counters of one web application on one node. Thread-safe; each only grows. */
public final class SessionStatistics {

    final LongAdder decoded = new LongAdder();
    final LongAdder encoded = new LongAdder();
    final LongAdder unreadable = new LongAdder();
    final LongAdder loads = new LongAdder();
    final LongAdder takeovers = new LongAdder();
    final LongAdder saves = new LongAdder();
    final LongAdder released = new LongAdder();
    final LongAdder conflicts = new LongAdder();
    final LongAdder serializationRetries = new LongAdder();
    final LongAdder bounces = new LongAdder();
    final LongAdder evictions = new LongAdder();
    final LongAdder reaped = new LongAdder();
    final LongAdder nearReads = new LongAdder();
    final LongAdder alone = new LongAdder();
    final LongAdder joined = new LongAdder();

    /** Attribute values turned from bytes into objects. */
    public long decoded() {
        return decoded.sum();
    }

    /** Attribute values turned from objects into bytes. */
    public long encoded() {
        return encoded.sum();
    }

    /** Attribute values from the store that could not be turned into objects; each counts once for each copy of its session. */
    public long unreadable() {
        return unreadable.sum();
    }

    /** Times that the store was asked for a session without taking it over. */
    public long loads() {
        return loads.sum();
    }

    /** Times that this node asked to become a session's holder. */
    public long takeovers() {
        return takeovers.sum();
    }

    /** Deltas saved. */
    public long saves() {
        return saves.sum();
    }

    /** Sessions that other nodes took over from this one. */
    public long released() {
        return released.sum();
    }

    /** Attributes saved here over a value that another node had saved meanwhile: the last applied wins. */
    public long conflicts() {
        return conflicts.sum();
    }

    /** Times that a value was encoded once more, or left to the next save, because others were changing it. */
    public long serializationRetries() {
        return serializationRetries.sum();
    }

    /** Times that this node took back a session which another had taken over from it: the balancer is not sticky. */
    public long bounces() {
        return bounces.sum();
    }

    /** Copies evicted; their sessions live on in the store. */
    public long evictions() {
        return evictions.sum();
    }

    /** Sessions ended here that nobody looked after any more. */
    public long reaped() {
        return reaped.sum();
    }

    /** Times that a session was served while the store was away. */
    public long alone() {
        return alone.sum();
    }

    /** Copies, changed while the store was away, that were put together with what it had. */
    public long joined() {
        return joined.sum();
    }

    /** Times that a session was served from what is near, without asking where it is kept. */
    public long nearReads() {
        return nearReads.sum();
    }
}
