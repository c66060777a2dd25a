/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The clients of one contender in one scenario. One thread drives them all, over connections that are kept alive. */
final class Load implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LONGEST = Duration.ofMinutes(30);
    private static final long TICK_MILLIS = 100;

    private final Selector selector;
    private final List<Client> clients = new ArrayList<>();

    /**
     * Clients that have not asked anything yet.
     *
     * @param ports of the nodes
     * @param sessions of all clients together, at least one for each
     * @param homes how many of the nodes get the first requests of sessions, from the first node on
     */
    Load(List<Integer> ports, String app, boolean roaming, boolean big, int clients, int sessions, int homes)
            throws IOException {
        selector = Selector.open();
        for (int i = 0; i < clients; i++) {
            this.clients.add(new Client(selector, ports, app, roaming));
        }
        for (int i = 0; i < Math.max(sessions, clients); i++) {
            // Of 16 clients and 2 nodes, 8 begin at each; of many sessions of one client, half do.
            int home = (i + i / clients) % homes;
            this.clients.get(i % clients).add(new Kept(big, home));
        }
    }

    /** Each client makes its sessions. */
    Tally make() throws IOException {
        return run(Script.MAKE, LONGEST, clients.get(0).size());
    }

    /** Asks for that long, and for no more requests of each client than that. */
    Tally run(Script script, Duration time, long most) throws IOException {
        Tally tally = new Tally();
        long end = System.nanoTime() + time.toNanos();
        int waiting = 0;
        for (Client client : clients) {
            client.follow(script, most);
            client.ask();
            waiting++;
        }
        long lastAnswer = System.nanoTime();
        while (waiting > 0) {
            selector.select(TICK_MILLIS);
            long now = System.nanoTime();
            for (SelectionKey key : selector.selectedKeys()) {
                Client client = (Client) key.attachment();
                if (client.read((SocketChannel) key.channel(), tally)) {
                    lastAnswer = now;
                    if (now < end && client.hasMore()) {
                        client.ask();
                    } else {
                        waiting--;
                    }
                }
            }
            selector.selectedKeys().clear();
            if (now - lastAnswer > PATIENCE.toNanos()) {
                waiting = giveUp(tally);
            }
        }
        return tally;
    }

    private int giveUp(Tally tally) throws IOException {
        for (Client client : clients) {
            if (client.isWaiting()) {
                client.giveUp(tally);
            }
        }
        return 0;
    }

    @Override
    public void close() throws IOException {
        for (Client client : clients) {
            client.close();
        }
        selector.close();
    }
}
