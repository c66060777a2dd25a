/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.SessionRecord;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoreUnavailableException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which copy may serve, and what it costs to ask. */
class OpeningTest {

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = new Node(cluster, true);
    private final Node b = new Node(cluster, true);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSessionIsOpenedOnAnotherNodeWithAllItHas(boolean sticky) {
        Node one = new Node(cluster, sticky);
        Node two = new Node(cluster, sticky);
        LiveSession created = one.create("s", Map.of("n", 1, "name", "Ada"));
        assertThat(created.id()).isEqualTo("s");

        LiveSession opened = two.open("s");
        assertThat(opened.id()).isEqualTo("s");
        assertThat(opened.attributes()).isEqualTo(Map.of("n", 1, "name", "Ada"));
        assertThat(opened.face().times()).isEqualTo(created.face().times());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anUnknownIdIsAskedForOnceAndLeavesNothing(boolean sticky) {
        Node node = new Node(cluster, sticky);
        assertThat(node.open("nobody")).isNull();
        assertThat(node.calls()).isEqualTo(1);
        assertThat(node.sessions.copies()).isEmpty();
    }

    @Test
    void theIdOfASessionCannotBeGivenToAnother() {
        a.create("s", Map.of());
        assertThatIllegalStateException().isThrownBy(() -> a.begin("s"));
    }

    @Test
    void anUnsavedSessionServesOnItsNodeOnlyAndWithoutACall() {
        LiveSession begun = a.begin("s");
        assertThat(a.open("s")).isSameAs(begun);
        assertThat(a.sessions.open("s", false, a.soon())).isSameAs(begun);
        assertThat(a.calls()).isZero();
        assertThat(b.open("s")).isNull();
    }

    @Test
    void theFormerHolderServesNoRequestUnasked() {
        LiveSession former = a.create("s", Map.of("n", 1));
        assertThat(former.isHeld()).isTrue();
        LiveSession taken = b.open("s");
        assertThat(taken.isHeld()).isTrue();
        assertThat(former.isHeld()).isFalse();
        assertThat(FakeSession.of(former).releases()).isEqualTo(1);
        assertThat(a.sessions.statistics().released()).isEqualTo(1);

        taken.attributes().put("n", 2);
        b.end(taken);
        int calls = a.calls();
        assertThat(a.read("s", "n")).isEqualTo(2);
        assertThat(a.calls()).isEqualTo(calls + 1);
        assertThat(former.isHeld()).isTrue();
        assertThat(taken.isHeld()).isFalse();
        assertThat(a.sessions.statistics().takeovers()).isEqualTo(1);
    }

    @Test
    void toKnowOfASessionIsNotToUseIt() {
        LiveSession held = a.create("s", Map.of("n", 1));
        int calls = a.calls();
        assertThat(a.sessions.isKnown("s", true, a.soon())).isTrue();
        assertThat(a.calls()).as("the holder knows").isEqualTo(calls);

        SessionRecord before = (SessionRecord) cluster.peek("s");
        cluster.clock().advance(Duration.ofSeconds(600));
        assertThat(b.sessions.isKnown("s", true, b.soon())).isTrue();
        assertThat(b.sessions.isKnown("nobody", true, b.soon())).isFalse();
        assertThat(b.calls()).as("one question for each").isEqualTo(2);
        assertThat(b.sessions.copies()).isEmpty();
        SessionRecord after = (SessionRecord) cluster.peek("s");
        assertThat(after.version()).isEqualTo(before.version());
        assertThat(after.holder()).isEqualTo(before.holder());
        assertThat(after.times()).isEqualTo(before.times());
        assertThat(after.notedAt()).isEqualTo(before.notedAt());
        assertThat(held.isHeld()).isTrue();
        assertThat(b.sessions.statistics().takeovers()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEndedSessionIsNotKnownAnyMore(boolean sticky) {
        Node one = new Node(cluster, sticky);
        Node two = new Node(cluster, sticky);
        one.create("s", Map.of("n", 1));
        LiveSession taken = two.open("s");
        assertThat(one.sessions.isKnown("s", true, one.soon())).isTrue();
        assertThat(two.sessions.end(taken, null, two.soon())).isTrue();
        assertThat(one.sessions.isKnown("s", true, one.soon())).isFalse();
        assertThat(two.sessions.isKnown("s", true, two.soon())).isFalse();
    }

    @Test
    void aSessionThatIsNotStoredYetIsKnownHere() {
        a.begin("s");
        assertThat(a.sessions.isKnown("s", false, a.soon())).isTrue();
        a.steps().failBefore(Command.Load.class);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> a.sessions.isKnown("other", true, a.soon()));
    }

    @Test
    void aSessionThatGoesToAndFroIsCounted() {
        a.create("s", Map.of("n", 1));
        for (int i = 1; i <= 3; i++) {
            b.read("s", "n");
            LiveSession back = a.open("s");
            assertThat(back.bounces()).isEqualTo(i);
            a.end(back);
            a.read("s", "n");
        }
        assertThat(a.sessions.statistics().bounces()).isEqualTo(3);
        assertThat(b.sessions.statistics().bounces()).isEqualTo(2);
    }

    @Test
    void withoutAHolderEveryNodeKnowsTheLastUseAtOnceAndBackupsOnceInATenth() {
        Node one = new Node(cluster, false);
        Node two = new Node(cluster, false);
        one.create("s", Map.of("n", 1));
        long created = cluster.clock().millis();
        for (int i = 1; i <= 40; i++) {
            cluster.clock().advance(Duration.ofSeconds(20));
            long before = cluster.clock().millis() - 20_000;
            assertThat((i % 2 == 0 ? one : two)
                            .request("s", live -> live.face().times().accessedAt()))
                    .isEqualTo(cluster.clock().millis());
            assertThat(((SessionRecord) cluster.peek("s")).times().accessedAt())
                    .isGreaterThanOrEqualTo(before - 180_000);
        }
        assertThat(created).isPositive();
        assertThat(one.steps().count(Command.Save.class) + two.steps().count(Command.Save.class))
                .as("the creation, and one in 180 s of 800 s")
                .isEqualTo(1 + 4);
        LiveSession asked = two.sessions.open("s", true, false, two.soon());
        assertThat(asked.face().times().accessedAt()).isEqualTo(cluster.clock().millis());
        cluster.clock().advance(Duration.ofSeconds(5));
        two.sessions.open("s", true, false, two.soon());
        assertThat(((SessionRecord) cluster.peek("s")).notedAt())
                .as("a question alone is no use")
                .isEqualTo(cluster.clock().millis() - 5_000);
    }

    @Test
    void anAccessThatOnlyTheFormerHolderKnowsTravelsAtTheTakeover() {
        LiveSession former = a.create("s", Map.of());
        cluster.clock().advance(Duration.ofSeconds(100));
        long access = cluster.clock().millis();
        a.change("s", live -> {});
        assertThat(((SessionRecord) cluster.peek("s")).times().accessedAt()).isEqualTo(access - 100_000);

        assertThat(b.open("s").face().times())
                .isEqualTo(new SessionTimes(former.face().times().createdAt(), access, 1800));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void toAndFroNeverBringsAnOldValue(boolean sticky) {
        Node one = new Node(cluster, sticky);
        Node two = new Node(cluster, sticky);
        one.create("s", Map.of("n", 0));
        for (int i = 1; i <= 50; i++) {
            Node node = i % 2 == 0 ? one : two;
            int next = i;
            assertThat(node.request("s", live -> live.attributes().put("n", next)))
                    .isEqualTo(i - 1);
        }
    }

    @Test
    void aReadOnHoldersCopyAsksNobody() {
        a.create("s", Map.of("n", 1));
        int calls = a.calls();
        for (int i = 0; i < 10; i++) {
            assertThat(a.read("s", "n")).isEqualTo(1);
        }
        assertThat(a.calls()).isEqualTo(calls);
    }

    @Test
    void withoutAHolderEachRequestAsksOnceAndIsToldWhatChangedOnly() {
        Node one = new Node(cluster, false);
        Node two = new Node(cluster, false);
        one.create("s", Map.of("n", 1, "m", 1));
        two.write("s", "n", 2);
        int calls = one.calls();
        assertThat(one.read("s", "n")).isEqualTo(2);
        assertThat(one.read("s", "m")).isEqualTo(1);
        assertThat(one.calls()).isEqualTo(calls + 2);
        assertThat(one.sessions.statistics().loads()).isEqualTo(2);
        assertThat(one.sessions.statistics().decoded()).as("m is still here").isEqualTo(1);
        assertThat(one.sessions.statistics().takeovers()).isZero();
    }

    @Test
    void aForeignRouteAsksEvenOnTheHolder() {
        a.create("s", Map.of("n", 1));
        int calls = a.calls();
        assertThat(a.request("s", false, live -> live.attributes().get("n"))).isEqualTo(1);
        assertThat(a.calls()).isEqualTo(calls + 1);
        assertThat(a.steps().executed().get(calls)).isInstanceOf(Command.Take.class);
    }

    @Test
    void anOldTabWithAForeignRouteAfterALogoutElsewhereFindsNothing() {
        LiveSession here = a.create("s", Map.of("user", "Ada"));
        LiveSession there = b.open("s");
        assertThat(b.sessions.end(there, null, b.soon())).isTrue();
        assertThat(a.sessions.open("s", false, a.soon())).isNull();
        assertThat(FakeSession.of(here).isGone()).isTrue();
        assertThat(a.sessions.copies()).isEmpty();
    }

    @Test
    void ofOneHundredAttributesOnlyThoseReadAreDecodedAndOnce() {
        Map<String, Object> many = new HashMap<>();
        for (int i = 0; i < 100; i++) {
            many.put("n" + i, List.of(i));
        }
        a.create("s", many);
        LiveSession opened = b.open("s");
        Object first = opened.attributes().get("n1");
        opened.attributes().get("n2");
        assertThat(first).isEqualTo(List.of(1));
        assertThat(opened.attributes().get("n1")).isSameAs(first);
        assertThat(opened.attributes()).hasSize(100).containsKey("n3");
        assertThat(opened.attributes().keySet()).hasSize(100).contains("n99");
        b.end(opened);
        assertThat(b.sessions.statistics().decoded()).isEqualTo(2);
        assertThat(b.sessions.statistics().encoded()).as("compared").isEqualTo(2);
    }

    @Test
    void doubtMakesTheHolderAskOnce() {
        a.create("s", Map.of("n", 1));
        int calls = a.calls();
        a.sessions.doubtAll();
        a.read("s", "n");
        assertThat(a.calls()).isEqualTo(calls + 1);
        a.read("s", "n");
        assertThat(a.calls()).isEqualTo(calls + 1);
    }

    @Test
    void doubtThatArisesWhileTheStoreAnswersStays() {
        a.create("s", Map.of("n", 1));
        a.sessions.doubtAll();
        a.steps().after(Command.Take.class, a.sessions::doubtAll);
        int calls = a.calls();
        a.read("s", "n");
        a.read("s", "n");
        assertThat(a.calls()).isEqualTo(calls + 2);
    }

    @Test
    void silenceOfTheClusterMakesTheHolderAsk() {
        a.create("s", Map.of("n", 1));
        int calls = a.calls();
        a.silence(Node.PATIENCE.minusSeconds(10));
        a.read("s", "n");
        assertThat(a.calls()).isEqualTo(calls);
        a.silence(Duration.ofSeconds(11));
        a.read("s", "n");
        assertThat(a.calls()).isEqualTo(calls + 1);
    }

    @Test
    void aNodeThatWasFrozenDuringATakeoverAsksBeforeItServes() {
        InMemoryCluster three = new InMemoryCluster();
        Node frozen = new Node(three, true);
        Node other = new Node(three, true);
        frozen.create("s", Map.of("n", 1));
        three.freeze(3);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .as("the former holder has not let go")
                .isThrownBy(() -> other.open("s"));
        frozen.silence(Node.PATIENCE.plusSeconds(1));
        assertThatExceptionOfType(StoreUnavailableException.class)
                .as("who cannot ask does not serve")
                .isThrownBy(() -> frozen.open("s"));
        three.kill(3);
        assertThat(other.read("s", "n")).isEqualTo(1);
    }

    @Test
    void aStoreThatDoesNotAnswerIsNotAnAbsentSession() {
        a.create("s", Map.of("n", 1));
        b.steps().failBefore(Command.Take.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> b.open("s"));
        assertThat(b.sessions.copies()).isEmpty();
        assertThat(b.read("s", "n")).isEqualTo(1);

        b.steps().failAfter(Command.Take.class);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> b.sessions.open("s", false, b.soon()));
        assertThat(b.read("s", "n")).isEqualTo(1);
    }

    @Test
    void aDeadlineThatIsOverIsNotAnAbsentSession() {
        a.create("s", Map.of("n", 1));
        var over = b.soon();
        b.silence(Node.PATIENCE);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> b.sessions.open("s", true, over));
        assertThat(b.calls()).isZero();
    }

    @Test
    void anInterruptedRequestDoesNotWaitAndStaysInterrupted() {
        a.create("s", Map.of("n", 1));
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> b.open("s"));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(b.read("s", "n")).isEqualTo(1);
    }

    @Test
    void afterAFirstLoadThatFailedThoseWhoWaitedAskAnew() throws Exception {
        a.create("s", Map.of("n", 1));
        CountDownLatch asking = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(1);
        b.steps().before(Command.Take.class, () -> {
            asking.countDown();
            Threads.await(waiting);
            throw new StoreUnavailableException("lost", null);
        });
        CompletableFuture<LiveSession> first = CompletableFuture.supplyAsync(() -> b.open("s"), Threads.NEW);
        Threads.await(asking);
        LiveSession placeholder = b.sessions.copies().iterator().next();
        CompletableFuture<LiveSession> second = CompletableFuture.supplyAsync(() -> b.open("s"), Threads.NEW);
        Threads.until(() -> placeholder.lock.hasQueuedThreads());
        waiting.countDown();
        LiveSession opened = second.get(20, TimeUnit.SECONDS);
        assertThat(first)
                .failsWithin(Node.PATIENCE)
                .withThrowableThat()
                .havingRootCause()
                .withMessage("lost");
        assertThat(opened.attributes()).isEqualTo(Map.of("n", 1));
        assertThat(b.sessions.copies()).containsExactly(opened);
    }

    @Test
    void twoRequestsForASessionThatIsNotHereYetLoadItOnce() throws Exception {
        a.create("s", Map.of("n", 1));
        CountDownLatch asking = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(1);
        b.steps().before(Command.Take.class, () -> {
            asking.countDown();
            Threads.await(waiting);
        });
        CompletableFuture<LiveSession> first = CompletableFuture.supplyAsync(() -> b.open("s"), Threads.NEW);
        Threads.await(asking);
        LiveSession placeholder = b.sessions.copies().iterator().next();
        CompletableFuture<LiveSession> second = CompletableFuture.supplyAsync(() -> b.open("s"), Threads.NEW);
        Threads.until(() -> placeholder.lock.hasQueuedThreads());
        waiting.countDown();
        assertThat(second.get(20, TimeUnit.SECONDS)).isSameAs(first.get(20, TimeUnit.SECONDS));
        assertThat(b.sessions.statistics().released()).isZero();
    }

    @Test
    void aReleaseThatOvertakesTheAnswerOfTheTakeoverCounts() {
        a.create("s", Map.of("n", 1));
        b.steps().after(Command.Take.class, () -> a.request("s", false, live -> live));
        LiveSession opened = b.open("s");
        assertThat(opened.isHeld()).isFalse();
        int calls = b.calls();
        b.open("s");
        assertThat(b.calls()).isEqualTo(calls + 1);
    }

    @Test
    void containerStateTravelsAndTellsTheContainer() {
        LiveSession here = a.begin("s");
        here.ownContainer().put("user", "Ada");
        a.end(here);
        LiveSession there = b.open("s");
        assertThat(there.container()).isEqualTo(Map.of("user", "Ada"));
        assertThat(there.attributes()).isEmpty();
        assertThat(FakeSession.of(there).states()).isZero();
        there.attributes().put("n", 1);
        b.end(there);
        a.read("s", "n");
        assertThat(FakeSession.of(here).states()).isZero();
        b.change("s", live -> live.container().remove("user"));
        a.read("s", "n");
        assertThat(FakeSession.of(here).states()).isEqualTo(1);
        assertThat(here.container()).isEmpty();
    }

    @Test
    void aTimeoutSetHereAndNotSavedIsNotOverwritten() {
        LiveSession here = a.create("s", Map.of("n", 1));
        b.change("s", live -> FakeSession.of(live).allow(600));
        a.read("s", "n");
        assertThat(here.face().times().maxInactiveSeconds()).isEqualTo(600);

        b.change("s", live -> FakeSession.of(live).allow(300));
        FakeSession.of(here).allow(900);
        a.read("s", "n");
        assertThat(here.face().times().maxInactiveSeconds()).isEqualTo(900);
        assertThat(b.request("s", live -> live.face().times().maxInactiveSeconds()))
                .isEqualTo(900);
    }

    @Test
    void everySessionOfTheStoreHasAHome() {
        assertThat(a.sessions.isHome("s")).isTrue();
        a.create("s", Map.of());
        a.sessions.close();
        assertThat(a.sessions.copies()).isEmpty();
        assertThat(b.open("s")).isNotNull();
    }
}
