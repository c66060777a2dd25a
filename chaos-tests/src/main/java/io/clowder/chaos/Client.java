/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.chaos.Operation.Access;
import io.clowder.chaos.Reply.Outcome;
import io.clowder.chaos.Step.Action;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A browser: takes one session after the other from its beginning to its end, as the {@link Plan} says. */
final class Client {
    private static final int NODES = 3;

    private final Cluster cluster;
    private final Mode mode;
    private final long seed;
    private final int number;
    private final History history;
    private final Tally tally;
    private final ExecutorService threads;

    private String session = "";
    private volatile @Nullable String id;
    private volatile boolean lost;
    private volatile boolean ended;

    /**
     * A client that has no session yet.
     *
     * @param number tells it from others, from 0
     */
    Client(Cluster cluster, Mode mode, long seed, int number, History history, Tally tally, ExecutorService threads) {
        this.cluster = cluster;
        this.mode = mode;
        this.seed = seed;
        this.number = number;
        this.history = history;
        this.tally = tally;
        this.threads = threads;
    }

    /** Goes through {@code lives} sessions, or until {@code over}; the last one may be left in its middle. */
    void run(int lives, BooleanSupplier over) throws InterruptedException {
        for (int life = 0; life < lives && !over.getAsBoolean(); life++) {
            session = mode + "-" + number + "-" + life;
            id = null;
            lost = false;
            ended = false;
            live(Plan.life(seed, number, life), over);
        }
    }

    /** Reads everything of the session that was left, from each node; all of them must be up. */
    void look() throws InterruptedException {
        for (int node = 0; node < NODES && id != null && !lost; node++) {
            send(Plan.look(node), () -> {});
        }
    }

    private void live(List<Round> rounds, BooleanSupplier over) throws InterruptedException {
        List<Future<?>> running = new ArrayList<>();
        for (Round round : rounds) {
            if (over.getAsBoolean()) {
                break;
            }
            if (round.changesLife()) {
                // Nobody else may be using the id.
                join(running);
            }
            List<CompletableFuture<Void>> firstBytes = new ArrayList<>();
            for (Request request : round.requests()) {
                CompletableFuture<Void> firstByte = new CompletableFuture<>();
                firstBytes.add(firstByte);
                running.add(threads.submit(() -> {
                    try {
                        send(request, () -> firstByte.complete(null));
                    } finally {
                        firstByte.complete(null);
                    }
                    return null;
                }));
            }
            if (round.changesLife()) {
                join(running);
            } else if (!round.detached()) {
                // As a browser, which asks for what a page needs while the page still arrives.
                join(firstBytes);
            }
            if (lost) {
                break;
            }
        }
        join(running);
    }

    private static void join(List<? extends Future<?>> sent) throws InterruptedException {
        for (Future<?> one : sent) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("A request failed for a reason of the client's", e.getCause());
            }
        }
        sent.clear();
    }

    /** As a balancer would: to the next node, if the connection was refused. */
    private void send(Request request, Runnable firstByte) throws InterruptedException {
        String presented = id;
        int home = presented == null || mode != Mode.STICKY ? -1 : cluster.home(presented);
        int first = home < 0 ? request.node() : home;
        for (int i = 0; i < NODES; i++) {
            int node = (first + i) % NODES;
            long begin = System.nanoTime();
            Reply reply = cluster.ask(node, mode, presented, request, next -> {
                if (next != null) {
                    id = next;
                }
                firstByte.run();
            });
            if (reply.outcome() != Outcome.REFUSED) {
                received(request, node, begin, reply);
                return;
            }
        }
        if (presented == null) {
            lost = true;
        }
    }

    private void received(Request request, int node, long begin, Reply reply) {
        tally.count(reply);
        boolean answered = reply.outcome() == Outcome.ANSWERED;
        boolean creates = does(request, Action.CREATE);
        if (!answered && (creates || does(request, Action.RENAME) || does(request, Action.END))) {
            // The client cannot know under which id the session is, or whether it is.
            lost = true;
        }
        if (answered && !reply.found() && !creates && !ended) {
            lost = true;
        }
        if (does(request, Action.END)) {
            ended = true;
        }
        String where = "node " + (char) ('a' + node) + ", " + request.shape() + ", " + reply.detail();
        history.add(
                session,
                where,
                begin,
                answered ? reply.at() : Operation.NEVER,
                reply.found() || creates,
                accesses(request, reply, answered));
    }

    private static boolean does(Request request, Action action) {
        return request.steps().stream().anyMatch(step -> step.action() == action);
    }

    private static List<Access> accesses(Request request, Reply reply, boolean answered) {
        List<Access> accesses = new ArrayList<>();
        if (answered && !reply.found()) {
            return accesses;
        }
        for (int i = 0; i < request.steps().size(); i++) {
            Step step = request.steps().get(i);
            switch (step.action()) {
                case SET -> accesses.add(Access.write(step.name(), step.value()));
                case REMOVE -> accesses.add(Access.remove(step.name()));
                case ADD -> accesses.add(Access.append(step.name(), step.value()));
                case END -> accesses.add(Access.end());
                case GET -> {
                    if (answered && reply.lines() != null) {
                        accesses.add(read(step.name(), reply.lines().get(i)));
                    }
                }
                case PAUSE, CREATE, RENAME, LOGIN, IDLE -> {
                    // Nothing that an attribute tells.
                }
            }
        }
        return accesses;
    }

    /** {@code -} for an attribute that is not there, {@code [a,b]} for a list, else the value. */
    private static Access read(String name, String line) {
        if (Plan.LISTS.contains(name)) {
            if (!line.startsWith("[")) {
                return new Access(Access.Kind.READ_NO_LIST, name, List.of());
            }
            String inside = line.substring(1, line.length() - 1);
            return Access.list(name, inside.isEmpty() ? new String[0] : inside.split(","));
        }
        return line.equals("-") ? Access.read(name) : Access.read(name, line);
    }
}
