/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.apache.catalina.Context;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PE-3: ten thousand sessions that end in the same second need no more threads than a few. */
class PE3ThreadsTest {

    private static final int MANY = 10_000;
    private static final int FEW = 100;

    /**
     * Threads of others, which come and go by themselves: of Hazelcast's pools, the JDK's, and those of calls. When this machine
     * has stood still, all that is due begins at once. One for each session would be thousands.
     */
    private static final int OTHERS = 100;

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final LongAdder destroyed = new LongAdder();

    @TempDir
    private Path base;

    @Test
    void theEndOfManySessionsNeedsNoMoreThreadsThanThatOfAFew() throws Exception {
        String settings = "clusterName=\"clowder-unit-threads\" port=\"6880\" processExpiresFrequency=\"1\"";
        try (TinyTomcat b = new TinyTomcat(base.resolve("b")).route("two")) {
            b.start();
            ClowderManager living = manager(b, settings);
            int calm;
            try (TinyTomcat a = new TinyTomcat(base.resolve("a")).route("one")) {
                a.start();
                ClowderManager holder = manager(a, settings);
                create(holder, FEW, 1);
                end(holder, FEW, "Holders ended");
                calm = threads.getThreadCount();
                create(holder, MANY, 1);
                assertThat(end(holder, MANY, "Holders ended")).isLessThanOrEqualTo(calm + OTHERS);
                create(holder, MANY, 1);
            }
            calm = threads.getThreadCount();
            assertThat(end(living, MANY, "Others ended")).isLessThanOrEqualTo(calm + OTHERS);
            assertThat(living.getReaped()).isEqualTo(MANY);
        }
    }

    private static void create(ClowderManager manager, int count, int timeout) {
        for (int i = 0; i < count; i++) {
            ClowderSession session = (ClowderSession) manager.createSession(null);
            session.setMaxInactiveInterval(timeout);
            manager.save(session);
        }
    }

    /** How many threads there were at most. */
    private int end(ClowderManager manager, int count, String who) {
        destroyed.reset();
        threads.resetPeakThreadCount();
        long ending = 0;
        long begun = System.nanoTime();
        while (destroyed.sum() < count) {
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).as("ending").isLessThan(PATIENCE);
            long before = destroyed.sum();
            long begin = System.nanoTime();
            manager.backgroundProcess();
            if (destroyed.sum() > before) {
                ending += System.nanoTime() - begin;
            } else {
                await().pollDelay(Duration.ofMillis(100)).until(() -> true);
            }
        }
        manager.backgroundProcess();
        assertThat(destroyed.sum()).isEqualTo(count);
        System.out.printf(
                "PE-3 %s %,d sessions in %.1f s, with %d threads at most%n",
                who, count, ending / 1e9, threads.getPeakThreadCount());
        return threads.getPeakThreadCount();
    }

    private ClowderManager manager(TinyTomcat tomcat, String settings) throws Exception {
        Context context = tomcat.deploy("/app", settings);
        context.setApplicationLifecycleListeners(new Object[] {new Destroyed()});
        return (ClowderManager) context.getManager();
    }

    private final class Destroyed implements HttpSessionListener {
        @Override
        public void sessionDestroyed(HttpSessionEvent event) {
            destroyed.increment();
        }
    }
}
