/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a cache that may be outdated is good for. Its events come when the test says so. */
class NearTest {

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node writer = new Node(cluster, false);
    private final Node validating = new Node(cluster, false);
    private final Node near = new Node(cluster, false);

    @BeforeEach
    void cache() {
        validating.store().cacheNear();
        near.store().cacheNear();
        near.sessions.readNear();
    }

    private void evict(Node node) {
        assertThat(node.sessions.evict(node.sessions.copies().iterator().next()))
                .isTrue();
    }

    @Test
    void aValidatedReadAsksWhateverIsNear() {
        writer.create("s", Map.of("n", 1));
        assertThat(validating.read("s", "n")).isEqualTo(1);
        writer.write("s", "n", 2);
        assertThat(validating.read("s", "n")).isEqualTo(2);
        evict(validating);
        assertThat(validating.read("s", "n")).isEqualTo(2);
        writer.write("s", "n", 3);
        evict(validating);
        assertThat(validating.read("s", "n")).as("what is near is outdated now").isEqualTo(3);
        assertThat(validating.sessions.statistics().nearReads()).isZero();
    }

    @Test
    void whatIsNearSparesTheTransferOfAnEvictedSession() {
        writer.create("s", Map.of("n", 1, "m", 1));
        validating.read("s", "n");
        evict(validating);
        validating.read("s", "n");
        assertThat(((Command.Load) last(validating)).known())
                .as("it is near, and known therefore")
                .isNotNull();
        evict(validating);
        writer.write("s", "n", 2);
        assertThat(validating.request("s", live -> Map.copyOf(live.attributes())))
                .isEqualTo(Map.of("n", 2, "m", 1));
    }

    @Test
    void aSessionThatThisNodeNeverHadIsNotLookedForNearby() {
        writer.create("s", Map.of("n", 1));
        assertThat(near.read("s", "n")).isEqualTo(1);
        assertThat(near.sessions.statistics().nearReads()).isZero();
        assertThat(((Command.Load) last(near)).known()).isNull();
        assertThat(near.open("nobody")).isNull();
        assertThat(near.steps().count(Command.Load.class)).isEqualTo(2);
    }

    @Test
    void aNearReadAsksNobodyUntilItHearsOfAChange() {
        writer.create("s", Map.of("n", 1));
        near.read("s", "n");
        int calls = near.calls();
        for (int i = 0; i < 10; i++) {
            assertThat(near.read("s", "n")).isEqualTo(1);
        }
        writer.write("s", "n", 2);
        assertThat(near.read("s", "n")).as("the event is still on its way").isEqualTo(1);
        near.store().invalidate("s");
        assertThat(near.read("s", "n")).isEqualTo(2);
        assertThat(near.calls()).isEqualTo(calls);
        assertThat(near.sessions.statistics().nearReads()).isEqualTo(12);
    }

    @Test
    void aNodeReadsItsOwnWritesAlthoughTheCacheHasNotHeardOfThem() {
        writer.create("s", Map.of("n", 1));
        near.read("s", "n");
        near.read("s", "n");
        near.write("s", "n", 2);
        assertThat(near.read("s", "n")).isEqualTo(2);
        evict(near);
        assertThat(near.read("s", "n")).as("evicted, and the cache is behind").isEqualTo(2);
        near.store().invalidate("s");
        assertThat(near.read("s", "n")).isEqualTo(2);
    }

    @Test
    void anEvictedSessionIsServedFromNearby() {
        writer.create("s", Map.of("n", 1));
        near.read("s", "n");
        near.read("s", "n");
        evict(near);
        int calls = near.calls();
        assertThat(near.read("s", "n")).isEqualTo(1);
        assertThat(near.calls()).isEqualTo(calls);
    }

    @Test
    void aWriteUponAnOldStateLosesNothing() {
        writer.create("s", Map.of("n", 1));
        near.read("s", "n");
        near.read("s", "n");
        writer.write("s", "n", 2);
        near.write("s", "m", 1);
        assertThat(near.read("s", "n")).as("the answer to the save brought it").isEqualTo(2);
        assertThat(writer.read("s", "m")).isEqualTo(1);
    }

    @Test
    void anEndIsHeardOfLikeAChange() {
        LiveSession ended = writer.create("s", Map.of("n", 1));
        near.read("s", "n");
        near.read("s", "n");
        writer.sessions.end(ended, null, writer.soon());
        near.store().invalidate("s");
        assertThat(near.open("s")).isNull();
        assertThat(near.sessions.copies()).isEmpty();
    }

    @Test
    void readsAloneKeepASessionAlive() {
        writer.create("s", Map.of("n", 1));
        near.read("s", "n");
        for (int i = 0; i < 20; i++) {
            cluster.clock().advance(Duration.ofSeconds(181));
            near.read("s", "n");
            near.store().invalidate("s");
        }
        assertThat(writer.store().end("s", cluster.clock().millis(), writer.soon()))
                .isNull();
    }

    private static Command last(Node node) {
        return node.steps().executed().get(node.calls() - 1);
    }
}
