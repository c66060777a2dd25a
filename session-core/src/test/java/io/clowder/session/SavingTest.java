/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.clowder.store.Command;
import io.clowder.store.Deadline;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionRecord;
import io.clowder.store.StoreUnavailableException;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is saved, when, and that nothing gets lost on the way. */
class SavingTest {

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = new Node(cluster, true);
    private final Node b = new Node(cluster, true);

    @Test
    void aRequestThatChangesNothingSavesNothing() {
        a.create("s", Map.of("n", 1));
        int calls = a.calls();
        a.change("s", live -> {});
        assertThat(a.calls()).isEqualTo(calls);
        assertThat(a.sessions.statistics().saves()).isEqualTo(1);
    }

    @Test
    void anAccessIsSavedAfterATenthOfTheTimeout() {
        a.create("s", Map.of("n", 1));
        int calls = a.calls();
        cluster.clock().advance(Duration.ofSeconds(180).minusMillis(1));
        a.change("s", live -> {});
        assertThat(a.calls()).isEqualTo(calls);

        cluster.clock().advance(Duration.ofMillis(1));
        a.change("s", live -> {});
        assertThat(a.calls()).isEqualTo(calls + 1);
        assertThat(a.lastDelta().set()).isEmpty();
        assertThat(a.lastDelta().removed()).isEmpty();
        assertThat(record("s").times().accessedAt()).isEqualTo(cluster.clock().millis());

        a.change("s", live -> {});
        assertThat(a.calls()).isEqualTo(calls + 1);
        assertThat(Sessions.shareOf(1800)).isEqualTo(180_000);
        assertThat(Sessions.shareOf(0)).isZero();
        assertThat(Sessions.shareOf(-1)).isZero();
    }

    @Test
    void theAccessOfASessionThatNeverEndsIsNotSaved() {
        LiveSession live = a.begin("s");
        FakeSession.of(live).allow(-1);
        a.end(live);
        int calls = a.calls();
        cluster.clock().advance(Duration.ofDays(1));
        a.change("s", opened -> {});
        assertThat(a.calls()).isEqualTo(calls);
    }

    @Test
    void anotherTimeoutIsSaved() {
        a.create("s", Map.of("n", 1));
        a.change("s", live -> FakeSession.of(live).allow(60));
        assertThat(record("s").times().maxInactiveSeconds()).isEqualTo(60);
        assertThat(a.lastDelta().timeoutSet()).isTrue();
        a.write("s", "n", 2);
        assertThat(a.lastDelta().timeoutSet()).isFalse();
    }

    @Test
    void ofOneHundredAttributesTheDeltaHasTheChangedOne() {
        Map<String, Object> many = new HashMap<>();
        for (int i = 0; i < 100; i++) {
            many.put("n" + i, "x".repeat(1024));
        }
        a.create("s", many);
        long encoded = a.sessions.statistics().encoded();
        a.write("s", "n7", 7);
        assertThat(a.lastDelta().set()).containsOnlyKeys("n7");
        assertThat(a.lastDelta().removed()).isEmpty();
        assertThat(a.sessions.statistics().encoded()).isEqualTo(encoded + 1);

        a.change("s", live -> live.attributes().remove("n8"));
        assertThat(a.lastDelta().set()).isEmpty();
        assertThat(a.lastDelta().removed()).containsOnlyKeys("n8");
    }

    @Test
    void whoReadsWhatAnotherRequestHasNotSavedSavesItBeforeItAnswers() {
        a.create("s", Map.of("n", 1));
        LiveSession first = a.open("s");
        first.attributes().put("n", 2);
        assertThat(a.read("s", "n")).isEqualTo(2);
        assertThat(b.read("s", "n")).isEqualTo(2);
    }

    @Test
    void whoReadsWhatIsBeingSavedWaitsForIt() throws Exception {
        a.create("s", Map.of("n", 1));
        CountDownLatch sending = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        a.steps().before(Command.Save.class, () -> {
            sending.countDown();
            Threads.await(gate);
        });
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> a.write("s", "n", 2), Threads.NEW);
        Threads.await(sending);

        LiveSession second = a.open("s");
        assertThat(second.attributes().get("n")).isEqualTo(2);
        CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> a.end(second), Threads.NEW);
        Threads.until(second.lock::hasQueuedThreads);
        assertThat(reader).isNotDone();
        assertThat(record("s").version().counter()).isEqualTo(1);

        gate.countDown();
        reader.get(20, TimeUnit.SECONDS);
        assertThat(record("s").version().counter()).isEqualTo(2);
        writer.get(20, TimeUnit.SECONDS);
        assertThat(a.sessions.statistics().saves()).isEqualTo(2);
        assertThat(b.read("s", "n")).isEqualTo(2);
    }

    @Test
    void whoCannotWaitLongerForTheSaveOfAnotherRequestSaysSo() throws Exception {
        LiveSession live = a.create("s", Map.of("n", 1));
        CountDownLatch gate = new CountDownLatch(1);
        a.steps().before(Command.Save.class, () -> Threads.await(gate));
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> a.write("s", "n", 2), Threads.NEW);
        Threads.until(live.lock::isLocked);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> a.sessions.save(live, Deadline.in(Duration.ZERO)))
                .withMessageContaining("s..")
                .withMessageContaining("another request");
        gate.countDown();
        writer.get(20, TimeUnit.SECONDS);
    }

    @Test
    void savesOfOneNodeDoNotOvertakeEachOther() throws Exception {
        a.create("s", Map.of("n", 0));
        List<CompletableFuture<Void>> requests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String name = "n" + i;
            requests.add(CompletableFuture.runAsync(
                    () -> {
                        for (int n = 1; n <= 50; n++) {
                            a.write("s", name, n);
                        }
                    },
                    Threads.NEW));
        }
        CompletableFuture.allOf(requests.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
        long last = 0;
        for (Command command : a.steps().executed()) {
            long sequence = ((Command.Save) command).delta().operation().sequence();
            assertThat(sequence).isGreaterThan(last);
            last = sequence;
        }
        Map<String, Object> expected = new HashMap<>(Map.of("n", 0));
        for (int i = 0; i < 8; i++) {
            expected.put("n" + i, 50);
        }
        assertThat(b.open("s").attributes()).isEqualTo(expected);
    }

    @Test
    void aSaveWhoseAnswerIsLostIsRepeatedAsItWasAndAppliedOnce() {
        LiveSession live = a.create("s", Map.of("n", 1));
        a.steps().failAfter(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.write("s", "n", 2));
        SessionDelta lost = a.lastDelta();
        assertThat(live.isDirty()).isFalse();
        assertThat(record("s").version().counter()).isEqualTo(2);

        a.save(live);
        assertThat(a.lastDelta().operation()).isEqualTo(lost.operation());
        assertThat(record("s").version().counter()).isEqualTo(2);
        assertThat(live.version).isEqualTo(record("s").version());
        int calls = a.calls();
        a.save(live);
        assertThat(a.calls()).isEqualTo(calls);
    }

    @Test
    void aSaveThatFailedGoesFirstAndWhatWasWrittenSinceGoesNext() {
        LiveSession live = a.create("s", Map.of("n", 1));
        a.steps().failBefore(Command.Save.class);
        live.attributes().put("n", 2);
        live.attributes().put("m", 2);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.save(live));
        live.attributes().put("n", 3);
        int calls = a.calls();
        a.save(live);
        assertThat(a.calls()).isEqualTo(calls + 2);
        assertThat(a.lastDelta().set()).containsOnlyKeys("n");
        assertThat(b.open("s").attributes()).isEqualTo(Map.of("n", 3, "m", 2));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSessionWhoseFirstSaveFailedIsNotLostForTheNextRequest(boolean sticky) {
        Node node = new Node(cluster, sticky);
        LiveSession live = node.begin("s");
        live.attributes().put("n", 1);
        node.steps().failBefore(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> node.end(live));

        assertThat(node.request("s", false, opened -> opened.attributes().get("n")))
                .isEqualTo(1);
        assertThat(FakeSession.of(live).isGone()).isFalse();
        assertThat(b.read("s", "n")).isEqualTo(1);
    }

    @Test
    void ofTwoNodesThatCreateASessionOfOneIdTheSecondGivesWayToTheFirst() {
        LiveSession second = b.begin("s");
        a.create("s", Map.of("n", 1));
        assertThatIllegalStateException().isThrownBy(() -> b.end(second)).withMessageContaining("in use already");
        assertThat(FakeSession.of(second).isGone()).isTrue();
        assertThat(b.read("s", "n")).isEqualTo(1);
    }

    @Test
    void whatWasSentAndNotAcknowledgedGivesWayToWhatOthersHaveWrittenSince() {
        LiveSession here = a.create("s", Map.of("n", 1, "removed", 1, "set", 1));
        a.steps().failBefore(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> a.change("s", live -> {
                    live.attributes().put("n", 2);
                    live.attributes().put("mine", 2);
                    live.attributes().put("removed", 2);
                    live.attributes().remove("set");
                }));
        cluster.clock().advance(Duration.ofMillis(1));
        b.change("s", live -> {
            live.attributes().put("n", 3);
            live.attributes().remove("removed");
            live.attributes().put("set", 3);
        });

        assertThat(a.read("s", "n")).isEqualTo(3);
        assertThat(here.attributes()).isEqualTo(Map.of("n", 3, "mine", 2, "set", 3));
        assertThat(b.read("s", "mine")).isEqualTo(2);
        assertThat(b.open("s").attributes()).isEqualTo(here.attributes());
        assertThat(a.sessions.statistics().conflicts()).isEqualTo(3);
    }

    @Test
    void aSaveOfAFormerHolderIsSeenByTheNextRequestOfTheHolder() {
        a.create("s", Map.of("n", 1));
        LiveSession slow = a.open("s");
        LiveSession taken = b.open("s");
        b.end(taken);
        slow.attributes().put("late", true);
        a.end(slow);
        assertThat(taken.isHeld()).isTrue();
        int calls = b.calls();
        assertThat(b.read("s", "late")).isEqualTo(true);
        assertThat(b.calls()).isEqualTo(calls + 1);
        assertThat(b.read("s", "late")).isEqualTo(true);
        assertThat(b.calls()).isEqualTo(calls + 1);
    }

    @Test
    void aLateSaveIsToldWhatTheHolderChangedMeanwhile() {
        LiveSession slow = a.create("s", Map.of("n", 1));
        b.write("s", "m", 2);
        slow.attributes().put("late", true);
        a.save(slow);
        assertThat(slow.attributes()).isEqualTo(Map.of("n", 1, "m", 2, "late", true));
    }

    @Test
    void aMergeLeavesWhatWasWrittenHereLastAndNotSaved() {
        LiveSession here = a.create("s", Map.of("n", 1, "m", 1, "gone", 1));
        b.change("s", live -> {
            live.attributes().put("n", 3);
            live.attributes().put("m", 3);
            live.attributes().put("gone", 3);
        });
        cluster.clock().advance(Duration.ofMillis(1));
        here.attributes().put("n", 2);
        here.attributes().remove("gone");
        a.sessions.open("s", false, a.soon());
        assertThat(here.attributes()).isEqualTo(Map.of("n", 2, "m", 3));
        a.save(here);
        assertThat(b.open("s").attributes()).isEqualTo(Map.of("n", 2, "m", 3));
    }

    /** While its save was refused, the session was used elsewhere. */
    @Test
    void whatWasWrittenHereAndNotSavedGivesWayToWhatOthersHaveWrittenSince() {
        LiveSession here = a.create("s", Map.of("n", 1, "gone", 1, "mine", 1, "removed", 1));
        a.steps().failBefore(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> a.change("s", live -> live.attributes().put("n", 2)));
        a.steps().failBefore(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> a.change("s", live -> {
                    live.attributes().put("n", 3);
                    live.attributes().put("mine", 3);
                    live.attributes().put("removed", 3);
                    live.attributes().remove("gone");
                }));
        cluster.clock().advance(Duration.ofMillis(1));
        b.change("s", live -> {
            live.attributes().put("n", 30);
            live.attributes().put("gone", 30);
        });

        assertThat(a.request("s", false, live -> live.attributes().get("n"))).isEqualTo(30);
        Map<String, Object> both = Map.of("n", 30, "gone", 30, "mine", 3, "removed", 3);
        assertThat(here.attributes()).isEqualTo(both);
        assertThat(b.open("s").attributes()).isEqualTo(both);
    }

    @Test
    void anObjectThatWasNotSavedInTimeIsNotTakenForChangedAfterwards() {
        LiveSession here = a.create("s", Map.of("n", 1));
        LiveSession slow = a.open("s");
        slow.attributes().put("cart", new ArrayList<>(List.of("tea")));
        cluster.clock().advance(Duration.ofMillis(1));
        b.write("s", "cart", List.of("milk"));
        assertThat(a.read("s", "cart")).isEqualTo(List.of("milk"));
        a.end(slow);
        assertThat(here.attributes().get("cart")).isEqualTo(List.of("milk"));
        assertThat(b.read("s", "cart")).isEqualTo(List.of("milk"));
    }

    @Test
    void anObjectThatARequestHoldsStaysWhenOthersAreMerged() {
        a.create("s", Map.of("cart", List.of("tea"), "n", 1));
        LiveSession opened = b.open("s");
        Object cart = opened.attributes().get("cart");
        a.write("s", "n", 2);
        assertThat(b.open("s").attributes().get("cart")).isSameAs(cart);
        assertThat(opened.attributes().get("n")).isEqualTo(2);
    }

    @Test
    void aSaveWithoutAnAnswerMarksNobodyAsHolder() {
        LiveSession here = a.create("s", Map.of("n", 1));
        a.steps().after(Command.Save.class, () -> b.read("s", "n"));
        a.write("s", "n", 2);
        assertThat(here.isHeld()).isFalse();
        b.write("s", "n", 3);
        assertThat(a.read("s", "n")).isEqualTo(3);
    }

    @Test
    void anAttributeThatCannotBeSerializedStaysHereAndTheRestGoes() {
        LiveSession here = a.create("s", Map.of("n", "stored", "m", 1));
        Object thread = new Thread();
        here.attributes().put("n", thread);
        here.attributes().put("m", 2);
        a.save(here);
        assertThat(a.unsaved()).containsExactly("n");
        assertThat(b.open("s").attributes()).as("the earlier value is gone").isEqualTo(Map.of("m", 2));
        b.write("s", "m", 3);
        assertThat(a.read("s", "m")).isEqualTo(3);
        assertThat(here.attributes().get("n")).isSameAs(thread);
        assertThat(a.unsaved()).containsExactly("n");

        a.write("s", "n", "again");
        assertThat(b.read("s", "n")).isEqualTo("again");
    }

    @Test
    void aChangeOfNothingButWhatCannotBeEncodedNowIsNotSent() {
        LiveSession here = a.create("s", Map.of("n", 1));
        int calls = a.calls();
        here.attributes().put("moody", new Moody(1));
        a.save(here);
        assertThat(a.calls()).isEqualTo(calls);
        assertThat(a.unsaved()).containsExactly("moody");
        assertThat(here.isDirty()).isTrue();
        assertThat(here.attributes()).containsKey("moody");
    }

    @Test
    void anAttributeWhoseEncodingFailedOnceIsSavedTheNextTime() {
        LiveSession here = a.create("s", Map.of("n", 1));
        here.attributes().put("moody", new Moody(1));
        here.attributes().put("n", 2);
        a.save(here);
        assertThat(b.open("s").attributes().keySet()).containsExactly("n");
        a.save(here);
        assertThat(a.unsaved()).containsExactly("moody");
        assertThat(((Moody) b.read("s", "moody")).failures).isZero();
    }

    /** Fails the first times that it is written. */
    private static final class Moody implements Serializable {
        private static final long serialVersionUID = 1;
        private int failures;

        Moody(int failures) {
            this.failures = failures;
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            if (failures > 0) {
                failures--;
                throw new IllegalStateException("not now");
            }
            out.defaultWriteObject();
        }
    }

    private SessionRecord record(String id) {
        return (SessionRecord) cluster.peek(id);
    }
}
