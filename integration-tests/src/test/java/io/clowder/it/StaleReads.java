/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import io.clowder.farm.TomcatNode;
import java.util.List;
import java.util.Random;

/**
 * What clients saw that wrote on one node and read on another right after the response, again and again.
 *
 * @param stale how many of the first reads did not see the write
 * @param oldestNanos how long after the answer to the write the last read was asked that did not see it; 0 without one
 */
record StaleReads(int stale, long oldestNanos) {
    static final StaleReads NONE = new StaleReads(0, 0);

    private static final int CLIENTS = 4;
    private static final long NEVER_FRESH_NANOS = 60_000_000_000L;

    /** So many rounds of several clients, each with so many sessions in turn, on nodes drawn at random. */
    static StaleReads in(List<TomcatNode> nodes, String app, int rounds, int sessions) {
        long begin = System.nanoTime();
        StaleReads sum = Clients.work(CLIENTS, (client, connections) -> {
                    Random random = new Random(client);
                    HttpUser[] users = new HttpUser[sessions];
                    StaleReads reads = NONE;
                    for (int i = 0; i < rounds / CLIENTS; i++) {
                        int writer = random.nextInt(nodes.size());
                        int reader = (writer + 1 + random.nextInt(nodes.size() - 1)) % nodes.size();
                        HttpUser user = users[i % sessions];
                        if (user == null) {
                            user = new HttpUser();
                            users[i % sessions] = user;
                        }
                        connections.does(user, nodes.get(writer), app, "int:x=" + i);
                        reads = reads.plus(read(connections, user, nodes.get(reader), app, "" + i));
                    }
                    return reads;
                })
                .stream()
                .reduce(NONE, StaleReads::plus);
        System.out.printf(
                "Stale reads of %s: %d in %d rounds, the oldest %.1f ms; %d s%n",
                app, sum.stale, rounds, sum.oldestNanos / 1e6, (System.nanoTime() - begin) / 1_000_000_000);
        return sum;
    }

    private StaleReads plus(StaleReads other) {
        return new StaleReads(stale + other.stale, Math.max(oldestNanos, other.oldestNanos));
    }

    /** Reads until the value is there. */
    private static StaleReads read(
            KeptConnections connections, HttpUser user, TomcatNode node, String app, String expected) {
        long acknowledged = System.nanoTime();
        long oldest = 0;
        while (oldest < NEVER_FRESH_NANOS) {
            long asked = System.nanoTime();
            if (connections.asks(user, node, app, "get:x").equals(expected)) {
                break;
            }
            oldest = Math.max(1, asked - acknowledged);
        }
        return new StaleReads(oldest > 0 ? 1 : 0, oldest);
    }
}
