/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.SessionRecord;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.Trace;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uses of a session that no request makes, and what becomes of sessions that somebody else remembers. The timeout is 1,800 s. */
class OtherUseTest {

    private static final long SHARE = 180_000;

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = new Node(cluster, true);
    private final Node b = new Node(cluster, true);

    private long now() {
        return cluster.clock().millis();
    }

    private SessionRecord stored() {
        return (SessionRecord) Objects.requireNonNull(cluster.peek("s"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aUseIsNotedHereAtOnceAndToldWhenAShareOfTheTimeoutHasPassed(boolean sticky) {
        Node node = new Node(cluster, sticky);
        LiveSession live = node.create("s", Map.of("n", 1));
        long created = now();
        int calls = node.calls();
        cluster.clock().advance(Duration.ofMillis(SHARE - 1));
        node.sessions.noteUse("s", now());
        assertThat(live.face().times().accessedAt()).isEqualTo(now());
        assertThat(node.sessions.tellUse("s", now(), node.soon())).isEqualTo(1800);
        assertThat(node.calls()).isEqualTo(calls);
        assertThat(stored().times().accessedAt()).isEqualTo(created);
        cluster.clock().advance(Duration.ofMillis(1));
        assertThat(node.sessions.tellUse("s", now(), node.soon())).isEqualTo(1800);
        assertThat(node.calls()).isEqualTo(calls + 1);
        assertThat(stored().times().accessedAt()).isEqualTo(now());
        assertThat(node.sessions.tellUse("s", now(), node.soon())).isEqualTo(1800);
        assertThat(node.calls()).isEqualTo(calls + 1);
        assertThat(live.enter()).as("it was left again").isTrue();
        live.leave();
        assertThat(node.sessions.evict(live)).isTrue();
    }

    @Test
    void aUseWithoutACopyIsToldAndTheHolderStays() {
        a.create("s", Map.of("n", 1));
        long created = now();
        cluster.clock().advance(Duration.ofMillis(SHARE - 1));
        b.sessions.noteUse("s", now());
        assertThat(b.sessions.tellUse("s", now(), b.soon())).isEqualTo(1800);
        assertThat(stored().times().accessedAt()).isEqualTo(created);
        cluster.clock().advance(Duration.ofMillis(1));
        assertThat(b.sessions.tellUse("s", now(), b.soon())).isEqualTo(1800);
        assertThat(stored().times().accessedAt()).isEqualTo(now());
        assertThat(stored().holder()).isEqualTo(a.store().node());
        assertThat(b.sessions.copies()).isEmpty();
        assertThat(a.read("s", "n")).isEqualTo(1);
    }

    @Test
    void aUseOfASpareCopyIsToldAndTheHolderStays() {
        b.create("s", Map.of("n", 1));
        a.write("s", "n", 2);
        cluster.clock().advance(Duration.ofMillis(SHARE));
        assertThat(b.sessions.tellUse("s", now(), b.soon())).isEqualTo(1800);
        assertThat(stored().times().accessedAt()).isEqualTo(now());
        assertThat(stored().holder()).isEqualTo(a.store().node());
        assertThat(a.read("s", "n")).isEqualTo(2);
    }

    /** The holder sees no request for the whole timeout, and would end the session. */
    @Test
    void theHolderDoesNotEndWhatAnotherNodeUses() {
        LiveSession held = a.create("s", Map.of("n", 1));
        cluster.clock().advance(Duration.ofSeconds(1700));
        b.sessions.tellUse("s", now(), b.soon());
        cluster.clock().advance(Duration.ofSeconds(100));
        assertThat(a.sessions.end(held, now() - 1_800_000, a.soon())).isFalse();
        cluster.clock().advance(Duration.ofSeconds(1700));
        assertThat(a.sessions.end(held, now() - 1_800_000, a.soon())).isTrue();
    }

    @Test
    void anEvictedSessionThatIsUsedIsNotEndedByTheNote() {
        LiveSession live = a.create("s", Map.of("n", 1));
        assertThat(a.sessions.evict(live)).isTrue();
        cluster.clock().advance(Duration.ofSeconds(1700));
        a.sessions.tellUse("s", now(), a.soon());
        cluster.clock().advance(Duration.ofSeconds(100));
        assertThat(a.sessions.idleEvicted()).isEmpty();
        cluster.clock().advance(Duration.ofSeconds(1700));
        assertThat(a.sessions.idleEvicted()).containsExactly("s");
    }

    /** Two saves of one node at once: the later one would make the earlier one look like a repeat. */
    @Test
    void aRequestThatComesMeanwhileLosesNothing() throws Exception {
        a.create("s", Map.of("n", 1));
        cluster.clock().advance(Duration.ofMillis(SHARE));
        AtomicReference<CompletableFuture<Object>> request = new AtomicReference<>();
        b.steps()
                .before(
                        Command.Save.class,
                        () -> request.set(CompletableFuture.supplyAsync(
                                () -> b.request(
                                        "s", false, live -> live.attributes().put("n", 2)),
                                Threads.NEW)));
        assertThat(b.sessions.tellUse("s", now(), b.soon())).isEqualTo(1800);
        assertThat(request.get().get(20, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(a.read("s", "n")).isEqualTo(2);
    }

    @Test
    void aUseOfWhatHasEndedBringsNothingBack() {
        LiveSession live = a.create("s", Map.of("n", 1));
        assertThat(b.sessions.tellUse("none", now(), b.soon())).isNull();
        assertThat(a.sessions.end(live, null, a.soon())).isTrue();
        a.sessions.announced(live);
        cluster.clock().advance(Duration.ofMillis(SHARE));
        assertThat(a.sessions.tellUse("s", now(), a.soon())).isNull();
        assertThat(b.sessions.tellUse("s", now(), b.soon())).isNull();
        assertThat(b.open("s")).isNull();
        assertThat(b.sessions.copies()).isEmpty();
    }

    @Test
    void aCopyThatLearnsOfTheEndByItIsGone() {
        LiveSession live = a.create("s", Map.of("n", 1));
        Node roaming = new Node(cluster, false);
        roaming.sessions.end(Objects.requireNonNull(roaming.open("s")), null, roaming.soon());
        cluster.clock().advance(Duration.ofMillis(SHARE));
        assertThat(a.sessions.tellUse("s", now(), a.soon())).isNull();
        assertThat(FakeSession.of(live).isGone()).isTrue();
    }

    @Test
    void whatCannotBeToldIsToldByTheNextTry() {
        a.create("s", Map.of("n", 1));
        cluster.clock().advance(Duration.ofMillis(SHARE));
        b.steps().failBefore(Command.Load.class);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> b.sessions.tellUse("s", now(), b.soon()));
        assertThat(b.sessions.copies()).isEmpty();
        assertThat(b.sessions.tellUse("s", now(), b.soon())).isEqualTo(1800);
        assertThat(stored().times().accessedAt()).isEqualTo(now());
    }

    @Test
    void aSessionWithoutATimeoutIsLeftAlone() {
        LiveSession live = a.begin("s");
        FakeSession.of(live).allow(0);
        a.end(live);
        cluster.clock().advance(Duration.ofDays(1));
        assertThat(b.sessions.tellUse("s", now(), b.soon())).isZero();
        assertThat(b.steps().count(Command.Save.class)).isZero();
    }

    @Test
    void aTraceKnowsSessionsThatOnlyThisNodeHas() {
        a.create("s", Map.of());
        long created = now();
        LiveSession fresh = a.begin("fresh");
        assertThat(a.sessions.trace(List.of("s", "fresh", "none"), a.soon()))
                .isEqualTo(Map.of("s", new Trace("s", created), "fresh", new Trace("fresh", created)));
        assertThat(b.sessions.trace(List.of("s", "fresh"), b.soon())).isEqualTo(Map.of("s", new Trace("s", created)));
        a.steps().failAfter(Command.Save.class); // it is created, and this node has not heard of it
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.save(fresh));
        assertThat(a.sessions.trace(List.of("fresh"), a.soon()).keySet()).containsExactly("fresh");
        assertThat(a.sessions.trace(List.of(), a.soon())).isEmpty();
    }
}
