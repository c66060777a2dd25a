/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.clowder.store.LiveCopies;
import io.clowder.store.NodeId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * That this client serves unasked what it holds: as long as it renews a value that all nodes see, and for no longer than {@link
 * #LIMIT} after it did. {@link Tenures} is how others see it. Thread-safe.
 */
/* The value is a number that this node counts up and that only it makes positive, by compare and set. Who has seen the same number
 * for longer than the limit sets OVER in its place, also by compare and set: from then on no renewal succeeds that was on its way,
 * and what this node holds by an earlier one it has stopped to serve, as each counts from before it was sent. After that, or after
 * a gap, all copies are doubted when the value is set, and before that counts: others may have taken over what they are of. */
final class Tenure implements AutoCloseable {

    /** The map of the values, by node. */
    static final String MAP = "clowder-holders";

    /** So long after a renewal was begun a copy may be served unasked. */
    static final Duration LIMIT = Duration.ofSeconds(2);

    /** In place of a number: its node serves nothing unasked. */
    static final long OVER = -1;

    /** In place of a number: it was missed by another node. */
    static final long MISSED = 0;

    /** How long what a node leaves behind is kept: longer than sessions are, that it may have held. */
    static final Duration KEPT = Duration.ofDays(1);

    private static final Duration INTERVAL = Duration.ofMillis(500);

    private static final Logger log = System.getLogger(Tenure.class.getName());

    private final HazelcastInstance client;
    private final String self;
    private final OwnThreads threads;
    private final BooleanSupplier quiet;
    private final LongSupplier nanoTime;
    private final List<LiveCopies> copies = new CopyOnWriteArrayList<>();
    private volatile boolean closed;
    private final AtomicLong joined = new AtomicLong();
    private volatile long provenAt;

    /** For so many members that joined, what they brought is known to this node, or doubted. */
    private volatile long settledFor = -1;

    /** Of the pulse alone. */
    private long begunAt;

    private Future<?> renewal = CompletableFuture.completedFuture(true);

    /** Of one renewal at a time: what stands there as far as this node knows, null for nothing. */
    private @Nullable Long known;

    private volatile long number;
    private boolean owed;

    /**
     * None yet: nothing is served unasked.
     *
     * @param quiet whether no two parts of a cluster are becoming one, asked after a member has joined
     * @param nanoTime a clock that counts as {@link System#nanoTime()}
     */
    Tenure(HazelcastInstance client, NodeId self, OwnThreads threads, BooleanSupplier quiet, LongSupplier nanoTime) {
        this.client = client;
        this.self = self.uuid().toString();
        this.threads = threads;
        this.quiet = quiet;
        this.nanoTime = nanoTime;
        long now = nanoTime.getAsLong();
        this.provenAt = now - LIMIT.toNanos();
        this.begunAt = now - INTERVAL.toNanos();
    }

    /** From now on these copies are doubted when others may have taken them over unnoticed; until closed. */
    ClusterMember.Watch doubting(LiveCopies live) {
        copies.add(live);
        return () -> copies.remove(live);
    }

    /** Whether a copy that nobody has released may be served unasked at that time, in that of the clock. */
    boolean isProven(long now) {
        return settledFor == joined.get() && now - provenAt < LIMIT.toNanos();
    }

    /** A member has joined: it may bring changes that this node has not heard of. */
    void memberJoined() {
        joined.incrementAndGet();
    }

    /** A message may have been lost. */
    void doubt() {
        copies.forEach(LiveCopies::doubtAll);
    }

    /** Renews it, if it is time to and any application needs it; does not wait. */
    void renew() {
        long now = nanoTime.getAsLong();
        if (copies.isEmpty() || !renewal.isDone() || now - begunAt < INTERVAL.toNanos()) {
            return;
        }
        begunAt = now;
        try {
            renewal = threads.begin(() -> {
                renewNow();
                return true;
            });
        } catch (RejectedExecutionException e) { // all threads wait for members
            log.log(Level.DEBUG, "No thread is free to renew what this node holds", e);
        }
    }

    /** Throws when the outcome is not known. */
    void renewNow() {
        long asked = nanoTime.getAsLong();
        if (!set(known)) {
            Long found = map().get(self); // another node has missed this one, or an earlier attempt succeeded
            asked = nanoTime.getAsLong();
            if (!set(found)) {
                return; // somebody is faster each time: the next turn
            }
        }
        owed |= asked - provenAt >= LIMIT.toNanos();
        long members = joined.get();
        if (settledFor != members) {
            if (!quiet.getAsBoolean()) {
                return;
            }
            owed = true;
        }
        if (owed) {
            doubt(); // if that throws it is owed still
            owed = false;
        }
        provenAt = asked;
        settledFor = members;
    }

    /** Made when it is needed: where nobody holds anything there is none. */
    private IMap<String, Long> map() {
        return client.getMap(MAP);
    }

    private boolean set(@Nullable Long before) {
        if (closed) {
            return false;
        }
        owed |= before == null || before <= MISSED; // also when the answer is lost
        long next = number + 1;
        number = next;
        boolean done = before == null ? map().putIfAbsent(self, next) == null : map().replace(self, before, next);
        if (done) {
            known = next;
        }
        return done;
    }

    /** It is over: others need not wait for that. */
    @Override
    public void close() {
        closed = true;
        if (number > 0) {
            map().set(self, OVER);
        }
    }
}
