/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The time that all nodes of a cluster share, as this node knows it: what stands in a record, and is compared with that, is
 * this time. It begins as the clock of the first node; every other node sets its own after the oldest one. Thread-safe.
 */
/*
 * It goes on by System.nanoTime: a clock that is put forward or back while a node runs moves nothing. An answer to "what time is
 * it" bounds the error by the time between question and answer; the clock is moved no further than into these bounds, so clocks
 * that agree are left alone. When the oldest node dies, the next one goes on with the time that it has, whatever its own clock
 * says: else all sessions would age by the difference at once.
 *
 * A node that is alone has nobody to agree with, and nanoTime stands still while a machine sleeps. It follows its own clock then,
 * at the distance that there was; when that clock gets nearer by itself, it was set right, and is not followed.
 */
public final class ClusterClock implements InstantSource {

    private static final long NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final InstantSource wall;
    private final LongSupplier nanoTime;

    /** What is added to the nanoseconds of this node, to get those since the epoch in the cluster. */
    private volatile long offset;

    /** How far, in milliseconds, the node's own clock was ahead when it last was in touch with others; zero at first. */
    private long distance;

    /**
     * A clock that agrees with the wall clock.
     *
     * @param nanoTime as {@link System#nanoTime()}
     */
    public ClusterClock(InstantSource wall, LongSupplier nanoTime) {
        this.wall = wall;
        this.nanoTime = nanoTime;
        this.offset = wall.millis() * NANOS - nanoTime.getAsLong();
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public long millis() {
        return Math.floorDiv(nanoTime.getAsLong() + offset, NANOS);
    }

    /** How many milliseconds this node's own clock is ahead of the cluster; negative when it is behind. */
    public long skew() {
        return wall.millis() - millis();
    }

    /** A time that was read from this node's own clock a moment ago, as the cluster would say it. */
    public long ofWall(long wallMillis) {
        return wallMillis - skew();
    }

    /**
     * The oldest node has told its time.
     *
     * @param askedAt when it was asked, in the time of {@code nanoTime}
     * @param theirs its {@link #millis()}
     */
    public synchronized void follow(long askedAt, long theirs) {
        long least = theirs * NANOS - (nanoTime.getAsLong() + offset);
        long most = (theirs + 1) * NANOS - (askedAt + offset);
        offset += Math.max(least, Math.min(most, 0));
        distance = skew();
    }

    /** Others follow this node. */
    public synchronized void lead() {
        distance = skew();
    }

    /** There is no other node. */
    public synchronized void alone() {
        long skew = skew();
        if (Math.abs(skew) > Math.abs(distance)) {
            offset += (skew - distance) * NANOS;
        } else {
            distance = skew;
        }
    }
}
