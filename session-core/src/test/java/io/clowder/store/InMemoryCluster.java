/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A cluster in one heap: entries as bytes, changed one at a time, and the nodes that are in it. */
public final class InMemoryCluster implements TestCluster {

    /** What stands between the nodes and the entries: looks on, and may lose a command or an answer by throwing. */
    interface Network {

        Network GOOD = new Network() {};

        default void sent(String id, Command command) {}

        default void executed(String id, @Nullable StoredSession before, Command command, Command.Outcome outcome) {}
    }

    private final Map<String, byte[]> entries = new HashMap<>();
    private final Set<NodeId> dead = ConcurrentHashMap.newKeySet();
    private final Set<NodeId> frozen = ConcurrentHashMap.newKeySet();
    private final List<InMemorySessionStore> nodes = new ArrayList<>();
    private final List<RecordingCopies> copies = new ArrayList<>();
    private final TestClock clock = new TestClock();
    private Network network = Network.GOOD;

    /** A cluster of three nodes with recording copies. */
    public InMemoryCluster() {
        for (int i = 0; i < 3; i++) {
            RecordingCopies recording = new RecordingCopies();
            copies.add(recording);
            join(recording);
        }
    }

    /** One more node, which goes by the clock of the test. */
    public InMemorySessionStore join(LiveCopies live) {
        return join(live, clock);
    }

    /** One more node, with its own time. */
    public InMemorySessionStore join(LiveCopies live, InstantSource time) {
        InMemorySessionStore store = new InMemorySessionStore(this, live, time);
        synchronized (nodes) {
            nodes.add(store);
        }
        return store;
    }

    synchronized void goesThrough(Network through) {
        network = through;
    }

    /** Executes atomically. Entry, command and answer go through their binary form, as between nodes. */
    synchronized Answer execute(String id, Command command) {
        network.sent(id, command);
        byte[] before = entries.get(id);
        StoredSession current = before == null ? null : RecordFormat.readSession(before);
        Command arrived = RecordFormat.readCommand(RecordFormat.write(command));
        Command.Outcome outcome = arrived.apply(current);
        if (outcome.effect() != Command.Effect.NONE && outcome.next() != null) {
            entries.put(id, RecordFormat.write(outcome.next()));
        }
        network.executed(id, current, arrived, outcome);
        return RecordFormat.readAnswer(RecordFormat.write(outcome.answer()));
    }

    /** Everything that was kept is lost, as when all members were started anew. */
    public synchronized void forgetAll() {
        entries.clear();
    }

    /** The ids of the entries that are due at that time. */
    synchronized List<String> due(long millis) {
        return entries.entrySet().stream()
                .filter(entry -> RecordFormat.readSession(entry.getValue()).isDueAt(millis))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** What the entries say about these sessions. */
    Map<String, Trace> traces(Set<String> ids) {
        Map<String, Trace> found = new HashMap<>();
        for (String id : ids) {
            StoredSession entry = peek(id);
            Trace trace = entry == null ? null : entry.trace(id);
            if (trace != null) {
                found.put(id, trace);
            }
        }
        return found;
    }

    /** The store of a node that lives, null when it has left. */
    @Nullable
    InMemorySessionStore find(NodeId node) {
        synchronized (nodes) {
            return nodes.stream()
                    .filter(store -> store.node().equals(node) && !dead.contains(node))
                    .findFirst()
                    .orElse(null);
        }
    }

    boolean isFrozen(NodeId node) {
        return frozen.contains(node);
    }

    @Override
    public InMemorySessionStore store(int node) {
        return nodes.get(node);
    }

    @Override
    public RecordingCopies copies(int node) {
        return copies.get(node);
    }

    @Override
    public Steps steps(int node) {
        return store(node).steps();
    }

    @Override
    public TestClock clock() {
        return clock;
    }

    @Override
    public void kill(int node) {
        kill(store(node));
    }

    /** The node leaves the cluster without a word. */
    public void kill(SessionStore node) {
        dead.add(node.node());
    }

    @Override
    public void freeze(int node) {
        frozen.add(store(node).node());
    }

    @Override
    public synchronized void plant(String id, StoredSession entry) {
        entries.put(id, RecordFormat.write(entry));
    }

    /** Puts bytes where an entry is kept. */
    synchronized void plant(String id, byte[] entry) {
        entries.put(id, entry);
    }

    /** What is kept under an id goes, as a tombstone does in the end. */
    public synchronized void forget(String id) {
        entries.remove(id);
    }

    synchronized byte @Nullable [] bytes(String id) {
        return entries.get(id);
    }

    @Override
    public synchronized @Nullable StoredSession peek(String id) {
        byte[] bytes = entries.get(id);
        return bytes == null ? null : RecordFormat.readSession(bytes);
    }

    @Override
    public void close() {}
}
