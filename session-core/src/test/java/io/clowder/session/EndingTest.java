/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a session, and of its id, when it ends. */
class EndingTest {

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = new Node(cluster, true);
    private final Node b = new Node(cluster, true);

    @Test
    void anEndedSessionIsGoneOnBothNodes() {
        LiveSession here = a.create("s", Map.of("n", 1));
        LiveSession there = b.open("s");
        assertThat(b.sessions.end(there, null, b.soon())).isTrue();
        assertThat(b.open("s")).isNull();
        assertThat(a.open("s")).isNull();
        assertThat(FakeSession.of(here).isGone()).isTrue();
        assertThat(FakeSession.of(there).isGone())
                .as("who ends it needs not be told")
                .isFalse();
        assertThat(cluster.peek("s")).isInstanceOf(StoredSession.Ending.class);
        b.sessions.announced(there);
        assertThat(cluster.peek("s")).isInstanceOf(StoredSession.Tombstone.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneOfTwoNodesAnnouncesTheEnd(boolean sticky) throws Exception {
        Node one = new Node(cluster, sticky);
        Node two = new Node(cluster, sticky);
        for (int i = 0; i < 50; i++) {
            String id = "s" + i;
            LiveSession here = one.create(id, Map.of("n", 1));
            LiveSession there = two.open(id);
            CountDownLatch start = new CountDownLatch(1);
            List<CompletableFuture<Boolean>> ends = new ArrayList<>();
            for (Node node : List.of(one, two)) {
                LiveSession live = node == one ? here : there;
                ends.add(CompletableFuture.supplyAsync(
                        () -> {
                            Threads.await(start);
                            return node.sessions.end(live, null, node.soon());
                        },
                        Threads.NEW));
            }
            start.countDown();
            boolean first = ends.get(0).get(20, TimeUnit.SECONDS);
            boolean second = ends.get(1).get(20, TimeUnit.SECONDS);
            assertThat(first ^ second).isTrue();
            assertThat(FakeSession.of(first ? there : here).isGone()).isTrue();
        }
    }

    /** A slow request on the former holder, which had let go before. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoAnnouncesTheEndHasWhatWasSavedElsewhereMeanwhile(boolean sticky) {
        Node one = new Node(cluster, sticky);
        Node two = new Node(cluster, sticky);
        LiveSession slow = one.create("s", Map.of("n", 1, "removed", 1));
        LiveSession ending = two.open("s");
        ending.attributes().put("own", 3);
        slow.attributes().put("late", 2);
        slow.attributes().remove("removed");
        one.save(slow);
        assertThat(two.sessions.end(ending, null, two.soon())).isTrue();
        assertThat(ending.attributes()).isEqualTo(Map.of("n", 1, "late", 2, "own", 3));
    }

    @Test
    void whoLearnsOfTheEndKnowsWhatNobodyElseHad() {
        LiveSession here = a.create("s", Map.of("stored", 1));
        LiveSession request = a.open("s");
        request.attributes().put("late", 2);
        request.attributes().put("unserializable", new Object());
        assertThat(request.unsaved()).containsExactlyInAnyOrder("late", "unserializable");
        a.save(request);
        assertThat(request.unsaved()).containsExactly("unserializable");

        request.attributes().put("lost", 3);
        request.ownContainer().put("user", "cat");
        assertThat(b.sessions.end(b.open("s"), null, b.soon())).isTrue();
        Set<String> unsaved = new HashSet<>();
        FakeSession.of(here).whenGone(() -> unsaved.addAll(here.unsaved()));
        a.save(request);
        assertThat(FakeSession.of(here).isGone()).isTrue();
        assertThat(unsaved).containsExactlyInAnyOrder("lost", "unserializable");
    }

    /** The timeout is 1,800 s, of which a backup may miss a tenth. */
    @ParameterizedTest
    @CsvSource({"1979, false", "1980, true"})
    void aRoamingRequestThatComesTooLateRevivesNothing(int seconds, boolean over) {
        Node one = new Node(cluster, false);
        Node two = new Node(cluster, false);
        one.create("s", Map.of("n", 1));
        cluster.clock().advance(Duration.ofSeconds(seconds));
        LiveSession late = two.open("s");
        assertThat(two.sessions.end(late, cluster.clock().millis(), two.soon())).isEqualTo(over);
    }

    @Test
    void aSecondEndOnTheSameNodeIsNotAnnounced() {
        LiveSession live = a.create("s", Map.of("n", 1));
        assertThat(a.sessions.end(live, null, a.soon())).isTrue();
        int calls = a.calls();
        assertThat(a.sessions.end(live, null, a.soon())).isFalse();
        assertThat(a.calls()).isEqualTo(calls);
    }

    @Test
    void theEndOfASessionThatWasNeverStoredNeedsNoCall() {
        LiveSession live = a.begin("s");
        assertThat(a.sessions.end(live, null, a.soon())).isTrue();
        assertThat(a.calls()).isZero();
        assertThat(a.sessions.copies()).isEmpty();
        a.save(live);
        assertThat(a.calls()).isZero();
    }

    @Test
    void theEndOfASessionWhoseFirstSaveFailedIsAnnouncedAndKeepsThatSaveOut() {
        LiveSession live = a.begin("s");
        a.steps().failBefore(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.save(live));
        assertThat(a.sessions.end(live, null, a.soon())).isTrue();
        assertThat(FakeSession.of(live).isGone()).isFalse();
        a.sessions.announced(live);
        assertThat(cluster.peek("s")).isInstanceOf(StoredSession.Tombstone.class);
    }

    @Test
    void anEndWithoutAnAnswerEndsNothingHereAndIsAnnouncedWhenItIsRepeated() {
        LiveSession live = a.create("s", Map.of("n", 1));
        a.steps().failAfter(Command.Claim.class);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> a.sessions.end(live, null, a.soon()));
        assertThat(live.ended).isFalse();
        assertThat(a.sessions.end(live, null, a.soon())).isTrue();
    }

    @Test
    void aSaveAfterTheEndIsVoidAndTellsTheContainer() {
        LiveSession slow = a.create("s", Map.of("n", 1));
        b.sessions.end(b.open("s"), null, b.soon());
        slow.attributes().put("n", 2);
        a.save(slow);
        assertThat(FakeSession.of(slow).isGone()).isTrue();
        assertThat(a.sessions.copies()).isEmpty();
        assertThat(b.open("s")).isNull();
        int calls = a.calls();
        slow.attributes().put("n", 3);
        a.save(slow);
        assertThat(a.calls()).isEqualTo(calls);
    }

    @Test
    void aRepeatedSaveAfterTheEndIsVoidAndNothingFollowsIt() {
        LiveSession slow = a.create("s", Map.of("n", 1));
        slow.attributes().put("n", 2);
        a.steps().failBefore(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.save(slow));
        b.sessions.end(b.open("s"), null, b.soon());
        slow.attributes().put("n", 3);
        int calls = a.calls();
        a.save(slow);
        assertThat(a.calls()).isEqualTo(calls + 1);
        assertThat(FakeSession.of(slow).isGone()).isTrue();
    }

    @Test
    void anIdleSessionThatAnotherNodeUsedIsNotEnded() {
        LiveSession here = a.create("s", Map.of("n", 1));
        cluster.clock().advance(Duration.ofSeconds(1700));
        b.read("s", "n");
        cluster.clock().advance(Duration.ofSeconds(200));
        assertThat(a.sessions.end(here, cluster.clock().millis(), a.soon())).isFalse();
        assertThat(FakeSession.of(here).isGone()).isFalse();
        assertThat(a.read("s", "n")).isEqualTo(1);
    }

    @Test
    void aRefusedEndMakesTheNextRequestAsk() {
        LiveSession here = a.create("s", Map.of("n", 1));
        cluster.clock().advance(Duration.ofSeconds(170)); // less than what makes a request save its access
        assertThat(a.sessions.end(here, cluster.clock().millis(), a.soon())).isFalse();
        int calls = a.calls();
        assertThat(a.read("s", "n")).isEqualTo(1);
        assertThat(a.calls()).isEqualTo(calls + 1);
    }

    @Test
    void anIdleSessionThatNobodyUsedIsEnded() {
        LiveSession here = a.create("s", Map.of("n", 1));
        cluster.clock().advance(Duration.ofSeconds(1800));
        assertThat(a.sessions.end(here, cluster.clock().millis(), a.soon())).isTrue();
        assertThat(a.open("s")).isNull();
    }

    @Test
    void theIdOfAnEndedSessionCanBeUsedAgainAndWhatComesLateOfTheFormerIsVoid() {
        LiveSession former = a.create("s", Map.of("n", 1));
        LiveSession ended = b.open("s");
        b.sessions.end(ended, null, b.soon());
        b.sessions.announced(ended);

        cluster.clock().advance(Duration.ofSeconds(1));
        LiveSession next = b.begin("s", true);
        next.attributes().put("m", 2);
        b.end(next);
        former.attributes().put("n", 3);
        a.save(former);
        assertThat(FakeSession.of(former).isGone()).isTrue();
        assertThat(b.read("s", "m")).isEqualTo(2);
        LiveSession opened = a.open("s");
        assertThat(opened).isNotSameAs(former);
        assertThat(opened.attributes()).isEqualTo(Map.of("m", 2));
        assertThat(next.isHeld()).isFalse();
    }

    @Test
    void anIdThatIsNotSaidToBeUsedAgainStaysEnded() {
        a.sessions.end(a.create("s", Map.of("n", 1)), null, a.soon());
        LiveSession next = a.begin("s");
        a.save(next);
        assertThat(FakeSession.of(next).isGone()).isTrue();
        assertThat(a.open("s")).isNull();
    }

    @Test
    void whoWaitsForTheEndOfItsSessionFindsNone() throws Exception {
        LiveSession live = a.create("s", Map.of("n", 1));
        CountDownLatch claiming = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        a.steps().before(Command.Claim.class, () -> {
            claiming.countDown();
            Threads.await(gate);
        });
        CompletableFuture<Boolean> end =
                CompletableFuture.supplyAsync(() -> a.sessions.end(live, null, a.soon()), Threads.NEW);
        Threads.await(claiming);
        CompletableFuture<LiveSession> other =
                CompletableFuture.supplyAsync(() -> a.sessions.open("s", false, a.soon()), Threads.NEW);
        Threads.until(live.lock::hasQueuedThreads);
        gate.countDown();
        assertThat(end.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(other.get(20, TimeUnit.SECONDS)).isNull();
    }
}
