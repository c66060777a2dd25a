/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** ST-1: who writes on one node and reads on another right after the response reads what it wrote. */
@ExtendWith(ThreeNodes.Shared.class)
class ST1StaleReadsIT {
    private static final int ROUNDS = 20_000;
    private static final int STICKY_ROUNDS = 3_000;
    private static final int CLIENTS = 4;

    /** How old a value is at most that {@code reads="near"} may show: docs/consistency.md. */
    private static final Duration NEAR_BOUND = Duration.ofSeconds(2);

    private static final Duration NEVER_FRESH = Duration.ofSeconds(20);

    /** How many first reads were stale, and how long after the answer to the write the last stale read was asked. */
    private record Reads(int stale, long oldestNanos) {
        Reads plus(Reads other) {
            return new Reads(stale + other.stale, Math.max(oldestNanos, other.oldestNanos));
        }
    }

    @Test
    void noReadIsStaleInRoamingMode(ThreeNodes three) {
        assertThat(rounds(three, ThreeNodes.ROAMING, ROUNDS)).isEqualTo(new Reads(0, 0));
    }

    @Test
    void noReadIsStaleAfterAChangeOfTheNodeInStickyMode(ThreeNodes three) {
        assertThat(rounds(three, ThreeNodes.STICKY, STICKY_ROUNDS)).isEqualTo(new Reads(0, 0));
    }

    @Test
    void nearReadsAreStaleForNoLongerThanStated(ThreeNodes three) {
        Reads reads = rounds(three, ThreeNodes.NEAR, ROUNDS);
        assertThat(Duration.ofNanos(reads.oldestNanos())).isLessThan(NEAR_BOUND);
    }

    private static Reads rounds(ThreeNodes three, String app, int rounds) {
        long begin = System.nanoTime();
        List<Reads> all = Clients.work(CLIENTS, (client, connections) -> {
            Random random = new Random(client);
            HttpUser user = new HttpUser();
            Reads reads = new Reads(0, 0);
            for (int i = 0; i < rounds / CLIENTS; i++) {
                int writer = random.nextInt(3);
                int reader = writer + 1 + random.nextInt(2);
                connections.does(user, three.turn(writer), app, "int:x=" + i);
                reads = reads.plus(read(connections, user, three, app, reader, "" + i));
            }
            return reads;
        });
        Reads sum = all.stream().reduce(new Reads(0, 0), Reads::plus);
        System.out.printf(
                "Stale reads of %s: %d in %d rounds, the oldest %d ms; %d s%n",
                app, sum.stale(), rounds, sum.oldestNanos() / 1_000_000, (System.nanoTime() - begin) / 1_000_000_000);
        return sum;
    }

    /** Reads until the value is there. */
    private static Reads read(
            KeptConnections connections, HttpUser user, ThreeNodes three, String app, int reader, String expected) {
        long acknowledged = System.nanoTime();
        long oldest = 0;
        while (oldest < NEVER_FRESH.toNanos()) {
            long asked = System.nanoTime();
            if (connections.asks(user, three.turn(reader), app, "get:x").equals(expected)) {
                break;
            }
            oldest = Math.max(1, asked - acknowledged);
        }
        return new Reads(oldest > 0 ? 1 : 0, oldest);
    }
}
