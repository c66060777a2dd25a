/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleListener;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether a client is connected to its cluster, as Hazelcast tells it. Thread-safe. */
/* After a pause of the JVM that is longer than the heartbeat's timeout, the client takes all connections for dead and opens new
 * ones at once. Nobody shall hear of that: what was lost less than a moment ago is waited for. */
final class Link implements LifecycleListener {

    /** Time enough to connect to a member that answers. */
    static final Duration MOMENT = Duration.ofSeconds(1);

    private static final String KEY = "io.clowder.link";

    private final CountDownLatch first = new CountDownLatch(1);
    private volatile boolean up;
    private volatile long lostAt = System.nanoTime() - MOMENT.toNanos();

    /** Makes it that of a client. */
    void in(ClientConfig config) {
        config.addListenerConfig(new ListenerConfig(this));
        config.getUserContext().put(KEY, this);
    }

    /** {@link #isLost} of a client. */
    static boolean isLost(HazelcastInstance client) {
        return client.getUserContext().get(KEY) instanceof Link link && link.isLost();
    }

    @Override
    public void stateChanged(LifecycleEvent event) {
        switch (event.getState()) {
            case CLIENT_CONNECTED -> {
                up = true;
                first.countDown();
            }
            case CLIENT_DISCONNECTED, SHUTDOWN -> {
                lostAt = System.nanoTime();
                up = false;
            }
            default -> {
                // Nothing that a call would notice.
            }
        }
    }

    /** Whether there is a connection now. */
    boolean isUp() {
        return up;
    }

    /** Whether there is no connection, and has been none for a moment. */
    boolean isLost() {
        return !up && System.nanoTime() - lostAt >= MOMENT.toNanos();
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
