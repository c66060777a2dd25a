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

    /** What did not reach the cluster is sent again after that. */
    private static final Duration PAUSE = Duration.ofMillis(250);

    /** Longer than any member may be silent. What still does not get through, the background run tries again. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<ClusterNode.Return> returns = new CopyOnWriteArrayList<>();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Duration grace;
    private final Duration patience;
    private volatile boolean alone;

    /**
     * Not alone.
     *
     * @param grace how long a node waits for others to tell a cluster that has forgotten everything what has ended, before it
     *     brings back what has not
     */
    Solitude(Duration grace) {
        this(grace, PATIENCE);
    }

    /**
     * As {@link #Solitude(Duration)}.
     *
     * @param patience how long what has changed may take to reach the cluster, before others take it that nothing more comes
     */
    Solitude(Duration grace, Duration patience) {
        this.grace = grace;
        this.patience = patience;
    }

    boolean isAlone() {
        return alone;
    }

    /** Whether it is alone, or was and the cluster may still lack something that it did. */
    boolean isApart() {
        return alone || ending.get();
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
            join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) { // the cluster is away again, or a listener failed: the next contact begins anew
            alone = true;
            log.log(Level.DEBUG, "The cluster was not told what has ended while it was away", e);
        } finally {
            ending.set(false);
        }
    }

    private void join() throws InterruptedException {
        long began = System.nanoTime();
        while (!alone && !areBack() && System.nanoTime() - began < patience.toNanos()) {
            if (closing.await(PAUSE.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        }
    }

    private boolean areBack() {
        boolean all = true;
        for (ClusterNode.Return work : returns) {
            all &= isBack(work);
        }
        return all;
    }

    private static boolean isBack(ClusterNode.Return work) {
        try {
            return work.back();
        } catch (RuntimeException e) { // of any kind: the others go on, and the background run comes to it again
            log.log(Level.WARNING, "What has changed while the cluster was away is not all there yet", e);
            return true;
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
