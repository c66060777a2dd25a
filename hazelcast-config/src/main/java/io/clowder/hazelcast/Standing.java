/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Whether this node's view of the cluster counts. It does not when the process stood still for so long that the others may
 * have gone on without it; and while two clusters become one, what a node holds may be behind what comes from the other, and
 * what the larger one has behind what this node's side has done.
 */
/* Concurrency: the pulse's thread alone beats. Requests compare the clock themselves, so that one which wakes up first
 * does not get ahead of it. A node that left the cluster and is in it again under its old node id was on the other side of a
 * split, for a node id is drawn at each start: every node sees by that alone that a merge is under way, and asks that node
 * when it is through, and when the cluster has what it did while it was alone. Two questions: nodes that were alone
 * together wait for each other's merge, but not for each other's joining. */
final class Standing {

    private static final Logger log = System.getLogger(Standing.class.getName());

    private final LongSupplier nanoTime;
    private final long limitNanos;
    private final long aloneNanos;
    private final Set<UUID> known = new HashSet<>();
    private Map<UUID, UUID> present = Map.of();
    private final Set<UUID> returning = ConcurrentHashMap.newKeySet();
    /** Those that are returning, and those that have, and may have sessions from a time alone that the cluster does not know yet. */
    private final Set<UUID> joining = ConcurrentHashMap.newKeySet();
    /** Those of this node's side of a split that have not come along yet. */
    private final Set<UUID> companions = ConcurrentHashMap.newKeySet();

    private volatile boolean merging;
    private volatile boolean arriving;
    private volatile int arrivals;
    private volatile long arrivedAt;
    private volatile long lastBeat;
    private volatile boolean suspect;
    private volatile long stoodNanos;
    private long wokeAt;

    /**
     * Of a node that has just joined.
     *
     * @param nanoTime a clock that goes on while the process is frozen, as {@link System#nanoTime()}
     * @param limit after standing still for longer the others may have dropped this node
     * @param alone when no other member is to be seen for that long after it stood still, there is none
     */
    Standing(LongSupplier nanoTime, Duration limit, Duration alone) {
        this.nanoTime = nanoTime;
        this.limitNanos = limit.toNanos();
        this.aloneNanos = alone.toNanos();
        this.lastBeat = nanoTime.getAsLong();
    }

    /** Whether nothing that this node has may be taken for the cluster's: it does not know yet what became of it. */
    boolean isSuspect() {
        return suspect || nanoTime.getAsLong() - lastBeat > limitNanos;
    }

    /** For how long it stood still when it last became suspect. */
    Duration stoodStill() {
        return Duration.ofNanos(stoodNanos);
    }

    /** Whether two clusters are becoming one: each copy is to be validated at each use. */
    boolean isMerging() {
        return arriving || !returning.isEmpty();
    }

    /** Whether {@link #isMerging}, or a node has returned that may have begun sessions which the cluster does not know yet. */
    boolean isJoining() {
        return arriving || !joining.isEmpty();
    }

    /** Whether the cluster may lack what this node has seen: it gave up a smaller one, which is not wholly there yet. */
    boolean isArriving() {
        return arriving;
    }

    /** How often this node has begun to give up its cluster. */
    int arrivals() {
        return arrivals;
    }

    /** This member begins to send what it has to a larger cluster, or is through with that. */
    synchronized void merging(boolean begins) {
        if (begins) {
            companions.addAll(present.keySet());
            arriving = true;
            arrivals++;
        } else {
            arrivedAt = nanoTime.getAsLong();
            suspect = false;
        }
        merging = begins;
    }

    /**
     * The other nodes in the cluster, whenever they have changed.
     *
     * @param nodes by node id, the id of their member, which changes when clusters merge
     */
    synchronized void saw(Map<UUID, UUID> nodes) {
        nodes.forEach((node, member) -> {
            if (!known.add(node) && !member.equals(present.get(node))) {
                joining.add(node);
                returning.add(node);
            }
        });
        returning.retainAll(nodes.keySet());
        joining.retainAll(nodes.keySet());
        present = Map.copyOf(nodes);
    }

    /** The process is running. */
    void beat() {
        long now = nanoTime.getAsLong();
        if (now - lastBeat > limitNanos) {
            wokeAt = now;
            stoodNanos = now - lastBeat;
            suspect = true; // before the clock stops to say so
        }
        lastBeat = now;
    }

    /**
     * Asks what became of this node, and of those that have returned, as far as there is something to ask.
     *
     * @param isSettled of another node in the cluster: whether it counts this one among the members and does not merge
     * @param hasJoined of a node that is settled: whether the cluster has what it did while it was alone
     * @param doubt marks all copies as to be validated
     */
    void inquire(Predicate<UUID> isSettled, Predicate<UUID> hasJoined, Runnable doubt) {
        if (suspect && !merging) {
            inquireOfSelf(isSettled, doubt);
        }
        if (arriving && !merging) {
            inquireOfCompanions(isSettled, doubt);
        }
        returning.removeIf(node -> {
            boolean settled = isSettled.test(node);
            if (settled) {
                doubt.run(); // before a copy may serve unasked again
            }
            return settled;
        });
        joining.removeIf(node -> !returning.contains(node) && hasJoined.test(node));
    }

    private void inquireOfSelf(Predicate<UUID> isSettled, Runnable doubt) {
        Set<UUID> others = others();
        if (others.stream().anyMatch(isSettled)) {
            doubt.run();
            suspect = false;
        } else if (others.isEmpty() && nanoTime.getAsLong() - wokeAt > aloneNanos) {
            doubt.run();
            suspect = false;
            log.log(Level.WARNING, "No other node was found after this one stood still; it serves sessions alone");
        }
    }

    /** One that does not come along is dead, or a cluster of its own, which merges when it can. */
    private void inquireOfCompanions(Predicate<UUID> isSettled, Runnable doubt) {
        companions.removeIf(isSettled);
        if (companions.isEmpty() || nanoTime.getAsLong() - arrivedAt > limitNanos) {
            doubt.run();
            arrived();
        }
    }

    private synchronized void arrived() {
        if (!merging) { // else this node has just given up its cluster once more
            companions.clear();
            arriving = false;
        }
    }

    private synchronized Set<UUID> others() {
        return present.keySet();
    }
}
