/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.chaos.Reply.Outcome;
import io.clowder.session.HeapNode;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The rules of session-core on three nodes in one heap: each has a sticky and a roaming application. Commands are late
 * now and then, and a few are lost on their way, or their answers are. Time runs fifty times as fast.
 */
final class HeapCluster implements Cluster {
    private static final int FASTER = 50;

    /** One in so many requests loses a command, and one an answer. */
    private static final int RARE = 97;

    private final int copies;
    private final InMemoryCluster sticky = new InMemoryCluster();
    private final InMemoryCluster roaming = new InMemoryCluster();
    private final List<Node> nodes = new ArrayList<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger ids = new AtomicInteger();
    /** Those that an {@link InMemoryCluster} begins with. */
    private final AtomicInteger joined = new AtomicInteger(3);

    /** One node from its start to its death. */
    private final class Life {
        final HeapNode sticky = new HeapNode(HeapCluster.this.sticky, true, copies);
        final HeapNode roaming = new HeapNode(HeapCluster.this.roaming, false, copies);
        final int number = joined.getAndIncrement();
        volatile boolean over;

        HeapNode of(Mode mode) {
            return mode == Mode.ROAMING ? roaming : sticky;
        }
    }

    private final class Node {
        /** Held for reading for a moment by whoever runs on the node, for writing while it is frozen. */
        final ReentrantReadWriteLock frozen = new ReentrantReadWriteLock();

        volatile Life life = new Life();

        void awaitThaw() {
            frozen.readLock().lock();
            frozen.readLock().unlock();
        }
    }

    /** Nodes that keep so many copies of sessions each, and evict others. */
    HeapCluster(int copies) {
        this.copies = copies;
        for (int i = 0; i < 3; i++) {
            nodes.add(new Node());
        }
    }

    @Override
    public Reply ask(
            int number, Mode mode, @Nullable String presented, Request request, Consumer<@Nullable String> firstByte)
            throws InterruptedException {
        Node node = nodes.get(number);
        Life life = node.life;
        if (life.over) {
            return Reply.without(Outcome.REFUSED, "refused");
        }
        node.awaitThaw();
        trouble(life.of(mode));
        List<String> lines = new ArrayList<>();
        String[] next = {
            presented == null ? "id" + ids.incrementAndGet() : presented.split("\\.", 2)[0]
        };
        boolean found;
        try {
            found = served(life.of(mode), presented, number, request, next, lines);
        } catch (StoreUnavailableException e) {
            return Reply.without(life.over ? Outcome.BROKEN : Outcome.UNAVAILABLE, "503");
        }
        node.awaitThaw();
        if (life.over) {
            return Reply.without(Outcome.BROKEN, "broken");
        }
        firstByte.accept(next[0] + "." + number);
        boolean told = found && request.shape() != Request.Shape.REDIRECT;
        return new Reply(Outcome.ANSWERED, System.nanoTime(), found, told ? lines : null, "200");
    }

    private boolean served(
            HeapNode node, @Nullable String presented, int number, Request request, String[] next, List<String> lines)
            throws InterruptedException {
        if (presented == null) {
            node.create(
                    next[0],
                    Map.of("l0", new CopyOnWriteArrayList<String>(), "l1", new CopyOnWriteArrayList<String>()));
            lines.add("");
            return true;
        }
        return node.request(next[0], home(presented) == number, here -> {
            for (Step step : request.steps()) {
                lines.add(taken(step, here, next));
            }
        });
    }

    private String taken(Step step, HeapNode.Request here, String[] next) throws InterruptedException {
        ConcurrentMap<String, Object> attributes = here.attributes();
        switch (step.action()) {
            case GET -> {
                Object value = attributes.get(step.name());
                if (value instanceof List<?> list) {
                    return "["
                            + String.join(
                                    ",", list.stream().map(String::valueOf).toList()) + "]";
                }
                return value == null ? "-" : (String) value;
            }
            case SET -> attributes.put(step.name(), step.value());
            case REMOVE -> attributes.remove(step.name());
            case ADD -> {
                @SuppressWarnings("unchecked")
                List<String> list = (List<String>) attributes.get(step.name());
                list.add(step.value());
            }
            case PAUSE -> pause(Duration.ofMillis(Long.parseLong(step.value())));
            case RENAME -> {
                String id = "id" + ids.incrementAndGet();
                here.rename(id);
                next[0] = id;
            }
            case END -> here.end();
            case CREATE -> throw new IllegalStateException("There is a session already");
        }
        return "";
    }

    private void trouble(HeapNode node) {
        int number = requests.incrementAndGet();
        long nanos = number % 7 * 50_000L;
        if (number % RARE == 0) {
            node.before(HeapCluster::lose);
        } else if (number % RARE == 1) {
            node.after(HeapCluster::lose);
        } else if (number % 3 == 0) {
            node.before(() -> LockSupport.parkNanos(nanos));
        } else if (number % 3 == 1) {
            node.after(() -> LockSupport.parkNanos(nanos));
        }
    }

    private static void lose() {
        throw new StoreUnavailableException("lost on the way", null);
    }

    @Override
    public int home(String id) {
        return Integer.parseInt(id.split("\\.", 2)[1]);
    }

    @Override
    public void kill(int node) {
        Life life = nodes.get(node).life;
        life.over = true;
        sticky.kill(life.number);
        roaming.kill(life.number);
    }

    @Override
    public void start(int node) {
        nodes.get(node).life = new Life();
    }

    @Override
    public void freeze(int node) {
        nodes.get(node).frozen.writeLock().lock();
    }

    @Override
    public void thaw(int node) {
        nodes.get(node).frozen.writeLock().unlock();
    }

    @Override
    public void redeploy(int node) {
        kill(node);
        start(node);
    }

    /** What a node lacks it refuses: which node has the only copy is known to no balancer. */
    @Override
    public void outage(Duration time, boolean forgets) throws InterruptedException {
        List<HeapNode> all =
                nodes.stream().map(node -> node.life.of(Mode.STICKY)).toList();
        all.forEach(HeapNode::leave);
        pause(time);
        if (forgets) {
            sticky.forgetAll();
        }
        all.forEach(node -> repeated(() -> node.replay(forgets)));
        all.forEach(node -> repeated(node::comeBack));
    }

    /** A command may be lost on its way. */
    private static void repeated(Runnable work) {
        while (true) {
            try {
                work.run();
                return;
            } catch (StoreUnavailableException e) {
                Thread.onSpinWait();
            }
        }
    }

    @Override
    public void awaitSafe() {}

    @Override
    public void pause(Duration time) throws InterruptedException {
        Thread.sleep(time.toMillis() / FASTER);
    }

    @Override
    public void close() {}
}
