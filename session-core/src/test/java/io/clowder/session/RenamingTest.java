/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.StoreUnavailableException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session that changes its id, as at each login. */
class RenamingTest {

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = new Node(cluster, true);
    private final Node b = new Node(cluster, true);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theOldIdIsGoneAndTheNewOneServes(boolean sticky) {
        Node one = new Node(cluster, sticky);
        Node two = new Node(cluster, sticky);
        LiveSession live = one.create("old", Map.of("n", 1));
        one.sessions.rename(live, "new", one.soon());
        assertThat(live.id()).isEqualTo("new");
        assertThat(one.open("new")).isSameAs(live);
        assertThat(one.open("old")).isNull();
        assertThat(two.open("old")).isNull();
        assertThat(two.open("new").attributes()).isEqualTo(Map.of("n", 1));
    }

    @Test
    void theHolderGoesOnWithoutAsking() {
        LiveSession live = a.create("old", Map.of("n", 1));
        a.sessions.rename(live, "new", a.soon());
        int calls = a.calls();
        assertThat(a.read("new", "n")).isEqualTo(1);
        assertThat(a.calls()).isEqualTo(calls);
        a.write("new", "n", 2);
        assertThat(b.read("new", "n")).isEqualTo(2);
    }

    @Test
    void aSessionThatWasNeverStoredIsRenamedWithoutACall() {
        LiveSession live = a.begin("old");
        a.sessions.rename(live, "new", a.soon());
        assertThat(a.calls()).isZero();
        assertThat(a.open("new")).isSameAs(live);
        assertThat(a.open("old")).isNull();
        a.save(live);
        assertThat(b.open("new")).isNotNull();
        assertThat(b.open("old")).isNull();
    }

    @Test
    void whatIsNotSavedYetIsSavedUnderTheNewId() {
        LiveSession live = a.create("old", Map.of("n", 1));
        live.attributes().put("n", 2);
        a.sessions.rename(live, "new", a.soon());
        assertThat(live.isDirty()).isTrue();
        a.save(live);
        assertThat(b.read("new", "n")).isEqualTo(2);
    }

    @Test
    void whatWasSentAndNotAcknowledgedGoesFirst() {
        LiveSession live = a.create("old", Map.of("n", 1));
        live.attributes().put("n", 2);
        a.steps().failBefore(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.save(live));
        a.sessions.rename(live, "new", a.soon());
        assertThat(live.pending).isNull();
        assertThat(b.read("new", "n")).isEqualTo(2);
    }

    @Test
    void aSaveOfThisNodeThatWaitsGoesToTheNewId() throws Exception {
        LiveSession live = a.create("old", Map.of("n", 1));
        CountDownLatch sealing = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        a.steps().before(Command.Seal.class, () -> {
            sealing.countDown();
            Threads.await(gate);
        });
        CompletableFuture<Void> renaming =
                CompletableFuture.runAsync(() -> a.sessions.rename(live, "new", a.soon()), Threads.NEW);
        Threads.await(sealing);
        live.attributes().put("n", 2);
        CompletableFuture<Void> saving = CompletableFuture.runAsync(() -> a.save(live), Threads.NEW);
        CompletableFuture<LiveSession> opening =
                CompletableFuture.supplyAsync(() -> a.sessions.open("old", false, a.soon()), Threads.NEW);
        Threads.until(() -> live.lock.getQueueLength() == 2);
        gate.countDown();
        renaming.get(20, TimeUnit.SECONDS);
        saving.get(20, TimeUnit.SECONDS);
        assertThat(opening.get(20, TimeUnit.SECONDS)).isNull();
        assertThat(b.read("new", "n")).isEqualTo(2);
    }

    @Test
    void aSaveOfAnotherNodeThatMeetsTheRenameGoesToTheNewIdAndTheRenamerAsks() {
        LiveSession slow = b.create("old", Map.of("n", 1));
        LiveSession live = a.open("old");
        slow.attributes().put("late", true);
        a.steps().after(Command.Bury.class, () -> b.save(slow));
        a.sessions.rename(live, "new", a.soon());
        assertThat(a.read("new", "late")).isEqualTo(true);
        assertThat(b.open("old")).as("clients are not forwarded").isNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAnotherNodeChangedBeforeTheRenameIsNotMissed(boolean sticky) {
        Node one = new Node(cluster, sticky);
        Node two = new Node(cluster, sticky);
        LiveSession slow = two.create("old", Map.of("n", 1));
        LiveSession live = one.open("old");
        slow.attributes().put("late", true);
        two.save(slow);
        one.sessions.rename(live, "new", one.soon());
        assertThat(one.read("new", "late")).isEqualTo(true);
    }

    @Test
    void theFormerHolderWhoseSaveWasForwardedDoesNotServeTheOldId() {
        LiveSession renamed = a.create("old", Map.of("n", 1));
        LiveSession held = b.open("old");
        a.sessions.rename(renamed, "new", a.soon());
        held.attributes().put("late", true);
        b.save(held);
        assertThat(b.open("old")).isNull();
        assertThat(a.read("new", "late")).isEqualTo(true);
        assertThat(b.read("new", "n")).isEqualTo(1);
    }

    /** Somebody kept the session as it was before the change, where the session is now again. */
    @Test
    void aLateSaveUnderTheOldIdReachesTheCopyOfTheSameNodeAndDoesNotReviveTheId() {
        LiveSession kept = b.create("old", Map.of("n", 1));
        a.sessions.rename(a.open("old"), "new", a.soon());
        assertThat(b.read("new", "n")).isEqualTo(1);
        kept.attributes().put("late", true);
        b.save(kept);
        assertThat(b.read("new", "late")).isEqualTo(true);
        assertThat(b.open("old")).isNull();
    }

    @Test
    void theRenameOfASessionThatEndedMeanwhileTellsTheContainer() {
        LiveSession live = a.create("old", Map.of("n", 1));
        b.sessions.end(b.open("old"), null, b.soon());
        a.sessions.rename(live, "new", a.soon());
        assertThat(FakeSession.of(live).isGone()).isTrue();
        assertThat(a.sessions.copies()).isEmpty();
        assertThat(a.open("new")).isNull();
        assertThat(a.open("old")).isNull();
    }

    @Test
    void whenTheRepeatedSaveFindsThatTheSessionHasEndedNothingIsRenamed() {
        LiveSession live = a.create("old", Map.of("n", 1));
        live.attributes().put("n", 2);
        a.steps().failBefore(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.save(live));
        b.sessions.end(b.open("old"), null, b.soon());
        a.sessions.rename(live, "new", a.soon());
        assertThat(FakeSession.of(live).isGone()).isTrue();
        assertThat(a.sessions.copies()).isEmpty();
        assertThat(a.open("new")).isNull();
    }

    @ParameterizedTest
    @ValueSource(classes = {Command.Seal.class, Command.Create.class, Command.Bury.class})
    void aRenameWithoutAnAnswerCanBeRepeated(Class<? extends Command> step) {
        LiveSession live = a.create("old", Map.of("n", 1));
        a.steps().failAfter(step);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> a.sessions.rename(live, "new", a.soon()));
        assertThat(live.id()).isEqualTo("old");
        assertThat(a.sessions.copies()).containsExactly(live);
        a.sessions.rename(live, "new", a.soon());
        assertThat(a.read("new", "n")).isEqualTo(1);
        assertThat(a.open("old")).isNull();
        assertThat(b.read("new", "n")).isEqualTo(1);
    }
}
