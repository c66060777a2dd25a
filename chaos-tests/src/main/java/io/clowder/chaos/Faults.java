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
        REDEPLOY
    }

    /**
     * One fault.
     *
     * @param after what passes before it, once the cluster is safe
     * @param lasting how long the node is down, or frozen
     */
    record Fault(Duration after, Kind kind, int node, Duration lasting) {}

    private final SplittableRandom random;

    /** The same seed gives the same faults. */
    Faults(long seed) {
        random = new SplittableRandom(seed);
    }

    Fault next() {
        Duration after = Duration.ofMillis(random.nextInt(500, 4_000));
        int node = random.nextInt(NODES);
        int kind = random.nextInt(100);
        if (kind < 45) {
            return new Fault(after, Kind.KILL, node, Duration.ofMillis(random.nextInt(2_000)));
        }
        return kind < 90
                ? new Fault(after, Kind.FREEZE, node, Duration.ofMillis(random.nextInt(100, 3_000)))
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
            }
        }
        cluster.awaitSafe();
    }
}
