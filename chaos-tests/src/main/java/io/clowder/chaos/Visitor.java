/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.chaos.Reply.Outcome;
import io.clowder.chaos.Request.Shape;
import io.clowder.chaos.Step.Action;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A user of a soak: takes one short-lived session after the other, and logs out of it, or just goes away. */
final class Visitor {
    private static final int NODES = 3;
    private static final List<Mode> MODES = List.of(Mode.values());

    /** No session may be idle for longer, in seconds. */
    static final int LONGEST_IDLE = 8;

    private final Cluster cluster;
    private final Tally tally;
    private final SplittableRandom random;
    private final Count count;
    private @Nullable String id;

    /** What all visitors did. */
    record Count(AtomicInteger created, AtomicInteger logins, AtomicInteger logouts) {
        Count() {
            this(new AtomicInteger(), new AtomicInteger(), new AtomicInteger());
        }

        @Override
        public String toString() {
            return created + " sessions, " + logins + " logins, " + logouts + " logouts";
        }
    }

    /** The same seed and number give the same requests, as far as they are answered. */
    Visitor(Cluster cluster, long seed, int number, Tally tally, Count count) {
        this.cluster = cluster;
        this.tally = tally;
        this.count = count;
        this.random = new SplittableRandom(seed * 31 + number);
    }

    /** One session after the other until {@code over}. */
    void run(BooleanSupplier over) throws InterruptedException {
        while (!over.getAsBoolean()) {
            visit();
        }
    }

    /** One session, from its creation until somebody logs out, an answer is missing, or it is left to expire. */
    private void visit() throws InterruptedException {
        Mode mode = MODES.get(random.nextInt(MODES.size()));
        id = null;
        Step idle = Step.idle(random.nextInt(2, LONGEST_IDLE + 1));
        if (!ask(mode, Step.of(Action.CREATE), idle, Step.set("r0", value()))) {
            return;
        }
        count.created().incrementAndGet();
        if (random.nextBoolean() && ask(mode, Step.of(Action.LOGIN), Step.get("r0"))) {
            count.logins().incrementAndGet();
        }
        for (int uses = random.nextInt(6); uses > 0; uses--) {
            if (!ask(mode, use(), use())) {
                return;
            }
        }
        if (random.nextBoolean() && ask(mode, Step.of(Action.END))) {
            count.logouts().incrementAndGet();
        }
    }

    private Step use() {
        return switch (random.nextInt(6)) {
            case 0, 1 -> Step.get("r" + random.nextInt(3));
            case 2 -> Step.set("r" + random.nextInt(3), value());
            case 3 -> Step.add("l0", value());
            case 4 -> random.nextInt(4) == 0 ? Step.of(Action.RENAME) : Step.get("l0");
            default -> Step.remove("r1");
        };
    }

    private String value() {
        return Integer.toString(random.nextInt(1_000_000));
    }

    /** Whether it was answered. A sticky balancer follows the route, as long as its node takes connections. */
    private boolean ask(Mode mode, Step... steps) throws InterruptedException {
        cluster.pause(Duration.ofMillis(random.nextInt(20, 160)));
        String presented = id;
        int home = presented == null || mode != Mode.STICKY ? -1 : cluster.home(presented);
        int first = home < 0 ? random.nextInt(NODES) : home;
        for (int i = 0; i < NODES; i++) {
            int node = (first + i) % NODES;
            Reply reply = cluster.ask(node, mode, presented, new Request(List.of(steps), Shape.PLAIN, node), next -> {
                if (next != null) {
                    id = next;
                }
            });
            if (reply.outcome() != Outcome.REFUSED) {
                tally.count(reply);
                return reply.outcome() == Outcome.ANSWERED;
            }
        }
        return false;
    }
}
