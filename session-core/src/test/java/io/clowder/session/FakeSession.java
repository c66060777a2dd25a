/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.store.SessionTimes;
import java.util.concurrent.atomic.AtomicInteger;

/** The container's session, as small as can be: times, and what it was told. */
final class FakeSession implements ContainerSession {

    private volatile SessionTimes times;
    private final AtomicInteger states = new AtomicInteger();
    private final AtomicInteger released = new AtomicInteger();
    private final AtomicInteger gone = new AtomicInteger();
    private final AtomicInteger leaving = new AtomicInteger();
    private final AtomicInteger left = new AtomicInteger();
    private volatile Runnable whenLeaving = () -> {};
    private volatile Runnable whenGone = () -> {};

    FakeSession(SessionTimes times) {
        this.times = times;
    }

    static FakeSession of(LiveSession live) {
        return (FakeSession) live.face();
    }

    @Override
    public void accessedAt(long millis) {
        accessAt(millis);
    }

    void accessAt(long millis) {
        times = new SessionTimes(times.createdAt(), millis, times.maxInactiveSeconds());
    }

    void allow(int maxInactiveSeconds) {
        times = new SessionTimes(times.createdAt(), times.accessedAt(), maxInactiveSeconds);
    }

    int states() {
        return states.get();
    }

    int releases() {
        return released.get();
    }

    boolean isGone() {
        return gone.get() > 0;
    }

    @Override
    public SessionTimes times() {
        return times;
    }

    @Override
    public void refresh(SessionTimes newer) {
        long accessedAt = Math.max(times.accessedAt(), newer.accessedAt());
        times = new SessionTimes(newer.createdAt(), accessedAt, newer.maxInactiveSeconds());
    }

    @Override
    public void refreshState() {
        states.incrementAndGet();
    }

    @Override
    public void released() {
        released.incrementAndGet();
    }

    /** What the application does when it is told. */
    void whenLeaving(Runnable work) {
        whenLeaving = work;
    }

    /** What it does when it is told that the session was ended elsewhere. */
    void whenGone(Runnable work) {
        whenGone = work;
    }

    /** Times that it was told that the copy is about to be evicted, and that it was. */
    String leaves() {
        return leaving.get() + "/" + left.get();
    }

    @Override
    public void leaving() {
        leaving.incrementAndGet();
        whenLeaving.run();
    }

    @Override
    public void left() {
        left.incrementAndGet();
    }

    @Override
    public void gone() {
        gone.incrementAndGet();
        whenGone.run();
    }
}
