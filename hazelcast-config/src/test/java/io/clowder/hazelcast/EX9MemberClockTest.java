/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.store.ClusterClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** EX-9: members whose clocks differ have one time, know how far their own clock is off, and say so once. */
class EX9MemberClockTest {

    private static final ClusterSettings SETTINGS =
            new ClusterSettings("EX9MemberClockTest", List.of(), null, 6400, null);
    private static final Duration OFF = Duration.ofMinutes(10);

    private final List<ClusterMember> started = new ArrayList<>();
    private final Logger logger = Logger.getLogger(ClusterMember.class.getName());
    private final Heard heard = new Heard();

    private static final class Heard extends Handler {
        private final List<String> lines = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord said) {
            if (said.getMessage().startsWith("The clock of this node")) {
                lines.add(said.getLevel() + " " + new SimpleFormatter().formatMessage(said));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @BeforeEach
    void listen() {
        logger.addHandler(heard);
        logger.setLevel(Level.INFO);
    }

    @AfterEach
    void close() {
        logger.removeHandler(heard);
        logger.setLevel(null);
        started.forEach(ClusterMember::close);
    }

    @Test
    void membersShareTheTimeOfTheFirstAndGoOnWithItWhenItDies() {
        AtomicReference<Duration> off = new AtomicReference<>(OFF);
        ClusterMember a = start(InstantSource.system());
        assertThat(a.clock().skew()).as("both are cut to milliseconds").isBetween(-1L, 1L);

        ClusterMember b = start(() -> Instant.now().plus(off.get()));
        assertThat(b.clock().skew()).as("known before the first request").isBetween(599_000L, 601_000L);
        assertSame(a.clock(), b.clock());
        assertThat(heard.lines).hasSize(1);
        assertThat(heard.lines.get(0))
                .startsWith("WARNING The clock of this node is ")
                .contains(" s ahead of that of");

        // Its clock is set right, and put back too far.
        off.set(Duration.ZERO);
        await().untilAsserted(() -> assertThat(heard.lines).hasSize(2));
        assertThat(heard.lines.get(1)).isEqualTo("INFO The clock of this node agrees with that of the cluster again");
        assertSame(a.clock(), b.clock());
        off.set(OFF.negated());
        await().untilAsserted(() -> assertThat(heard.lines).hasSize(3));
        assertThat(heard.lines.get(2)).contains("WARNING").contains(" s behind that of the cluster");
        assertSame(a.clock(), b.clock());

        // The oldest dies; the next has the time.
        a.instance().getLifecycleService().terminate();
        await().until(() -> b.describe().endsWith("no other member seen"));
        long contact = b.lastContact();
        await().until(() -> b.lastContact() - contact > 0);
        assertThat(b.clock().millis()).isBetween(System.currentTimeMillis() - 500, System.currentTimeMillis() + 500);
        ClusterMember c = start(InstantSource.system());
        assertSame(b.clock(), c.clock());
        assertThat(c.clock().skew()).isBetween(-500L, 500L);
        assertThat(heard.lines).hasSize(3);
    }

    private static void assertSame(ClusterClock one, ClusterClock other) {
        assertThat(other.millis() - one.millis()).isBetween(-500L, 500L);
    }

    private ClusterMember start(InstantSource wall) {
        ClusterMember member = ClusterMember.start(SETTINGS, ClowderSerialization::register, wall);
        started.add(member);
        return member;
    }
}
