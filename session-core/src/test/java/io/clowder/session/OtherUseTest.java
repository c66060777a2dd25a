/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.SessionRecord;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession;
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

    private void tell(Node node, String id) {
        node.sessions.tellUse(id, now(), SHARE, node.soon());
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
        tell(node, "s");
        assertThat(node.calls()).isEqualTo(calls);
        assertThat(stored().times().accessedAt()).isEqualTo(created);
        cluster.clock().advance(Duration.ofMillis(1));
        tell(node, "s");
        assertThat(node.calls()).isEqualTo(calls + 1);
        assertThat(stored().times().accessedAt()).isEqualTo(now());
        tell(node, "s");
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
        tell(b, "s");
        assertThat(stored().times().accessedAt()).isEqualTo(created);
        cluster.clock().advance(Duration.ofMillis(1));
        tell(b, "s");
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
        tell(b, "s");
        assertThat(stored().times().accessedAt()).isEqualTo(now());
        assertThat(stored().holder()).isEqualTo(a.store().node());
        assertThat(a.read("s", "n")).isEqualTo(2);
    }

    /** The holder sees no request for the whole timeout, and would end the session. */
    @Test
    void theHolderDoesNotEndWhatAnotherNodeUses() {
        LiveSession held = a.create("s", Map.of("n", 1));
        cluster.clock().advance(Duration.ofSeconds(1700));
        tell(b, "s");
        cluster.clock().advance(Duration.ofSeconds(100));
        assertThat(a.sessions.end(held, now(), a.soon())).isFalse();
        cluster.clock().advance(Duration.ofSeconds(1700));
        assertThat(a.sessions.end(held, now(), a.soon())).isTrue();
    }

    @Test
    void anEvictedSessionThatIsUsedIsNotEndedByTheNote() {
        LiveSession live = a.create("s", Map.of("n", 1));
        assertThat(a.sessions.evict(live)).isTrue();
        cluster.clock().advance(Duration.ofSeconds(1700));
        tell(a, "s");
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
        tell(b, "s");
        assertThat(request.get().get(20, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(a.read("s", "n")).isEqualTo(2);
    }

    @Test
    void aUseOfWhatHasEndedBringsNothingBack() {
        LiveSession live = a.create("s", Map.of("n", 1));
        tell(b, "none");
        assertThat(a.sessions.end(live, null, a.soon())).isTrue();
        a.sessions.announced(live);
        cluster.clock().advance(Duration.ofMillis(SHARE));
        tell(a, "s");
        tell(b, "s");
        assertThat(b.open("s")).isNull();
        assertThat(b.sessions.copies()).isEmpty();
    }

    @Test
    void aCopyThatLearnsOfTheEndByItIsGone() {
        LiveSession live = a.create("s", Map.of("n", 1));
        Node roaming = new Node(cluster, false);
        roaming.sessions.end(Objects.requireNonNull(roaming.open("s")), null, roaming.soon());
        cluster.clock().advance(Duration.ofMillis(SHARE));
        tell(a, "s");
        assertThat(FakeSession.of(live).isGone()).isTrue();
    }

    @Test
    void whatCannotBeToldIsToldByTheNextTry() {
        a.create("s", Map.of("n", 1));
        cluster.clock().advance(Duration.ofMillis(SHARE));
        b.steps().failBefore(Command.Load.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> tell(b, "s"));
        assertThat(b.sessions.copies()).isEmpty();
        tell(b, "s");
        assertThat(stored().times().accessedAt()).isEqualTo(now());
    }

    /** A copy that is not the newest does not know how far the store may lie behind. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCopyThatMissedAChangeOfTheTimeoutTellsInTimeAndLearnsIt(boolean sticky) {
        Node one = new Node(cluster, sticky);
        Node two = new Node(cluster, sticky);
        LiveSession stale = one.create("s", Map.of("n", 1));
        two.change("s", live -> FakeSession.of(live).allow(6));
        cluster.clock().advance(Duration.ofMillis(599));
        one.sessions.tellUse("s", now(), 600, one.soon());
        assertThat(stored().times().accessedAt()).isEqualTo(now() - 599);
        cluster.clock().advance(Duration.ofMillis(1));
        one.sessions.tellUse("s", now(), 600, one.soon());
        assertThat(stored().times().accessedAt()).isEqualTo(now());
        assertThat(stored().times().maxInactiveSeconds()).isEqualTo(6);
        assertThat(stale.face().times().maxInactiveSeconds()).isEqualTo(6);
    }

    @Test
    void aUseSendsWhatWasNotAcknowledged() {
        LiveSession live = a.begin("s");
        cluster.clock().advance(Duration.ofMillis(SHARE));
        a.steps().failBefore(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.save(live));
        tell(a, "s");
        assertThat(live.face().times().accessedAt()).isEqualTo(now());
        assertThat(stored().attributes()).isEmpty();
    }

    @Test
    void aTraceKnowsSessionsThatOnlyThisNodeHas() {
        long created = now();
        LiveSession fresh = a.begin("fresh");
        Map<String, Trace> found = Map.of("fresh", new Trace("fresh", created, 1800));
        assertThat(a.sessions.trace(List.of("fresh", "none"), true, a.soon())).isEqualTo(found);
        assertThat(b.sessions.trace(List.of("fresh"), false, b.soon())).isEmpty();
        a.steps().failAfter(Command.Save.class); // it is created, and this node has not heard of it
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.save(fresh));
        assertThat(a.sessions.trace(List.of("fresh"), true, a.soon())).isEqualTo(found);
        assertThat(a.sessions.trace(List.of(), true, a.soon())).isEmpty();
        a.save(fresh);
        assertThat(a.sessions.end(fresh, null, a.soon())).isTrue();
        assertThat(a.sessions.trace(List.of("fresh"), false, a.soon())).isEmpty();
    }

    /** That the store was not asked is seen by an entry that lies. */
    @Test
    void theStoreIsNotAskedForWhatThisNodeHolds() {
        a.create("s", Map.of());
        Map<String, Trace> found = Map.of("s", new Trace("s", now(), 1800));
        SessionRecord record = stored();
        cluster.plant("s", new StoredSession.Ending(record, b.store().nextOperation()));
        assertThat(a.sessions.trace(List.of("s"), false, a.soon())).isEqualTo(found);
        assertThat(a.sessions.trace(List.of("s"), true, a.soon())).isEmpty();
        assertThat(b.sessions.trace(List.of("s"), false, b.soon())).isEmpty();
        a.silence(Node.PATIENCE.plusSeconds(1));
        assertThat(a.sessions.trace(List.of("s"), false, a.soon())).isEmpty();
        a.silence(Node.PATIENCE.plusSeconds(1).negated());
        assertThat(a.sessions.trace(List.of("s"), false, a.soon())).isEqualTo(found);
        cluster.plant("s", record);
        b.read("s", "n");
        cluster.plant("s", new StoredSession.Ending(stored(), b.store().nextOperation()));
        assertThat(a.sessions.trace(List.of("s"), false, a.soon()))
                .as("b holds it")
                .isEmpty();
    }
}
