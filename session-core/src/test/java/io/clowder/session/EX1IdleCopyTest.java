/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.StoredSession;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** EX-1: a copy that looks idle asks, and ends nothing that is in use elsewhere. The timeout is 1,800 s. */
class EX1IdleCopyTest {

    private final InMemoryCluster cluster = new InMemoryCluster();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSessionThatIsUsedOnAnotherNodeForFiveTimeoutsIsNeverEnded(boolean sticky) {
        Node a = new Node(cluster, sticky);
        Node b = new Node(cluster, sticky);
        LiveSession idle = a.create("s", Map.of("n", 1));
        for (int minute = 5; minute <= 150; minute += 5) {
            cluster.clock().advance(Duration.ofMinutes(5));
            assertThat(b.read("s", "n")).as("after %d minutes", minute).isEqualTo(1);
            int asked = a.calls();
            if (minute >= 30) { // for a it looks idle
                assertThat(a.sessions.end(idle, cluster.clock().millis(), a.soon()))
                        .isFalse();
                assertThat(a.calls()).as("it asked").isEqualTo(asked + 1);
            }
            assertThat(a.sessions.idleEvicted()).isEmpty();
            assertThat(a.sessions.due(1)).isEmpty();
            assertThat(FakeSession.of(idle).isGone()).isFalse();
        }
        assertThat(b.sessions.statistics().takeovers()).isEqualTo(sticky ? 1 : 0);
    }

    /** A roaming copy that was evicted knows of its own uses only. */
    @Test
    void aNodeThatEvictedItsCopyAsksTooAndLooksAgainLater() {
        Node a = new Node(cluster, false);
        Node b = new Node(cluster, false);
        assertThat(a.sessions.evict(a.create("s", Map.of("n", 1)))).isTrue();
        for (int i = 0; i < 10; i++) {
            cluster.clock().advance(Duration.ofSeconds(1_200));
            assertThat(b.read("s", "n")).isEqualTo(1);
            for (String id : a.sessions.idleEvicted()) {
                assertThat(a.sessions.endEvicted(id, a.soon())).isNull();
            }
        }
        cluster.clock().advance(Duration.ofSeconds(1_980));
        assertThat(a.sessions.idleEvicted()).containsExactly("s");
        assertThat(a.sessions.endEvicted("s", a.soon())).isNotNull();
    }

    /** EX-4: it had 1,800 s when this node last saw it. */
    @ParameterizedTest
    @ValueSource(ints = {3_600, 31_536_000, 0, -1})
    void aLongerTimeoutThatAnotherNodeHasSetCounts(int timeout) {
        Node a = new Node(cluster, false);
        Node b = new Node(cluster, false);
        LiveSession idle = a.create("s", Map.of("n", 1));
        b.change("s", live -> FakeSession.of(live).allow(timeout));
        cluster.clock().advance(Duration.ofSeconds(3_599));
        assertThat(a.sessions.end(idle, cluster.clock().millis(), a.soon())).isFalse();
        assertThat(cluster.peek("s").isDueAt(cluster.clock().millis())).isFalse();
        assertThat(b.read("s", "n")).isEqualTo(1);
    }

    @Test
    void whereNobodyEndsASessionByItsIdlenessNobodyRemembersIt() {
        Node a = new Node(cluster, false);
        Node b = new Node(cluster, false);
        LiveSession forever = a.begin("s");
        FakeSession.of(forever).allow(-1);
        a.end(forever);
        assertThat(a.sessions.evict(forever)).isTrue();
        assertThat(a.sessions.remembers("s")).isFalse();
        LiveSession ended = b.open("s");
        assertThat(b.sessions.end(ended, null, b.soon())).isTrue();
        b.sessions.announced(ended);
        assertThat(b.steps().executed()).last().isInstanceOf(Command.Bury.class);
        assertThat(cluster.peek("s")).isInstanceOf(StoredSession.Tombstone.class);
    }
}
