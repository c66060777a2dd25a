/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows when this node was last in touch with the cluster, so that a process that was frozen, or cut off, notices it
 * before it serves from a copy that others have meanwhile changed.
 */
/* A beat asks the other members; one answer is enough. The contact is dated from before the question: an answer that
 * came in while the process stood still would otherwise look fresh when it wakes up. Between two beats a request
 * compares the clock with lastContact() itself; the doubts only make sure that a contact after a gap does not hide the
 * gap. They therefore run before lastContact() moves, and if one fails it does not move. */
final class Pulse implements AutoCloseable {

    private static final Logger log = System.getLogger(Pulse.class.getName());

    private final BooleanSupplier contact;
    private final LongSupplier nanoTime;
    private final Duration interval;
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private @Nullable Thread thread;
    private volatile long lastContact;

    /**
     * A pulse that has just been in contact.
     *
     * @param contact asks the other members, for no longer than about the interval: whether one of them answered, or
     *     there is none
     * @param nanoTime a clock that goes on while the process is frozen, as {@link System#nanoTime()}
     * @param interval time between two beats, positive
     */
    Pulse(BooleanSupplier contact, LongSupplier nanoTime, Duration interval) {
        this.contact = contact;
        this.nanoTime = nanoTime;
        this.interval = interval;
        this.lastContact = nanoTime.getAsLong();
    }

    /** Starts to beat, on one daemon thread with the given context class loader. */
    void start(ClassLoader loader) {
        Thread beating = new Thread(this::run, "clowder-pulse");
        beating.setDaemon(true);
        beating.setContextClassLoader(loader);
        thread = beating;
        beating.start();
    }

    /** When this node last had a sign of life from the cluster, in the time of the clock given. */
    long lastContact() {
        return lastContact;
    }

    /** Has the doubt raised each time that contact comes back after more than the threshold; until closed. */
    Watch onGap(Duration threshold, Runnable doubt) {
        Watch watch = new Watch(threshold.toNanos(), doubt);
        watches.add(watch);
        return watch;
    }

    void beat() {
        long asked = nanoTime.getAsLong();
        boolean answered;
        try {
            answered = contact.getAsBoolean();
        } catch (RuntimeException e) { // of any kind it is no sign of life, and must not end the thread
            log.log(Level.DEBUG, "No contact with the cluster", e);
            return;
        }
        if (answered && doubtsRaised(asked - lastContact)) {
            lastContact = asked;
        }
    }

    /** Raises all doubts now, whatever the clock says; one that fails is raised again at the next contact. */
    void doubtAll() {
        watches.forEach(Watch::raise);
    }

    /** Ends the beats; does not wait for one that is on its way. */
    @Override
    public void close() {
        closing.countDown();
        if (thread != null) {
            thread.interrupt();
        }
    }

    private boolean doubtsRaised(long silence) {
        boolean all = true;
        for (Watch watch : watches) {
            if (silence > watch.threshold || watch.owed) {
                all &= watch.raise();
            }
        }
        return all;
    }

    private void run() {
        try {
            while (!closing.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
                beat();
            }
        } catch (InterruptedException e) {
            // Only close() interrupts; the thread ends here.
        }
    }

    /** One listener to gaps; closing it ends the listening. */
    final class Watch implements AutoCloseable {

        private final long threshold;
        private final Runnable doubt;
        private volatile boolean owed;

        private Watch(long threshold, Runnable doubt) {
            this.threshold = threshold;
            this.doubt = doubt;
        }

        private boolean raise() {
            try {
                owed = false;
                doubt.run();
                return true;
            } catch (RuntimeException e) { // the listener's own: it is called again, and the others are still told
                owed = true;
                log.log(Level.ERROR, "Copies of sessions could not be marked as doubtful; trying again", e);
                return false;
            }
        }

        @Override
        public void close() {
            watches.remove(this);
        }
    }
}
