/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.LiveCopies;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.Reunion;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the stores of one member share: who is spoken to under which name, the count of their changes, how they call, and how many
 * may wait.
 */
final class Peers {

    private static final String KEY = "io.clowder.peers";

    private final ConcurrentMap<Name, Peer> registered = new ConcurrentHashMap<>();
    private final AtomicLong sequence = new AtomicLong();
    private final BoundedCalls calls = BoundedCalls.forThisMachine();
    private final OwnThreads threads = new OwnThreads();
    private final Bulkhead bulkhead = new Bulkhead(System::nanoTime, System.getLogger(Bulkhead.class.getName()));
    private final Heard heard = new Heard(System::nanoTime);
    private final LongAdder merged = new LongAdder();
    private final LongAdder mergeConflicts = new LongAdder();
    private volatile boolean merging;
    private volatile BooleanSupplier apart = () -> false;

    /** The sessions of one map on one node. */
    record Name(String map, NodeId node) {}

    /**
     * Who answers the messages to a node.
     *
     * @param live its live copies
     * @param atWork whether it is about to finish a change of id or an end
     */
    record Peer(LiveCopies live, Predicate<OperationId> atWork) {}

    /** Those of a member. */
    static Peers of(HazelcastInstance instance) {
        return (Peers) instance.getUserContext().computeIfAbsent(KEY, key -> new Peers());
    }

    /** Counts up over all stores of the member, also those that a reloaded application had before. */
    long nextSequence() {
        return sequence.incrementAndGet();
    }

    /** How the stores of the member call entries. */
    BoundedCalls calls() {
        return calls;
    }

    /** For calls that must not wait. */
    OwnThreads threads() {
        return threads;
    }

    /** What bounds how many of the requests of all stores wait. */
    Bulkhead bulkhead() {
        return bulkhead;
    }

    /** When the other members answered. */
    Heard heard() {
        return heard;
    }

    /** This member begins to send what it has to a larger cluster, or is through with that. */
    void merging(boolean begins) {
        merging = begins;
    }

    boolean isMerging() {
        return merging;
    }

    /** What knows from now on whether this node is alone, or was, and the cluster lacks something that it did. */
    void apart(BooleanSupplier knows) {
        apart = knows;
    }

    boolean isApart() {
        return apart.getAsBoolean();
    }

    /** The two entries that the sides of a split had of one session were put together here. */
    void merged(Reunion reunion) {
        merged.increment();
        mergeConflicts.add(reunion.conflicts());
    }

    /** How many entries were put together here. */
    long merged() {
        return merged.sum();
    }

    /** How many of their attributes both sides had changed. */
    long mergeConflicts() {
        return mergeConflicts.sum();
    }

    /** From now on, messages reach this peer; the one of an earlier store of the same name is replaced. */
    void register(Name name, Peer peer) {
        registered.put(name, peer);
    }

    /** Undoes a registration, unless another has replaced it. */
    void unregister(Name name, Peer peer) {
        registered.remove(name, peer);
    }

    /** The peer, null when there is none here, and so no live copy either. */
    @Nullable
    Peer find(Name name) {
        return registered.get(name);
    }
}
