/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/** What breaks, one thing after the other: a node is killed only while all others have their backups. */
final class Faults {
    private static final int NODES = 3;

    enum Kind {
        KILL,
        FREEZE,
        REDEPLOY,
        OUTAGE
    }

    /**
     * One fault.
     *
     * @param after what passes before it, once the cluster is safe
     * @param lasting how long the node is down, or frozen, or what keeps the sessions is away
     * @param forgets whether that comes back empty
     */
    record Fault(Duration after, Kind kind, int node, Duration lasting, boolean forgets) {

        Fault(Duration after, Kind kind, int node, Duration lasting) {
            this(after, kind, node, lasting, false);
        }
    }

    /**
     * How many of a hundred faults are of a kind; the rest is redeployments.
     *
     * @param forgets whether every other outage ends with a store that is empty
     * @param sparesFirst whether the first node is never killed, so that it lives long enough to show what it does not let go
     */
    record Mix(int kills, int freezes, int outages, boolean forgets, boolean sparesFirst) {

        Mix(int kills, int freezes, boolean sparesFirst) {
            this(kills, freezes, 0, false, sparesFirst);
        }
    }

    private final SplittableRandom random;
    private final Mix mix;

    /** The same seed gives the same faults. */
    Faults(long seed) {
        this(seed, new Mix(45, 45, false));
    }

    Faults(long seed, Mix mix) {
        this.random = new SplittableRandom(seed);
        this.mix = mix;
    }

    Fault next() {
        Duration after = Duration.ofMillis(random.nextInt(500, 4_000));
        int node = random.nextInt(NODES);
        int kind = random.nextInt(100);
        if (kind < mix.kills()) {
            int victim = mix.sparesFirst() && node == 0 ? 1 + random.nextInt(NODES - 1) : node;
            return new Fault(after, Kind.KILL, victim, Duration.ofMillis(random.nextInt(2_000)));
        }
        if (kind < mix.kills() + mix.freezes()) {
            return new Fault(after, Kind.FREEZE, node, Duration.ofMillis(random.nextInt(100, 3_000)));
        }
        return kind < mix.kills() + mix.freezes() + mix.outages()
                ? new Fault(
                        after,
                        Kind.OUTAGE,
                        node,
                        Duration.ofMillis(random.nextInt(500, 5_000)),
                        mix.forgets() && random.nextBoolean())
                : new Fault(after, Kind.REDEPLOY, node, Duration.ZERO);
    }

    /** Does one after the other to the cluster until {@code over}; at the end all nodes are up, and the cluster safe. */
    void run(Cluster cluster, Tally tally, BooleanSupplier over) throws InterruptedException {
        while (!over.getAsBoolean()) {
            cluster.awaitSafe();
            Fault fault = next();
            cluster.pause(fault.after());
            if (over.getAsBoolean()) {
                break;
            }
            tally.count(fault.kind());
            switch (fault.kind()) {
                case KILL -> {
                    cluster.kill(fault.node());
                    cluster.pause(fault.lasting());
                    cluster.start(fault.node());
                }
                case FREEZE -> {
                    cluster.freeze(fault.node());
                    try {
                        cluster.pause(fault.lasting());
                    } finally {
                        cluster.thaw(fault.node());
                    }
                }
                case REDEPLOY -> cluster.redeploy(fault.node());
                case OUTAGE -> cluster.outage(fault.lasting(), fault.forgets());
            }
        }
        cluster.awaitSafe();
    }
}
