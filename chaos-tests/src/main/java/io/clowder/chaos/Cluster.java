/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Three nodes, counted from 0, that serve the same sessions. */
interface Cluster extends AutoCloseable {

    /**
     * Asks a node, and waits for the whole answer.
     *
     * @param id the session id that the client presents, if it has one
     * @param firstByte called when the first byte of an answer is there, other than a 503 or an error, with the session
     *     id that the client shall present from now on; null for the one it has
     */
    Reply ask(int node, Mode mode, @Nullable String id, Request request, Consumer<@Nullable String> firstByte)
            throws InterruptedException;

    /** The node whose route the session id ends with; -1 if it has none. */
    int home(String id);

    /** Ends the node's process without a chance to tidy up. */
    void kill(int node);

    /** Starts a node that was killed, and waits until it serves. */
    void start(int node) throws InterruptedException;

    /** Stops all threads of the node, its connections stay open. */
    void freeze(int node);

    void thaw(int node);

    /** Stops the applications of a node and starts them again. */
    void redeploy(int node) throws InterruptedException;

    /**
     * What keeps the sessions is away for that long, and the nodes go on alone; returns when all of it is put together again.
     *
     * @param forgets whether it comes back empty
     * @throws UnsupportedOperationException where the nodes keep the sessions themselves
     */
    default void outage(Duration time, boolean forgets) throws InterruptedException {
        throw new UnsupportedOperationException("The nodes keep the sessions themselves");
    }

    /** Waits until all nodes are one cluster in which all backups are complete. */
    void awaitSafe() throws InterruptedException;

    /** Lets time of the plan pass. */
    void pause(Duration time) throws InterruptedException;

    @Override
    void close();
}
