/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import io.clowder.store.Answer;
import io.clowder.store.Command;
import io.clowder.store.Deadline;
import io.clowder.store.LiveCopies;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.ProtocolStore;
import io.clowder.store.RecordFormat;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession;
import io.clowder.store.Trace;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the sessions of one web application in a Hazelcast map: each under its id, changed where it lives by a
 * {@link CommandProcessor}, and on its backups by the same change. Nodes speak to each other by {@link PeerMessage}s.
 */
public class HazelcastSessionStore extends ProtocolStore {

    private final HazelcastInstance instance;
    private final String mapName;
    private final Nodes nodes;
    private final Entries entries;
    private final SessionEntries map;
    private final Post post;
    private final Messages messages;
    private final Looks looks;
    private final Peers peers;
    private final Peers.Peer peer;
    private final InstantSource clock;
    private ClusterMember.@Nullable Watch watch;

    /**
     * The store of one web application on this member.
     *
     * @param live is spoken to from now until {@link #close}
     */
    HazelcastSessionStore(
            HazelcastInstance instance, String mapName, Nodes nodes, LiveCopies live, InstantSource clock) {
        this(instance, mapName, nodes, live, clock, entries -> entries);
    }

    /** As above; the calls to the map go through what {@code around} makes of them. */
    HazelcastSessionStore(
            HazelcastInstance instance,
            String mapName,
            Nodes nodes,
            LiveCopies live,
            InstantSource clock,
            UnaryOperator<Entries> around) {
        this(
                instance,
                mapName,
                nodes,
                live,
                clock,
                new MapEntries(instance, mapName, Peers.of(instance).calls()),
                around,
                new Post(instance, nodes));
    }

    /**
     * The store of one web application.
     *
     * @param messages how nodes are spoken to about sessions that they hold
     */
    HazelcastSessionStore(
            HazelcastInstance instance,
            String mapName,
            Nodes nodes,
            LiveCopies live,
            InstantSource clock,
            SessionEntries map,
            UnaryOperator<Entries> around,
            Messages messages) {
        this.instance = instance;
        this.mapName = mapName;
        this.nodes = nodes;
        this.clock = clock;
        this.map = map;
        this.entries = around.apply(map);
        this.post = new Post(instance, nodes);
        this.messages = messages;
        this.looks = new Looks(instance, mapName, nodes, map, post);
        this.peers = Peers.of(instance);
        this.peer = new Peers.Peer(live, this::isAtWork);
        peers.register(name(nodes.self()), peer);
    }

    SessionEntries map() {
        return map;
    }

    /** Closes the watch together with this store. */
    HazelcastSessionStore watchedBy(ClusterMember.Watch gaps) {
        watch = gaps;
        return this;
    }

    /** How many commands this store has sent to entries. */
    public long operations() {
        return map.operations();
    }

    /** How many bytes were in the commands that may change an entry, before Hazelcast's own framing. */
    public long bytes() {
        return map.bytes();
    }

    /**
     * The ids of all sessions of the application that have not ended, wherever they are kept. Asks every member.
     *
     * @throws StoreUnavailableException if one does not answer
     */
    public Set<String> sessionIds() {
        return map.living();
    }

    /**
     * How many sessions of the application have not ended, wherever they are kept. Asks every member.
     *
     * @throws StoreUnavailableException if one does not answer
     */
    public long sessionCount() {
        return map.livingCount();
    }

    /** Whether this member's configuration gives the map a near cache. */
    public boolean hasNearCache() {
        return map.hasNearCache();
    }

    /** How many sessions, of all applications, were put together on this member after a split. */
    public long merged() {
        return peers.merged();
    }

    /** How many attributes of those both sides had changed, to different values. */
    public long mergeConflicts() {
        return peers.mergeConflicts();
    }

    /** How many times the near cache had a record. */
    public long nearHits() {
        return map.nearHits();
    }

    /** How many records the near cache had to get whole from their owners. */
    public long nearMisses() {
        return map.nearMisses();
    }

    @Override
    public NodeId node() {
        return nodes.self();
    }

    @Override
    public OperationId nextOperation() {
        return new OperationId(nodes.self(), peers.nextSequence());
    }

    @Override
    public boolean isAway() {
        return nodes.isAway();
    }

    @Override
    public boolean isHome(String id) {
        try {
            Member owner = instance.getPartitionService().getPartition(id).getOwner();
            return owner == null || owner.localMember();
        } catch (HazelcastInstanceNotActiveException e) {
            return true; // nowhere is nearer; the save will say that the cluster is away
        }
    }

    @Override
    public long lastContact() {
        return nodes.lastContact();
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
        peers.unregister(name(nodes.self()), peer);
    }

    @Override
    protected Answer execute(String id, Command command, Deadline deadline) {
        int arrivals;
        boolean incomplete;
        Answer answer;
        do { // a command that is repeated changes nothing
            arrivals = nodes.arrivals();
            Calls.awaitStanding(nodes::obstacle, () -> "Session " + shortened(id), deadline);
            incomplete = isQuestion(command) ? nodes.isJoining() : nodes.isMerging();
            answer = entries.execute(id, command, deadline);
        } while (arrivals != nodes.arrivals());
        if (incomplete && answer instanceof Answer.Gone gone && !gone.known()) {
            throw new StoreUnavailableException(
                    "Session " + shortened(id) + " is not there, but may be on its way: two clusters are becoming one",
                    null);
        }
        return answer;
    }

    /** Whether a request may ask that for a session of which it knows no more than the id. */
    private static boolean isQuestion(Command command) {
        return command instanceof Command.Load || command instanceof Command.Take;
    }

    /** Of what this member keeps itself there is no nearer copy, and a get would copy the whole entry. */
    @Override
    protected @Nullable StoredSession nearby(String id, Deadline deadline) {
        return nodes.obstacle() != null || isHome(id) ? null : map.nearby(id, deadline);
    }

    @Override
    protected boolean isAlive(NodeId node) {
        return node.equals(nodes.self()) || messages.isThere(node);
    }

    @Override
    protected boolean isAtWork(NodeId node, OperationId operation, Duration longest, Deadline deadline) {
        return post.ask(node, PeerMessage.atWork(name(node), operation), deadline) != null;
    }

    @Override
    protected boolean remembers(NodeId node, String id, Deadline deadline) {
        return messages.ask(node, PeerMessage.remembers(name(node), id), deadline) != null;
    }

    @Override
    protected Collection<String> dueAt(long millis, int parts, Deadline deadline) {
        Calls.checkStanding(nodes.obstacle(), "No session is looked for that is to end");
        return looks.due(millis, parts, deadline);
    }

    /** While two clusters become one, an entry may be missing that is just on its way: that is no end. */
    @Override
    protected Map<String, Trace> traces(Set<String> ids, Deadline deadline) {
        String obstacle = nodes.isMerging() ? "two clusters are becoming one" : nodes.obstacle();
        Calls.checkStanding(obstacle, "No session is looked for that somebody remembers");
        return map.traces(ids, deadline);
    }

    @Override
    protected @Nullable SessionTimes release(NodeId node, String id, long counter, Deadline deadline) {
        return PeerMessage.times(messages.ask(node, PeerMessage.release(name(node), id, counter), deadline));
    }

    @Override
    protected void changed(NodeId node, String id, long counter, Deadline deadline) {
        messages.ask(node, PeerMessage.changed(name(node), id, counter), deadline);
    }

    @Override
    protected @Nullable SessionDelta whole(NodeId node, String id, OperationId operation, Deadline deadline) {
        byte[] answer = messages.ask(node, PeerMessage.whole(name(node), id, operation), deadline);
        return answer == null ? null : RecordFormat.readDelta(answer);
    }

    @Override
    protected long now() {
        return clock.millis();
    }

    @Override
    protected void pause(Deadline deadline) {
        Calls.pause(deadline);
    }

    private Peers.Name name(NodeId node) {
        return new Peers.Name(mapName, node);
    }
}
