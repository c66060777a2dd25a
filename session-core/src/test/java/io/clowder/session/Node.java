/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.codec.AttributeCodec;
import io.clowder.store.Command;
import io.clowder.store.Deadline;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.InMemorySessionStore;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionTimes;
import io.clowder.store.Steps;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

/** One node of a test: {@link Sessions} over its store in an {@link InMemoryCluster}, and the requests that it gets. */
final class Node {

    static final Duration PATIENCE = Duration.ofSeconds(20);

    final Sessions sessions;
    private final InstantSource clock;
    private final AtomicLong lead = new AtomicLong();
    private final List<String> unsaved = new CopyOnWriteArrayList<>();
    private InMemorySessionStore store;

    Node(InMemoryCluster cluster, boolean sticky) {
        this(cluster, sticky, Detection.ON_READ);
    }

    Node(InMemoryCluster cluster, boolean sticky, Detection detection) {
        this(cluster, sticky, detection, cluster.clock());
    }

    Node(InMemoryCluster cluster, boolean sticky, Detection detection, InstantSource clock) {
        this.clock = clock;
        sessions = new Sessions(
                live -> store = cluster.join(live, clock),
                new AttributeCodec(Node.class.getClassLoader(), null, value -> false),
                detection,
                sticky,
                PATIENCE,
                (live, times) -> new FakeSession(times),
                (name, reason) -> unsaved.add(name),
                clock,
                () -> System.nanoTime() + lead.get());
    }

    /** The time as this node knows it. */
    long now() {
        return clock.millis();
    }

    /** What this node's store did. */
    Steps steps() {
        return store.steps();
    }

    /** How many times the store was asked for something. */
    int calls() {
        return steps().executed().size();
    }

    InMemorySessionStore store() {
        return store;
    }

    /** The last change that this node put into the store. */
    SessionDelta lastDelta() {
        return steps().executed().stream()
                .filter(Command.Save.class::isInstance)
                .map(command -> ((Command.Save) command).delta())
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    /** The names of attributes that were reported as not saved, one for each time. */
    List<String> unsaved() {
        return List.copyOf(unsaved);
    }

    /** The node's own clock moves on, as if nothing had been heard of the cluster meanwhile. */
    void silence(Duration time) {
        lead.addAndGet(time.toNanos());
    }

    Deadline soon() {
        return sessions.deadline();
    }

    /** A new session, used by a request that is not through yet. */
    LiveSession begin(String id) {
        return begin(id, false);
    }

    LiveSession begin(String id, boolean reused) {
        long now = clock.millis();
        LiveSession live = sessions.blank();
        live.wear(new FakeSession(new SessionTimes(now, now, 1800)));
        sessions.add(live, id, reused);
        return live;
    }

    /** A request that creates the session with these attributes, from its begin to its end. */
    LiveSession create(String id, Map<String, ?> attributes) {
        LiveSession live = begin(id);
        live.attributes().putAll(attributes);
        end(live);
        return live;
    }

    /** A request with this node's route begins to use the session; null when there is none. */
    LiveSession open(String id) {
        return sessions.open(id, true, soon());
    }

    void save(LiveSession live) {
        sessions.save(live, soon());
    }

    /** A request is through: saves, and lets go of the copy. */
    void end(LiveSession live) {
        save(live);
        live.leave();
    }

    /** A whole request with this node's route. */
    Object request(String id, Function<LiveSession, ?> work) {
        return request(id, true, work);
    }

    Object request(String id, boolean ownRoute, Function<LiveSession, ?> work) {
        LiveSession live = sessions.open(id, ownRoute, soon());
        if (live == null) {
            throw new AssertionError("There is no session " + id);
        }
        FakeSession.of(live).accessAt(clock.millis());
        Object result = work.apply(live);
        end(live);
        return result;
    }

    /** A whole request that reads one attribute. */
    Object read(String id, String name) {
        return request(id, live -> live.attributes().get(name));
    }

    /** A whole request that writes one attribute. */
    void write(String id, String name, Object value) {
        request(id, live -> live.attributes().put(name, value));
    }

    void change(String id, Consumer<LiveSession> work) {
        request(id, live -> {
            work.accept(live);
            return live;
        });
    }
}
