/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Clients that work at the same time, each on a thread and with connections of its own. */
final class Clients {

    private Clients() {}

    /** What one of them does. */
    interface Work<T> {
        T with(int client, KeptConnections connections) throws Exception;
    }

    /** Starts them all, waits for all, and gives their results in order; what one throws is thrown. */
    static <T> List<T> work(int clients, Work<T> work) {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            List<Future<T>> started = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                int client = i;
                started.add(threads.submit(() -> {
                    try (KeptConnections connections = new KeptConnections()) {
                        return work.with(client, connections);
                    }
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> one : started) {
                results.add(one.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw new AssertionError(String.valueOf(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } finally {
            threads.shutdownNow();
        }
    }
}
