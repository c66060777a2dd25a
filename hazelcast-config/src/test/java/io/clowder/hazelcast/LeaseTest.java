/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.store.Deadline;
import io.clowder.store.NodeId;
import io.clowder.store.TestClock;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who does what one is to do for all. */
class LeaseTest {

    private static StoreMembers members;

    private final TestClock clock = new TestClock();
    private final SharedValues leases =
            new SharedValues(members.get(0), "leases", () -> null, BoundedCalls.onOwnThreads());

    @BeforeAll
    static void start() {
        members = new StoreMembers(1);
    }

    @AfterAll
    static void stop() {
        members.close();
    }

    private Lease lease(String work) {
        return new Lease(leases, work, NodeId.random(), clock);
    }

    private static boolean isOurs(Lease lease) {
        return lease.isOurs(Deadline.in(Duration.ofSeconds(20)));
    }

    private void pass(int seconds) {
        clock.advance(Duration.ofSeconds(seconds));
    }

    @Test
    void whoComesBackInTimeKeepsIt() {
        Lease a = lease("one");
        Lease b = lease("one");
        for (int i = 0; i < 5; i++) {
            pass(10);
            assertThat(isOurs(a)).isTrue();
            assertThat(isOurs(b)).isFalse();
        }
        assertThat(isOurs(lease("other"))).as("another work").isTrue();
    }

    @Test
    void twoAndAHalfIntervalsLaterItIsFree() {
        Lease a = lease("free");
        Lease b = lease("free");
        pass(10);
        assertThat(isOurs(a)).isTrue();
        clock.advance(Duration.ofMillis(24_999));
        assertThat(isOurs(b)).isFalse();
        clock.advance(Duration.ofMillis(1));
        assertThat(isOurs(b)).isTrue();
    }

    @Test
    void whoHasItTakesItAgainHoweverLate() {
        Lease a = lease("late");
        pass(1);
        assertThat(isOurs(a)).isTrue();
        pass(100);
        assertThat(isOurs(a)).isTrue();
    }

    @Test
    void itLastsAMinuteAtMost() {
        Lease a = lease("rare");
        Lease b = lease("rare");
        pass(3_600);
        assertThat(isOurs(a)).isTrue();
        pass(59);
        assertThat(isOurs(b)).isFalse();
        pass(1);
        assertThat(isOurs(b)).isTrue();
    }
}
