/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleListener;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether a client is connected to its cluster, as Hazelcast tells it. Thread-safe. */
final class Link implements LifecycleListener {

    private final CountDownLatch first = new CountDownLatch(1);
    private volatile boolean up;

    @Override
    public void stateChanged(LifecycleEvent event) {
        switch (event.getState()) {
            case CLIENT_CONNECTED -> {
                up = true;
                first.countDown();
            }
            case CLIENT_DISCONNECTED, SHUTDOWN -> up = false;
            default -> {
                // Nothing that a call would notice.
            }
        }
    }

    /** Whether there is a connection now. */
    boolean isUp() {
        return up;
    }

    /** Whether there has been a connection, by then. */
    boolean awaitFirst(Duration patience) {
        try {
            return first.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
