/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import io.clowder.store.Deadline;
import io.clowder.store.StoreUnavailableException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lets only so many requests wait while a member is silent, so that its pause does not take all threads of this Tomcat: a
 * bulkhead (Nygard, Release It!). The rest is refused. All methods may be called from any thread.
 */
/* Some may wait because most pauses are short, and who waits then gets an answer; once one has waited in vain, nobody does. All
 * waits count together, whoever is called: when the silent member has the backup, the one that is called cannot help it, and
 * Hazelcast does not say who has it. While no member is silent (Contact says that), any number may wait: for partitions that
 * move, and for the successor of a member that died. */
final class Bulkhead {

    /** Who waits for longer counts; who would call a silent member counts from the beginning. */
    static final Duration PATIENCE = Duration.ofMillis(500);

    /** A quarter of the threads that a connector of Tomcat has by default. */
    static final int WAITING = 50;

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final LongSupplier nanoTime;
    private final Logger log;
    private final LongAdder refused = new LongAdder();
    private volatile Set<Member> silent = Set.of();
    private volatile boolean alone;
    private int waiting;
    private boolean inVain;
    private boolean refuses;

    /** Nobody waits, and no member is silent. On a clock that counts as {@link System#nanoTime()}. */
    Bulkhead(LongSupplier nanoTime, Logger log) {
        this.nanoTime = nanoTime;
        this.log = log;
    }

    /** How many calls were refused. */
    long refused() {
        return refused.sum();
    }

    /** Whether the member that would be called is silent; it is asked for only if any is. */
    boolean isSilent(Supplier<@Nullable Member> called) {
        if (silent.isEmpty()) {
            return false;
        }
        Member member = called.get();
        return member != null && silent.contains(member);
    }

    /** These members are silent now, and no others. */
    synchronized void silent(Collection<Member> members) {
        silent = Set.copyOf(members);
        if (silent.isEmpty()) {
            inVain = false;
            if (refuses) {
                refuses = false;
                log.log(Level.INFO, "All members answer, or have left; nothing is refused any more");
            }
        }
    }

    /** Whether this node goes on alone from now on: who has been waiting then waits no longer. */
    void alone(boolean now) {
        alone = now;
    }

    /**
     * A request is about to make a call, or several in place of one.
     *
     * @param called the member that will be called, asked only when that matters; null while it is not known
     */
    Wait waiting(Supplier<@Nullable Member> called, Deadline deadline) {
        return new Wait(called, deadline);
    }

    private synchronized void enter() {
        if (waiting < (inVain ? 0 : WAITING)) {
            waiting++;
            return;
        }
        refused.increment();
        String who = silent.stream().map(ClusterMember::address).collect(Collectors.joining(", "));
        if (!refuses) {
            refuses = true;
            log.log(
                    Level.WARNING,
                    "No answer from {0}; {1} requests wait for it. Others that need it get a 503 at once, or after 0.5 s",
                    who,
                    waiting);
        }
        throw new StoreUnavailableException("no answer from " + who + ", and too many requests wait for it");
    }

    private synchronized void leave(boolean vainly) {
        waiting--;
        inVain |= vainly && !silent.isEmpty();
    }

    /** The time in which a request waits for answers. Of one thread, which closes it. */
    final class Wait implements AutoCloseable {

        private final Supplier<@Nullable Member> called;
        private final Deadline deadline;
        private final long began = nanoTime.getAsLong();
        /** A return makes its calls while this node is still alone. */
        private final boolean begunAlone = alone;

        private boolean counted;

        private Wait(Supplier<@Nullable Member> called, Deadline deadline) {
            this.called = called;
            this.deadline = deadline;
        }

        /**
         * Makes the call and returns its answer, or cancels it.
         *
         * @throws StoreUnavailableException if there is no room to wait
         * @throws TimeoutException at the deadline
         */
        <T> T on(Supplier<Future<T>> call) throws InterruptedException, ExecutionException, TimeoutException {
            look();
            Future<T> answer = call.get();
            try {
                long left = deadline.remaining().toNanos();
                try {
                    return answer.get(Math.min(LOOK_NANOS, left), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    if (left <= LOOK_NANOS) {
                        throw e;
                    }
                }
                awaitSlow(answer);
                return answer.get();
            } finally {
                Calls.giveUp(answer);
            }
        }

        /** Each wait in vain for an answer of Hazelcast's costs the text of an exception: more than to look again and again. */
        private void awaitSlow(Future<?> answer) throws InterruptedException, TimeoutException {
            while (!answer.isDone()) {
                look();
                if (deadline.isOver()) {
                    throw new TimeoutException("no answer in time");
                }
                Calls.pause(deadline);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        }

        /**
         * Whether this wait counts is looked at again.
         *
         * @throws StoreUnavailableException if there is no room to wait, or nothing to wait for
         */
        void look() {
            if (alone && !begunAlone) {
                throw new StoreUnavailableException("the cluster is away, and this node goes on alone");
            }
            if (!counted && !silent.isEmpty() && (isLong() || isSilent(called))) {
                enter();
                counted = true;
            }
        }

        private boolean isLong() {
            return nanoTime.getAsLong() - began > PATIENCE.toNanos();
        }

        @Override
        public void close() {
            if (counted) {
                leave(deadline.isOver());
            }
        }
    }
}
