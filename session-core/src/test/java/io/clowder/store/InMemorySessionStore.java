/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The complete reference of a store: one node's part of an {@link InMemoryCluster}. */
public final class InMemorySessionStore extends ProtocolStore {

    private final NodeId node = NodeId.random();
    private final AtomicLong sequence = new AtomicLong();
    private final Steps steps = new Steps();
    private final InMemoryCluster cluster;
    private final LiveCopies live;
    private final InstantSource clock;
    private @Nullable Map<String, StoredSession> near;
    private volatile boolean away;
    private volatile boolean unreachable;
    private int turn;

    InMemorySessionStore(InMemoryCluster cluster, LiveCopies live, InstantSource clock) {
        this.cluster = cluster;
        this.live = live;
        this.clock = clock;
    }

    /** Where tests look at the commands and put something between them. */
    public Steps steps() {
        return steps;
    }

    @Override
    public NodeId node() {
        return node;
    }

    @Override
    public OperationId nextOperation() {
        return new OperationId(node, sequence.incrementAndGet());
    }

    @Override
    protected Answer execute(String id, Command command, Deadline deadline) {
        if (deadline.isOver() || unreachable || !isAlive(node) || cluster.isFrozen(node)) {
            throw new StoreUnavailableException("Session " + shortened(id) + ": not executed: " + command, null);
        }
        return steps.around(command, () -> cluster.execute(id, command));
    }

    /** From now on keeps what was near until {@link #invalidate} is called, as a cache to which no event came would. */
    public void cacheNear() {
        near = new ConcurrentHashMap<>();
    }

    /** The cache hears that the entry has changed. */
    public void invalidate(String id) {
        Objects.requireNonNull(near).remove(id);
    }

    @Override
    protected @Nullable StoredSession nearby(String id, Deadline deadline) {
        Map<String, StoredSession> cache = near;
        return cache == null ? null : cache.computeIfAbsent(id, cluster::peek);
    }

    @Override
    protected boolean isAlive(NodeId other) {
        return cluster.find(other) != null;
    }

    @Override
    protected boolean isAtWork(NodeId other, OperationId operation, Duration longest, Deadline deadline) {
        InMemorySessionStore target = reach(other);
        return target != null && target.isAtWork(operation);
    }

    @Override
    protected boolean remembers(NodeId other, String id, Deadline deadline) {
        InMemorySessionStore target = reach(other);
        return target != null && target.live.remembers(id);
    }

    @Override
    protected Collection<String> dueAt(long millis, int parts, Deadline deadline) {
        int part = turn++ % parts;
        return cluster.due(millis).stream()
                .filter(id -> Math.floorMod(id.hashCode(), parts) == part)
                .toList();
    }

    @Override
    protected Map<String, Trace> traces(Set<String> ids, Deadline deadline) {
        if (deadline.isOver() || !isAlive(node) || cluster.isFrozen(node)) {
            throw new StoreUnavailableException("The sessions were not traced", null);
        }
        return cluster.traces(ids);
    }

    @Override
    protected @Nullable SessionTimes release(NodeId other, String id, long counter, Deadline deadline) {
        InMemorySessionStore target = reach(other);
        return target == null ? null : target.live.release(id, counter);
    }

    @Override
    protected void changed(NodeId other, String id, long counter, Deadline deadline) {
        InMemorySessionStore target = reach(other);
        if (target != null) {
            target.live.changed(id, counter);
        }
    }

    @Override
    protected @Nullable SessionDelta whole(NodeId other, String id, OperationId operation, Deadline deadline) {
        InMemorySessionStore target = reach(other);
        SessionDelta delta = target == null ? null : target.live.whole(id, operation);
        return delta == null ? null : RecordFormat.readDelta(RecordFormat.write(delta));
    }

    private @Nullable InMemorySessionStore reach(NodeId other) {
        InMemorySessionStore target = cluster.find(other);
        if (target != null && cluster.isFrozen(other)) {
            throw new StoreUnavailableException("Node " + other + " does not answer", null);
        }
        return target;
    }

    @Override
    protected long now() {
        return clock.millis();
    }

    @Override
    protected void pause(Deadline deadline) {
        LockSupport.parkNanos(100_000);
    }

    /** From now on the node cannot reach the store, and knows it. */
    public void leave() {
        unreachable = true;
        away = true;
    }

    /** It reaches the store again, which is to be told of the ends that it has missed. */
    public void reach() {
        unreachable = false;
    }

    /** From now on requests use the store. */
    public void comeBack() {
        away = false;
    }

    @Override
    public boolean isAway() {
        return away;
    }

    @Override
    public boolean isHome(String id) {
        return true;
    }

    @Override
    public long lastContact() {
        return System.nanoTime();
    }

    @Override
    public void close() {}
}
