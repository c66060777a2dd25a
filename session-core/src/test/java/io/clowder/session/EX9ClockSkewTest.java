/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.store.ClusterClock;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.SessionTimes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** EX-9: the clock of b is ten minutes off, sessions may be idle for five minutes; nothing ends too early or too late. */
class EX9ClockSkewTest {

    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    /** Where nobody holds a session, and after its holder has died. */
    private static final Duration OVER = TIMEOUT.plus(TIMEOUT.dividedBy(SessionTimes.ACCESS_SHARE));

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final long begin = cluster.clock().millis();

    private long nanos() {
        return Duration.ofMillis(cluster.clock().millis() - begin).toNanos();
    }

    /** A node whose clock is off by that, and which has asked the oldest node for its time. */
    private Node node(boolean sticky, Duration off) {
        InstantSource wall = () -> cluster.clock().instant().plus(off);
        ClusterClock clock = new ClusterClock(wall, this::nanos);
        clock.follow(nanos(), cluster.clock().millis());
        assertThat(clock.skew()).isBetween(off.toMillis() - 1, off.toMillis() + 1);
        return new Node(cluster, sticky, Detection.ON_READ, clock);
    }

    private static LiveSession create(Node node) {
        LiveSession live = node.begin("s");
        FakeSession.of(live).allow((int) TIMEOUT.toSeconds());
        live.attributes().put("n", 1);
        node.end(live);
        return live;
    }

    private boolean endsIdle(Node node, LiveSession live) {
        // As the container: first by what is known here, then it asks.
        return node.sessions.end(live, node.now(), node.soon());
    }

    @ParameterizedTest
    @CsvSource({"true, PT10M", "true, PT-10M", "false, PT10M", "false, PT-10M"})
    void whatOneNodeUsesTheOtherEndsInTime(boolean sticky, Duration off) {
        for (boolean fromSkewed : new boolean[] {true, false}) {
            Node a = node(sticky, Duration.ZERO);
            Node b = node(sticky, off);
            Node first = fromSkewed ? b : a;
            Node second = fromSkewed ? a : b;
            LiveSession there = create(first);
            for (int i = 0; i < 10; i++) {
                cluster.clock().advance(TIMEOUT.minusSeconds(30));
                assertThat(endsIdle(first, there)).isFalse();
                assertThat(second.read("s", "n")).isEqualTo(1);
            }
            LiveSession here = second.open("s");
            here.leave();
            long used = cluster.clock().millis();
            assertThat(FakeSession.of(here).times().accessedAt()).isBetween(used - 2, used + 2);
            Duration life = sticky ? TIMEOUT : OVER;
            cluster.clock().advance(life.minusMillis(3));
            assertThat(endsIdle(second, here)).isFalse();
            assertThat(endsIdle(first, there)).isFalse();
            cluster.clock().advance(Duration.ofMillis(6));
            assertThat(endsIdle(second, here)).isTrue();
            second.sessions.announced(here);
            assertThat(first.open("s")).isNull();
            cluster.clock().advance(Duration.ofHours(2));
            cluster.forget("s");
        }
    }

    @ParameterizedTest
    @CsvSource({"true, PT10M", "true, PT-10M", "false, PT10M", "false, PT-10M"})
    void theSessionsOfADeadNodeAreSweptInTime(boolean sticky, Duration off) {
        for (boolean fromSkewed : new boolean[] {true, false}) {
            Node dying = node(sticky, fromSkewed ? off : Duration.ZERO);
            Node left = node(sticky, fromSkewed ? Duration.ZERO : off);
            create(dying);
            cluster.kill(dying.store());
            cluster.clock().advance(OVER.minusMillis(3));
            assertThat(left.sessions.due(1)).isEmpty();
            cluster.clock().advance(Duration.ofMillis(6));
            assertThat(left.sessions.due(1)).containsExactly("s");
            LiveSession ended = left.sessions.reap("s", left.soon());
            assertThat(ended.attributes()).isEqualTo(Map.of("n", 1));
            left.sessions.announced(ended);
            cluster.forget("s");
        }
    }
}
