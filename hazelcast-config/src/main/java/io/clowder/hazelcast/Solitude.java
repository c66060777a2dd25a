/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Whether this node goes on alone: from the moment that it cannot use the cluster until it can, and the cluster has been told of
 * the sessions that have ended here meanwhile. Thread-safe.
 */
final class Solitude implements AutoCloseable {

    private static final Logger log = System.getLogger(Solitude.class.getName());

    private final List<ClusterNode.Return> returns = new CopyOnWriteArrayList<>();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Duration grace;
    private volatile boolean alone;

    /**
     * Not alone.
     *
     * @param grace how long a node waits for others to tell a cluster that has forgotten everything what has ended, before it
     *     brings back what has not
     */
    Solitude(Duration grace) {
        this.grace = grace;
    }

    boolean isAlone() {
        return alone;
    }

    /** The cluster cannot be used. */
    void begin() {
        alone = true;
    }

    /** Has this done at each return, until closed. */
    ClusterMember.Watch onReturn(ClusterNode.Return work) {
        returns.add(work);
        return () -> returns.remove(work);
    }

    /**
     * The cluster can be used again: begins what there is to do before this node uses it, on a thread of its own. If that fails
     * or is under way, another call begins it again, or does nothing.
     *
     * @param forgotten asks whether the cluster has lost everything
     */
    void end(BooleanSupplier forgotten) {
        if (alone && ending.compareAndSet(false, true)) {
            Thread thread = new Thread(() -> comeBack(forgotten), "clowder-return");
            thread.setDaemon(true);
            thread.setContextClassLoader(OurLoader.LOADER);
            thread.start();
        }
    }

    private void comeBack(BooleanSupplier forgotten) {
        try {
            boolean all = forgotten.getAsBoolean();
            replay(all);
            if (all && closing.await(grace.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
            replay(false); // what has ended meanwhile
            alone = false;
            replay(false); // what was just ending
            returns.forEach(ClusterNode.Return::back);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) { // the cluster is away again, or a listener failed: the next contact begins anew
            alone = true;
            log.log(Level.DEBUG, "The cluster was not told what has ended while it was away", e);
        } finally {
            ending.set(false);
        }
    }

    private void replay(boolean forgotten) {
        returns.forEach(work -> work.replay(forgotten));
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
