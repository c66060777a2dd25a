/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.Deadline;
import io.clowder.store.LiveCopies;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The store of a client, which keeps nothing itself, and has no connection to other clients: whether one is at work is judged from
 * outside. Its sessions have a holder only where it has a {@link Tenure}.
 */
final class ClientSessionStore extends HazelcastSessionStore {

    private final Connected clients;
    private final Turns turns;
    private final @Nullable Tenure tenure;
    private final FirstSight unfinished = new FirstSight(System::nanoTime);

    /**
     * The store of one web application on this client.
     *
     * @param messages how other clients are spoken to, where they hold sessions
     * @param tenure that this one does; null when it holds none
     * @param around the calls to the map go through what it makes of them
     */
    ClientSessionStore(
            HazelcastInstance client,
            String mapName,
            Nodes nodes,
            Connected clients,
            Turns turns,
            LiveCopies live,
            InstantSource clock,
            SessionEntries entries,
            UnaryOperator<Entries> around,
            Messages messages,
            @Nullable Tenure tenure) {
        super(client, mapName, nodes, live, clock, entries, around, messages);
        this.clients = clients;
        this.turns = turns;
        this.tenure = tenure;
    }

    /** Others may take over what it holds when it has not renewed its tenure, however long it may wait for answers. */
    @Override
    public boolean isInTouch(long nanoTime, Duration patience) {
        return tenure != null && tenure.isProven(nanoTime);
    }

    /** No id is nearer to a client than another. */
    @Override
    public boolean isHome(String id) {
        return true;
    }

    /** A member says itself; a client is at work as long as it is connected and that may last. */
    @Override
    protected boolean isAtWork(NodeId node, OperationId operation, Duration longest, Deadline deadline) {
        return super.isAtWork(node, operation, longest, deadline)
                || (unfinished.isWithin(operation, longest) && clients.address(node.uuid(), deadline) != null);
    }

    @Override
    protected Collection<String> dueAt(long millis, int parts, Deadline deadline) {
        return map().due(turns.next(parts, deadline), millis);
    }
}
