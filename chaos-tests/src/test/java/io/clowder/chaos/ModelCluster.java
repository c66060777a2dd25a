/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.chaos.Reply.Outcome;
import io.clowder.chaos.Step.Action;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A cluster in one heap that keeps the promise in the simplest way: each request loads the session, changes its own copy,
 * and puts what it changed into the store before it answers. A {@link Bug} can be planted. Time runs fifty times as fast.
 */
final class ModelCluster implements Cluster {
    private static final int FASTER = 50;

    /** Of the chances that a bug has, it takes one in so many. */
    private static final int RARE = 5;

    enum Bug {
        NONE,
        /** Now and then nothing is saved. */
        SKIPPED_SAVE,
        /** A save writes all attributes, not those that were changed. */
        WHOLE_SESSION,
        /** Now and then a node answers from the copy that it had. */
        STALE_COPY,
        /** The answer leaves first. */
        EARLY_ANSWER,
        /** Changes in place are not noticed, now and then. */
        UNNOTICED_CHANGE,
        /** Names that were removed are not told to the store, now and then. */
        FORGOTTEN_REMOVAL,
        /** A node does not find a session, now and then. */
        LOST_SESSION,
        /** The end of a session leaves it where it is. */
        ENDLESS_SESSION
    }

    /** A list is a value that begins with a bracket, as the servlet shows it. */
    private final Map<String, Map<String, String>> store = new HashMap<>();

    private final Bug bug;
    private final AtomicInteger chances = new AtomicInteger();
    private final AtomicInteger ids = new AtomicInteger();
    private final List<Node> nodes = List.of(new Node(), new Node(), new Node());

    private static final class Node {
        /** Held for reading by whoever runs on the node, for writing while it is frozen. */
        final ReentrantReadWriteLock running = new ReentrantReadWriteLock();

        final Map<String, Map<String, String>> copies = new ConcurrentHashMap<>();
        volatile boolean alive = true;
        volatile int starts;
    }

    ModelCluster(Bug bug) {
        this.bug = bug;
    }

    @Override
    public Reply ask(
            int number, Mode mode, @Nullable String presented, Request request, Consumer<@Nullable String> firstByte)
            throws InterruptedException {
        Node node = nodes.get(number);
        if (!node.alive) {
            return Reply.without(Outcome.REFUSED, "refused");
        }
        int start = node.starts;
        String id = presented;
        thawed(node);
        if (request.steps().get(0).action() == Action.CREATE) {
            id = "id" + ids.incrementAndGet();
            put(id, new TreeMap<>(Map.of("l0", "[]", "l1", "[]")));
        }
        Map<String, String> loaded = strikes(Bug.LOST_SESSION, true) ? null : load(id);
        if (loaded == null) {
            return new Reply(Outcome.ANSWERED, System.nanoTime(), false, null, "200");
        }
        Map<String, String> kept = node.copies.getOrDefault(id, loaded);
        Map<String, String> copy = strikes(Bug.STALE_COPY, !kept.equals(loaded)) ? new TreeMap<>(kept) : loaded;
        Set<String> changed = new HashSet<>();
        List<String> lines = new ArrayList<>();
        for (Step step : request.steps()) {
            lines.add(taken(step, copy, changed));
        }
        if (!node.alive || node.starts != start) {
            return Reply.without(Outcome.BROKEN, "broken");
        }
        thawed(node);
        if (strikes(Bug.UNNOTICED_CHANGE, !Collections.disjoint(changed, Plan.LISTS))) {
            changed.removeAll(Plan.LISTS);
        }
        if (strikes(Bug.FORGOTTEN_REMOVAL, !copy.keySet().containsAll(changed))) {
            changed.retainAll(copy.keySet());
        }
        long at = System.nanoTime();
        if (bug == Bug.EARLY_ANSWER) {
            firstByte.accept(null);
            Thread.sleep(2);
        }
        boolean dead = !node.alive || node.starts != start;
        if (!dead && !strikes(Bug.SKIPPED_SAVE, !changed.isEmpty())) {
            save(id, copy, bug == Bug.WHOLE_SESSION ? Set.copyOf(Plan.NAMES) : changed);
        }
        node.copies.put(id, copy);
        if (!dead) {
            firstByte.accept(ended(id, request));
        }
        return new Reply(
                dead && bug != Bug.EARLY_ANSWER ? Outcome.BROKEN : Outcome.ANSWERED,
                bug == Bug.EARLY_ANSWER ? at : System.nanoTime(),
                true,
                dead || request.shape() == Request.Shape.REDIRECT ? null : lines,
                "200");
    }

    /** Counting chances, not requests, makes each bug strike in each run, however the threads run. */
    private boolean strikes(Bug one, boolean chance) {
        return bug == one && chance && chances.incrementAndGet() % RARE == 0;
    }

    private String taken(Step step, Map<String, String> copy, Set<String> changed) throws InterruptedException {
        String name = step.name();
        switch (step.action()) {
            case GET -> {
                return copy.getOrDefault(name, "-");
            }
            case SET -> {
                copy.put(name, step.value());
                changed.add(name);
            }
            case REMOVE -> {
                copy.remove(name);
                changed.add(name);
            }
            case ADD -> {
                String list = copy.get(name);
                copy.put(
                        name,
                        list.substring(0, list.length() - 1) + (list.equals("[]") ? "" : ",") + step.value() + "]");
                changed.add(name);
            }
            case PAUSE -> pause(Duration.ofMillis(Long.parseLong(step.value())));
            case CREATE, RENAME, END -> {
                // See ended.
            }
        }
        return "";
    }

    /** The id that the client has from now on. */
    private synchronized String ended(String id, Request request) {
        Action action = request.steps().get(0).action();
        if (action == Action.END && bug != Bug.ENDLESS_SESSION) {
            store.remove(id);
        }
        if (action == Action.RENAME) {
            String next = "id" + ids.incrementAndGet();
            store.put(next, store.remove(id));
            return next;
        }
        return id;
    }

    private synchronized void put(String id, Map<String, String> attributes) {
        store.put(id, attributes);
    }

    private synchronized @Nullable Map<String, String> load(String id) {
        Map<String, String> found = store.get(id);
        return found == null ? null : new TreeMap<>(found);
    }

    private synchronized void save(String id, Map<String, String> copy, Set<String> changed) {
        Map<String, String> stored = store.get(id);
        for (String name : changed) {
            if (stored != null && copy.containsKey(name)) {
                stored.put(name, copy.get(name));
            } else if (stored != null) {
                stored.remove(name);
            }
        }
    }

    /** Returns once the node is not frozen. */
    private static void thawed(Node node) {
        node.running.readLock().lock();
        node.running.readLock().unlock();
    }

    @Override
    public int home(String id) {
        return Math.floorMod(id.hashCode(), 3);
    }

    @Override
    public void kill(int node) {
        nodes.get(node).alive = false;
    }

    @Override
    public void start(int node) {
        nodes.get(node).copies.clear();
        nodes.get(node).starts++;
        nodes.get(node).alive = true;
    }

    @Override
    public void freeze(int node) {
        nodes.get(node).running.writeLock().lock();
    }

    @Override
    public void thaw(int node) {
        nodes.get(node).running.writeLock().unlock();
    }

    @Override
    public void redeploy(int node) {
        nodes.get(node).copies.clear();
    }

    @Override
    public void awaitSafe() {
        if (!nodes.stream().allMatch(node -> node.alive)) {
            throw new IllegalStateException("Not all nodes were started again: " + Arrays.toString(nodes.toArray()));
        }
    }

    @Override
    public void pause(Duration time) throws InterruptedException {
        Thread.sleep(time.toMillis() / FASTER);
    }

    @Override
    public void close() {}
}
