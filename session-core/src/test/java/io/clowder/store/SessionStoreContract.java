/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static io.clowder.store.Change.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link SessionStore} promises. A subclass only builds the cluster. */
@Timeout(60)
public abstract class SessionStoreContract {

    /** The nodes. */
    private static final int A = 0;

    private static final int B = 1;
    private static final int C = 2;

    private final String id = id();
    private TestCluster cluster;
    private SessionStore a;
    private SessionStore b;
    private SessionStore c;

    /** Three nodes without a session. */
    protected abstract TestCluster cluster();

    @BeforeEach
    final void build() {
        cluster = cluster();
        a = cluster.store(A);
        b = cluster.store(B);
        c = cluster.store(C);
    }

    @AfterEach
    final void close() {
        cluster.close();
    }

    // Create, load, save

    @Test
    void anUnknownIdIsGone() {
        Version some = new Version(3, a.nextOperation());
        assertThat(a.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(a.load(id, some, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(a.take(id, null, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(a.rename(id, id(), soon())).isInstanceOf(Saved.Gone.class);
        assertThat(a.end(id, null, soon())).isNull();
        assertThat(a.save(id, Change.by(a).upon(some).set("n", "1").delta(), soon()))
                .isInstanceOf(Saved.Gone.class);
        assertThat(cluster.peek(id)).isNull();
    }

    @Test
    void aCreatedSessionIsLoadedByAnotherNode() {
        SessionDelta delta = Change.by(a)
                .heldBy(a.node())
                .set("n", "1")
                .set("m", "2")
                .timeout(60)
                .delta();
        Saved.Applied created = applied(a.save(id, delta, soon()));
        assertThat(created.version()).isEqualTo(new Version(1, delta.operation()));
        assertThat(created.holder()).isEqualTo(a.node());
        assertThat(created.changes().isEmpty()).isTrue();

        Loaded.Found found = found(b.load(id, null, soon()));
        assertThat(found.version()).isEqualTo(created.version());
        assertThat(found.holder()).isEqualTo(a.node());
        assertThat(found.changes().whole()).isTrue();
        assertThat(values(found.changes().set())).isEqualTo(Map.of("n", "1", "m", "2"));
        assertThat(found.changes().times()).isEqualTo(new SessionTimes(1000, 1000, 60));
    }

    @Test
    void aLoadOfTheNewestStateBringsNothing() {
        Version version = create("n", "1");
        Loaded.Found found = found(b.load(id, version, soon()));
        assertThat(found.version()).isEqualTo(version);
        assertThat(found.changes().isEmpty()).isTrue();
    }

    @Test
    void aLoadBringsTheChangedAttributesOnly() {
        Version first = create("n", "1", "m", "1", "gone", "1");
        save(a, Change.by(a).upon(first).set("n", "2").remove("gone"));
        Loaded.Found found = found(b.load(id, first, soon()));
        assertThat(found.changes().whole()).isFalse();
        assertThat(values(found.changes().set())).isEqualTo(Map.of("n", "2"));
        assertThat(found.changes().removed()).containsExactly("gone");
    }

    @Test
    void anAttributeThatCameBackIsNotReportedAsRemoved() {
        Version first = create("n", "1");
        Version second = save(a, Change.by(a).upon(first).remove("n")).version();
        save(a, Change.by(a).upon(second).set("n", "2"));
        Loaded.Found found = found(b.load(id, first, soon()));
        assertThat(values(found.changes().set())).isEqualTo(Map.of("n", "2"));
        assertThat(found.changes().removed()).isEmpty();
    }

    @Test
    void anUnknownStateWithTheSameCounterGetsEverything() {
        create("n", "1");
        Loaded.Found found = found(b.load(id, new Version(1, b.nextOperation()), soon()));
        assertThat(found.changes().whole()).isTrue();
        assertThat(values(found.changes().set())).isEqualTo(Map.of("n", "1"));
    }

    @Test
    void thirtyTwoRemovalsAreReportedByNameMoreByEverything() {
        Change creation = Change.by(a).heldBy(a.node()).set("stays", "1");
        for (int i = 0; i < 33; i++) {
            creation.set("n" + i, "1");
        }
        Version first = applied(a.save(id, creation.delta(), soon())).version();
        Change removal = Change.by(a).upon(first);
        for (int i = 0; i < 32; i++) {
            removal.remove("n" + i);
        }
        Version second = save(a, removal).version();
        assertThat(found(b.load(id, first, soon())).changes().removed()).hasSize(32);

        save(a, Change.by(a).upon(second).remove("n32"));
        Changes below = found(b.load(id, first, soon())).changes();
        assertThat(below.whole()).isTrue();
        assertThat(values(below.set())).isEqualTo(Map.of("stays", "1"));
        Changes above = found(b.load(id, second, soon())).changes();
        assertThat(above.whole()).isFalse();
        assertThat(above.removed()).containsExactly("n32");
    }

    @Test
    void changesOfDifferentAttributesBothWin() {
        Version first = create("n", "1", "m", "1");
        save(a, Change.by(a).upon(first).set("n", "a"));
        save(b, Change.by(b).upon(first).set("m", "b"));
        assertThat(content()).isEqualTo(Map.of("n", "a", "m", "b"));
    }

    @Test
    void ofTheSameAttributeTheLastWrittenWins() {
        Version first = create("n", "1", "m", "1", "o", "1");
        Version second = save(a, Change.by(a).upon(first).at(10).set("n", "a").remove("m"))
                .version();
        Saved.Applied early =
                save(b, Change.by(b).upon(first).at(9).set("n", "b").at(12).set("m", "b"));
        assertThat(content()).isEqualTo(Map.of("n", "a", "m", "b", "o", "1"));
        assertThat(values(early.changes().set())).isEqualTo(Map.of("n", "a"));
        assertThat(early.conflicts()).isEqualTo(2);
        save(a, Change.by(a).upon(second).at(9).remove("m").remove("o"));
        assertThat(content()).isEqualTo(Map.of("n", "a", "m", "b"));
        save(b, Change.by(b).upon(first).at(12).set("n", "b"));
        assertThat(content()).isEqualTo(Map.of("n", "b", "m", "b"));
    }

    @Test
    void whoKnewOfAWriteOverwritesItWhateverItsClockSays() {
        Version first = create("n", "1");
        Version second = save(a, Change.by(a).upon(first).at(1000).set("n", "a").remove("m"))
                .version();
        save(b, Change.by(b).upon(second).at(9).set("n", "b").set("m", "b"));
        assertThat(content()).isEqualTo(Map.of("n", "b", "m", "b"));
    }

    @Test
    void theSameSaveTwiceCountsOnce() {
        Version first = create("n", "1");
        SessionDelta delta = Change.by(a).upon(first).set("n", "2").remove("m").delta();
        Saved.Applied once = applied(a.save(id, delta, soon()));
        Saved.Applied twice = applied(a.save(id, delta, soon()));
        assertThat(once.version()).isEqualTo(new Version(2, delta.operation()));
        assertThat(twice).isEqualTo(once);
        assertThat(content()).isEqualTo(Map.of("n", "2"));
    }

    @Test
    void theSameCreationTwiceCountsOnce() {
        SessionDelta delta = Change.by(a).heldBy(a.node()).set("n", "1").delta();
        cluster.steps(A).failAfter(Command.Save.class);
        assertUnavailable(() -> a.save(id, delta, soon()));
        Saved.Applied repeated = applied(a.save(id, delta, soon()));
        assertThat(repeated.version()).isEqualTo(new Version(1, delta.operation()));
        assertThat(repeated.changes().isEmpty()).isTrue();
    }

    @Test
    void aSaveThatWasLostOnItsWayIsAppliedByTheRepeat() {
        Version first = create("n", "1");
        SessionDelta delta = Change.by(a).upon(first).set("n", "2").delta();
        cluster.steps(A).failBefore(Command.Save.class);
        assertUnavailable(() -> a.save(id, delta, soon()));
        assertThat(content()).isEqualTo(Map.of("n", "1"));
        a.save(id, delta, soon());
        assertThat(content()).isEqualTo(Map.of("n", "2"));
    }

    @Test
    void aRepeatedSaveThatArrivesAfterANewerOneOfAnotherNodeChangesNothing() {
        Version first = create("n", "1");
        SessionDelta delta = Change.by(a).upon(first).set("n", "a").delta();
        cluster.steps(A).failAfter(Command.Save.class);
        assertUnavailable(() -> a.save(id, delta, soon()));
        Version newer = save(b, Change.by(b).upon(first).set("n", "b")).version();

        Saved.Applied late = applied(a.save(id, delta, soon()));
        assertThat(late.version()).isEqualTo(newer);
        assertThat(values(late.changes().set())).isEqualTo(Map.of("n", "b"));
        assertThat(content()).isEqualTo(Map.of("n", "b"));
    }

    @Test
    void anOlderSaveOfTheSameNodeThatArrivesLaterChangesNothing() {
        Version first = create("n", "1");
        SessionDelta older = Change.by(a).upon(first).set("n", "old").delta();
        SessionDelta newer = Change.by(a).upon(first).set("n", "new").delta();
        a.save(id, newer, soon());
        a.save(id, older, soon());
        assertThat(content()).isEqualTo(Map.of("n", "new"));
    }

    @Test
    void theAnswerToASaveHasWhatOthersChangedAndNotWhatTheSaverWrote() {
        Version first = create("n", "1", "m", "1", "gone", "1");
        save(b, Change.by(b).upon(first).set("m", "b").remove("gone"));
        Saved.Applied saved = save(a, Change.by(a).upon(first).set("n", "a"));
        assertThat(saved.version().counter()).isEqualTo(3);
        assertThat(saved.changes().whole()).isFalse();
        assertThat(values(saved.changes().set())).isEqualTo(Map.of("m", "b"));
        assertThat(saved.changes().removed()).containsExactly("gone");
    }

    @Test
    void theNewestAccessAndTheLastSetTimeoutHold() {
        Version first = create("n", "1");
        save(a, Change.by(a).upon(first).accessed(5000).timeout(60));
        save(b, Change.by(b).upon(first).accessed(4000));
        assertThat(found(b.load(id, null, soon())).changes().times()).isEqualTo(new SessionTimes(1000, 5000, 60));
    }

    // Uses that a load notes

    @Test
    void aUseIsHeardOfAtOnceAndMakesNoNewState() {
        Version version = create("n", "1");
        Loaded.Found first = found(b.load(id, version, 5000L, soon()));
        assertThat(first.times().accessedAt()).as("before this use").isEqualTo(1000);
        Loaded.Found second = found(c.load(id, version, 6000L, soon()));
        assertThat(second.times().accessedAt()).isEqualTo(5000);
        assertThat(second.changes().times().accessedAt())
                .as("what backups know")
                .isEqualTo(1000);
        assertThat(second.version()).isEqualTo(version);
        assertThat(second.changes().isEmpty()).isTrue();
        b.load(id, version, 4000L, soon());
        b.load(id, version, soon());
        assertThat(found(a.load(id, null, soon())).times().accessedAt()).isEqualTo(6000);
    }

    @Test
    void theNextChangeCarriesANotedUse() {
        Version version = create("n", "1");
        b.load(id, version, 5000L, soon());
        save(a, Change.by(a).upon(version).set("n", "2").accessed(3000));
        Loaded.Found found = found(b.load(id, null, soon()));
        assertThat(found.changes().times().accessedAt()).isEqualTo(5000);
        assertThat(found.times().accessedAt()).isEqualTo(5000);

        b.load(id, found.version(), 7000L, soon());
        assertThat(found(c.take(id, null, soon())).times().accessedAt()).isEqualTo(7000);
        b.load(id, null, 8000L, soon());
        String newId = id();
        c.rename(id, newId, soon());
        assertThat(found(a.load(newId, null, soon())).times().accessedAt()).isEqualTo(8000);
    }

    @Test
    void aSessionWhoseUseWasNotedIsNotIdle() {
        SessionDelta roaming = Change.by(a).set("n", "1").delta();
        Version version = applied(a.save(id, roaming, soon())).version();
        b.load(id, version, 5000L, soon());
        // 1,800 s, of which a backup that had to step in may miss a tenth.
        assertThat(a.end(id, 1_984_999L, soon())).isNull();
        SessionRecord last = Objects.requireNonNull(a.end(id, 1_985_000L, soon()));
        assertThat(last.times().accessedAt()).isEqualTo(5000);
        assertThat(b.load(id, version, 6000L, soon())).isInstanceOf(Loaded.Gone.class);
    }

    @Test
    void anIdInUseIsRefused() {
        create("n", "1");
        assertThatIllegalStateException()
                .isThrownBy(() -> b.save(id, Change.by(b).set("n", "2").delta(), soon()))
                .withMessageNotContaining(id);
        assertThat(content()).isEqualTo(Map.of("n", "1"));
    }

    // Takeover

    @Test
    void aTakeoverChangesTheHolderAndTheFormerOneHasLetGo() {
        Version first = create("n", "1");
        cluster.copies(A).knows(id, new SessionTimes(1000, 9000, 1800));
        Loaded.Found taken = found(b.take(id, null, soon()));
        assertThat(cluster.copies(A).told()).containsExactly("released " + id);
        assertThat(taken.holder()).isEqualTo(b.node());
        assertThat(taken.version().counter()).isEqualTo(first.counter() + 1);
        assertThat(values(taken.changes().set())).isEqualTo(Map.of("n", "1"));
        assertThat(taken.changes().times()).isEqualTo(new SessionTimes(1000, 9000, 1800));
        assertThat(found(c.load(id, null, soon())).holder()).isEqualTo(b.node());
    }

    @Test
    void aTakeoverWithTheNewestStateBringsNothing() {
        Version first = create("n", "1");
        assertThat(found(b.take(id, first, soon())).changes().isEmpty()).isTrue();
    }

    @Test
    void aTakeoverByTheHolderChangesNothing() {
        Version first = create("n", "1");
        Loaded.Found taken = found(a.take(id, first, soon()));
        assertThat(taken.version()).isEqualTo(first);
        assertThat(taken.changes().isEmpty()).isTrue();
        assertThat(recorded().version()).isEqualTo(first);
    }

    @Test
    void aTakeoverAskedForAgainAfterALostAnswerStillReleases() {
        create("n", "1");
        cluster.steps(B).failAfter(Command.Take.class);
        assertUnavailable(() -> b.take(id, null, soon()));
        assertThat(cluster.copies(A).told()).isEmpty();
        Loaded.Found taken = found(b.take(id, null, soon()));
        assertThat(taken.holder()).isEqualTo(b.node());
        assertThat(taken.version().counter()).isEqualTo(2);
        assertThat(cluster.copies(A).told()).containsExactly("released " + id);
    }

    @Test
    void aTakeoverReleasesAllOfAChain() {
        create("n", "1");
        cluster.copies(A).knows(id, new SessionTimes(1000, 8000, 1800));
        cluster.copies(B).knows(id, new SessionTimes(1000, 7000, 1800));
        cluster.steps(B).failAfter(Command.Take.class);
        assertUnavailable(() -> b.take(id, null, soon()));
        Loaded.Found taken = found(c.take(id, null, soon()));
        assertThat(cluster.copies(A).told()).containsExactly("released " + id);
        assertThat(cluster.copies(B).told()).containsExactly("released " + id);
        assertThat(taken.changes().times().accessedAt()).isEqualTo(8000);
    }

    @Test
    void whoIsKnownToHaveLetGoIsNotAskedAgain() {
        create("n", "1");
        Version taken = found(b.take(id, null, soon())).version();
        save(b, Change.by(b).upon(taken).set("n", "2").settled());
        cluster.copies(A).clear();
        found(c.take(id, null, soon()));
        assertThat(cluster.copies(A).told()).isEmpty();
        assertThat(cluster.copies(B).told()).containsExactly("released " + id);
    }

    @Test
    void aSettledSaveFromBeforeALaterTakeoverDoesNotSettleThatOne() {
        create("n", "1");
        Version byB = found(b.take(id, null, soon())).version();
        SessionDelta early = Change.by(b).upon(byB).set("n", "2").settled().delta();
        found(c.take(id, byB, soon()));
        cluster.steps(B).failAfter(Command.Take.class); // B holds again; C was not told
        cluster.copies(C).clear();
        assertUnavailable(() -> b.take(id, byB, soon()));
        applied(b.save(id, early, soon()));
        assertThat(cluster.copies(C).told()).as("it still serves").containsExactly("changed " + id);
        found(b.take(id, null, soon()));
        assertThat(cluster.copies(C).told()).containsExactly("changed " + id, "released " + id);
        assertThat(content()).isEqualTo(Map.of("n", "2"));
    }

    @Test
    void aFormerHolderThatDiedIsNotWaitedFor() {
        create("n", "1");
        cluster.freeze(A);
        cluster.kill(A);
        assertThat(found(b.take(id, null, soon())).holder()).isEqualTo(b.node());
        assertThat(cluster.copies(A).told()).isEmpty();
    }

    @Test
    void aFormerHolderThatDoesNotAnswerIsNotTakenOverFrom() {
        create("n", "1");
        cluster.freeze(A);
        assertUnavailable(() -> b.take(id, null, Deadline.in(Duration.ofMillis(300))));
        cluster.kill(A);
        assertThat(found(b.take(id, null, soon())).holder()).isEqualTo(b.node());
    }

    @Test
    void aLateSaveOfAFormerHolderIsAppliedAndTheNewHolderWasTold() {
        Version first = create("n", "1", "m", "1");
        SessionDelta late = Change.by(a).upon(first).set("n", "late").delta();
        Version taken = found(b.take(id, null, soon())).version();
        save(b, Change.by(b).upon(taken).set("m", "b"));
        cluster.copies(B).clear();

        Saved.Applied saved = applied(a.save(id, late, soon()));
        assertThat(cluster.copies(B).told()).containsExactly("changed " + id);
        assertThat(saved.holder()).isEqualTo(b.node());
        assertThat(values(saved.changes().set())).isEqualTo(Map.of("m", "b"));
        assertThat(content()).isEqualTo(Map.of("n", "late", "m", "b"));
    }

    @Test
    void aSaveFromBeforeATakeoverByTheSameNodeIsApplied() {
        Version first = create("n", "1");
        found(b.take(id, null, soon()));
        SessionDelta early = Change.by(a).upon(first).set("n", "2").delta();
        found(a.take(id, first, soon()));
        applied(a.save(id, early, soon()));
        assertThat(content()).isEqualTo(Map.of("n", "2"));
    }

    @Test
    void aHolderThatDoesNotHearOfAChangeFailsTheSaveAndTheRepeatTellsIt() {
        Version first = create("n", "1");
        cluster.freeze(A);
        SessionDelta delta = Change.by(b).upon(first).set("n", "2").delta();
        assertUnavailable(() -> b.save(id, delta, Deadline.in(Duration.ofMillis(300))));
        cluster.kill(A);
        assertThat(applied(b.save(id, delta, soon())).version().counter()).isEqualTo(2);
    }

    // Rename

    @Test
    void aRenamedSessionIsWholeUnderTheNewIdAndGoneUnderTheOld() {
        Version first = create("n", "1", "m", "1");
        String newId = id();
        Saved.Applied renamed = applied(a.rename(id, newId, soon()));
        assertThat(renamed.holder()).isEqualTo(a.node());
        assertThat(renamed.changes().isEmpty()).isTrue();
        assertThat(b.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(b.load(id, first, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(b.take(id, null, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(b.end(id, null, soon())).isNull();
        assertThat(b.rename(id, id(), soon())).isInstanceOf(Saved.Gone.class);
        Loaded.Found found = found(b.load(newId, null, soon()));
        assertThat(values(found.changes().set())).isEqualTo(Map.of("n", "1", "m", "1"));
        assertThat(found.version()).isEqualTo(renamed.version());
        assertThat(found(b.load(newId, first, soon())).changes().isEmpty()).isTrue();
    }

    @Test
    void aSaveInFlightIsAppliedUnderTheNewId() {
        Version first = create("n", "1", "m", "1");
        SessionDelta own = Change.by(a).upon(first).set("n", "own").delta();
        SessionDelta other = Change.by(b).upon(first).set("m", "other").delta();
        String newId = id();
        a.rename(id, newId, soon());
        assertThat(applied(a.save(id, own, soon())).holder())
                .as("under the old id")
                .isNull();
        assertThat(cluster.copies(A).told()).containsExactly("changed " + newId);
        applied(b.save(id, other, soon()));
        assertThat(content(newId)).isEqualTo(Map.of("n", "own", "m", "other"));
        assertThat(cluster.copies(A).told()).containsExactly("changed " + newId, "changed " + newId);
    }

    @Test
    void aSaveInFlightMeetsTheSealAndIsAppliedOnce() {
        Version first = create("n", "1");
        String newId = id();
        cluster.steps(A).after(Command.Seal.class, () -> {
            CompletableFuture<Saved> waiting = async(
                    () -> b.save(id, Change.by(b).upon(first).set("n", "2").delta(), soon()));
            await(() -> cluster.steps(B).count(Command.Save.class) >= 2);
            assertThat(waiting).isNotDone();
            background.add(waiting);
        });
        a.rename(id, newId, soon());
        background.forEach(CompletableFuture::join);
        assertThat(content(newId)).isEqualTo(Map.of("n", "2"));
    }

    @Test
    void aLivingRenamerIsWaitedFor() {
        create("n", "1");
        String newId = id();
        cluster.steps(A).after(Command.Create.class, () -> {
            CompletableFuture<Loaded> waiting = async(() -> b.load(id, null, soon()));
            await(() -> cluster.steps(B).count(Command.Load.class) >= 2);
            assertThat(waiting).isNotDone();
            background.add(waiting);
        });
        a.rename(id, newId, soon());
        assertThat(background.get(0).join()).isInstanceOf(Loaded.Gone.class);
        assertThat(content(newId)).isEqualTo(Map.of("n", "1"));
    }

    @Test
    void aRenamerThatDiedAfterTheSealIsUndone() {
        create("n", "1");
        String newId = id();
        cluster.steps(A).after(Command.Seal.class, () -> die(A));
        assertUnavailable(() -> a.rename(id, newId, soon()));
        assertThat(values(found(b.load(id, null, soon())).changes().set())).isEqualTo(Map.of("n", "1"));
        assertThat(b.load(newId, null, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(found(b.take(id, null, soon())).holder()).isEqualTo(b.node());
    }

    @Test
    void aRenamerThatDiedAfterTheCreationIsFinished() {
        create("n", "1");
        String newId = id();
        cluster.steps(A).after(Command.Create.class, () -> die(A));
        assertUnavailable(() -> a.rename(id, newId, soon()));
        assertThat(b.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(content(newId)).isEqualTo(Map.of("n", "1"));
    }

    @Test
    void aRenamerThatDiedAfterTheBurialHasFinished() {
        create("n", "1");
        String newId = id();
        cluster.steps(A).after(Command.Bury.class, () -> die(A));
        assertUnavailable(() -> a.rename(id, newId, soon()));
        assertThat(b.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(content(newId)).isEqualTo(Map.of("n", "1"));
    }

    @Test
    void aRenamerThatGaveUpIsNotWaitedFor() {
        create("n", "1");
        String newId = id();
        cluster.steps(A).failBefore(Command.Create.class);
        assertUnavailable(() -> a.rename(id, newId, soon()));
        assertThat(values(found(b.load(id, null, soon())).changes().set())).isEqualTo(Map.of("n", "1"));
    }

    @Test
    void aRenameAskedForAgainIsDone() {
        create("n", "1");
        List<Class<? extends Command>> steps = List.of(Command.Seal.class, Command.Create.class, Command.Bury.class);
        String current = id;
        for (Class<? extends Command> step : steps) {
            String from = current;
            String newId = id();
            cluster.steps(A).failAfter(step);
            assertUnavailable(() -> a.rename(from, newId, soon()));
            assertThat(a.rename(from, newId, soon())).isInstanceOf(Saved.Applied.class);
            assertThat(content(newId)).isEqualTo(Map.of("n", "1"));
            assertThat(b.load(from, null, soon())).isInstanceOf(Loaded.Gone.class);
            current = newId;
        }
    }

    @Test
    void aRenamerThatWasGivenUpTooEarlyDoesNotLeaveTwoSessions() {
        create("n", "1");
        String newId = id();
        cluster.steps(A).before(Command.Create.class, () -> {
            cluster.kill(A); // as the others see it
            found(b.load(id, null, soon()));
        });
        assertUnavailable(() -> a.rename(id, newId, soon()));
        assertThat(b.load(newId, null, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(content()).isEqualTo(Map.of("n", "1"));
    }

    @Test
    void theHolderIsToldWhenAnotherNodeRenames() {
        create("n", "1");
        String newId = id();
        Saved.Applied renamed = applied(b.rename(id, newId, soon()));
        assertThat(cluster.copies(A).told()).containsExactly("changed " + id);
        assertThat(renamed.holder()).isEqualTo(b.node());
    }

    @Test
    void aRenameToAnIdInUseIsRefusedAndUndone() {
        create("n", "1");
        String used = id();
        a.save(used, Change.by(a).set("n", "other").delta(), soon());
        assertThatIllegalStateException().isThrownBy(() -> a.rename(id, used, soon()));
        assertThat(content()).isEqualTo(Map.of("n", "1"));
        assertThat(content(used)).isEqualTo(Map.of("n", "other"));
    }

    // End

    @Test
    void ofSeveralCallersOneGetsTheFinalRecord() {
        create("n", "1");
        SessionRecord last = Objects.requireNonNull(a.end(id, null, soon()));
        assertThat(values(last.attributes())).isEqualTo(Map.of("n", "1"));
        assertThat(a.end(id, null, soon())).isNull();
        assertThat(b.end(id, null, soon())).isNull();
        assertThat(b.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
    }

    @Test
    void ofConcurrentCallersOneGetsTheFinalRecord() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 25; round++) {
                String each = id();
                a.save(each, Change.by(a).set("n", "1").delta(), soon());
                AtomicInteger winners = new AtomicInteger();
                CountDownLatch start = new CountDownLatch(1);
                List<CompletableFuture<Void>> callers = new ArrayList<>();
                for (SessionStore store : List.of(a, a, b, c)) {
                    callers.add(CompletableFuture.runAsync(
                            () -> {
                                pass(start);
                                if (store.end(each, null, soon()) != null) {
                                    winners.incrementAndGet();
                                }
                            },
                            threads));
                }
                start.countDown();
                callers.forEach(CompletableFuture::join);
                assertThat(winners).hasValue(1);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aSaveAfterTheEndIsGoneAndCreatesNothing() {
        Version first = create("n", "1");
        a.end(id, null, soon());
        assertThat(b.save(id, Change.by(b).upon(first).set("n", "2").delta(), soon()))
                .isInstanceOf(Saved.Gone.class);
        assertThat(b.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(cluster.peek(id)).isInstanceOf(StoredSession.Ending.class);
        a.announced(id, soon());
        assertThat(b.save(id, Change.by(b).upon(first).set("n", "3").delta(), soon()))
                .isInstanceOf(Saved.Gone.class);
        assertThat(cluster.peek(id)).isInstanceOf(StoredSession.Tombstone.class);
    }

    @Test
    void anEndForIdlenessIsRefusedWhenTheSessionWasUsedSince() {
        Version first = create("n", "1");
        save(a, Change.by(a).upon(first).accessed(5001));
        assertThat(a.end(id, 1_805_000L, soon())).isNull();
        assertThat(content()).isEqualTo(Map.of("n", "1"));
        assertThat(a.end(id, 1_805_001L, soon())).isNotNull();
    }

    /** Whoever asks may not have heard of it yet. */
    @ParameterizedTest
    @CsvSource({"3600, 3601000", "31536000, 31536001000", "2147483647, 2147483648000"})
    void anEndForIdlenessIsRefusedByTheTimeoutThatTheSessionHasNow(int timeout, long over) {
        Version first = create("n", "1");
        save(a, Change.by(a).upon(first).timeout(timeout));
        assertThat(a.end(id, over - 1, soon())).isNull();
        assertThat(a.end(id, over, soon())).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void aSessionWithoutATimeoutIsNeverIdle(int timeout) {
        Version first = create("n", "1");
        save(a, Change.by(a).upon(first).timeout(timeout));
        assertThat(a.end(id, Long.MAX_VALUE, soon())).isNull();
        cluster.clock().advance(Duration.ofDays(10_000));
        assertThat(due()).isEmpty();
        assertThat(b.reap(id, soon())).isNull();
    }

    @Test
    void anEndForIdlenessIsRefusedWhenAnotherNodeHolds() {
        create("n", "1");
        assertThat(b.end(id, Long.MAX_VALUE, soon())).isNull();
        assertThat(content()).isEqualTo(Map.of("n", "1"));
    }

    @Test
    void theHolderIsToldWhenAnotherNodeEnds() {
        create("n", "1");
        assertThat(b.end(id, null, soon())).isNotNull();
        assertThat(cluster.copies(A).told()).containsExactly("changed " + id);
    }

    @Test
    void anEndAskedForAgainAfterALostAnswerGivesTheRecord() {
        create("n", "1");
        cluster.steps(A).failAfter(Command.Claim.class);
        assertUnavailable(() -> a.end(id, null, soon()));
        SessionRecord last = Objects.requireNonNull(a.end(id, null, soon()));
        assertThat(values(last.attributes())).isEqualTo(Map.of("n", "1"));
        assertThat(a.end(id, null, soon())).isNull();
    }

    @Test
    void anEndWhoseHolderDidNotHearOfItGivesTheRecordToTheRepeat() {
        create("n", "1");
        cluster.freeze(A);
        assertUnavailable(() -> b.end(id, null, Deadline.in(Duration.ofMillis(300))));
        assertThat(c.end(id, null, soon())).isNull();
        cluster.kill(A);
        assertThat(b.end(id, null, soon())).isNotNull();
    }

    @Test
    void aTombstoneSaysWhen() {
        create("n", "1");
        cluster.clock().advance(Duration.ofMinutes(5));
        a.end(id, null, soon());
        a.announced(id, soon());
        var tomb = (StoredSession.Tombstone) Objects.requireNonNull(cluster.peek(id));
        assertThat(tomb.endedAt()).isEqualTo(cluster.clock().millis());
        assertThat(tomb.newId()).isNull();
    }

    // Ends that nobody asks for

    @Test
    void aSessionThatNobodyHoldsIsReapedByOneNodeOnce() {
        a.save(id, Change.by(a).set("n", "1").delta(), soon());
        assertThat(due()).containsExactly(id);
        SessionRecord last = Objects.requireNonNull(b.reap(id, soon()));
        assertThat(values(last.attributes())).isEqualTo(Map.of("n", "1"));
        assertThat(a.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(a.reap(id, soon())).as("b is about to announce it").isNull();
        assertThat(b.reap(id, soon())).isNull();
        b.announced(id, soon());
        assertThat(cluster.peek(id)).isInstanceOf(StoredSession.Tombstone.class);
        assertThat(due()).isEmpty();
        assertThat(a.reap(id, soon())).isNull();
        assertThat(a.reap(id(), soon())).isNull();
    }

    @Test
    void aSessionIsDueWhenItsTimeoutAndATenthOfItHavePassed() {
        long now = cluster.clock().millis();
        a.save(id, Change.by(a).set("n", "1").accessed(now).timeout(100).delta(), soon());
        cluster.clock().advance(Duration.ofMillis(109_999));
        assertThat(due()).isEmpty();
        assertThat(a.reap(id, soon())).isNull();
        cluster.clock().advance(Duration.ofMillis(1));
        assertThat(due()).containsExactly(id);
        assertThat(a.reap(id, soon())).isNotNull();
    }

    @Test
    void aUseThatWasNotedIsSeen() {
        long now = cluster.clock().millis();
        Version first = applied(
                        a.save(id, Change.by(a).accessed(now).timeout(100).delta(), soon()))
                .version();
        cluster.clock().advance(Duration.ofSeconds(109));
        b.load(id, first, cluster.clock().millis(), soon());
        cluster.clock().advance(Duration.ofSeconds(109));
        assertThat(due()).isEmpty();
        assertThat(a.reap(id, soon())).isNull();
        cluster.clock().advance(Duration.ofSeconds(1));
        assertThat(due()).containsExactly(id);
        SessionRecord last = Objects.requireNonNull(a.reap(id, soon()));
        assertThat(last.times().accessedAt()).isEqualTo(now + 109_000);
    }

    @Test
    void aSessionWhoseTimeoutSaysSoIsNeverDue() {
        for (int never : List.of(0, -1)) {
            String each = id();
            a.save(each, Change.by(a).timeout(never).delta(), soon());
            cluster.clock().advance(Duration.ofDays(1000));
            assertThat(due()).isEmpty();
            assertThat(a.reap(each, soon())).isNull();
        }
    }

    @Test
    void theTimeoutThatWasSetLastCounts() {
        long now = cluster.clock().millis();
        a.save(id, Change.by(a).accessed(now).timeout(100).delta(), soon());
        Version first = found(a.load(id, null, soon())).version();
        save(a, Change.by(a).upon(first).accessed(now).timeout(1000));
        cluster.clock().advance(Duration.ofSeconds(1099));
        assertThat(due()).isEmpty();
        cluster.clock().advance(Duration.ofSeconds(1));
        assertThat(due()).containsExactly(id);
    }

    @Test
    void aSessionIsNotReapedWithoutTheConsentOfItsHolder() {
        create("n", "1");
        cluster.copies(A).knows(id, new SessionTimes(1000, 1000, 1800));
        assertThat(due()).containsExactly(id);
        for (SessionStore store : List.of(a, b)) {
            assertThat(store.reap(id, soon())).isNull();
        }
        assertThat(content()).isEqualTo(Map.of("n", "1"));
        cluster.freeze(A);
        assertUnavailable(() -> b.reap(id, Deadline.in(Duration.ofMillis(300))));
        cluster.kill(A);
        assertThat(b.reap(id, soon())).isNotNull();
    }

    @Test
    void aHolderThatForgotASessionConsents() {
        create("n", "1");
        assertThat(b.reap(id, soon())).isNotNull();
        String other = id();
        a.save(other, Change.by(a).heldBy(a.node()).delta(), soon());
        assertThat(a.reap(other, soon())).isNotNull();
    }

    @Test
    void aSessionThatIsTakenWhileItsHolderIsAskedIsNotReaped() {
        create("n", "1");
        cluster.kill(A);
        cluster.steps(B).after(Command.Reap.class, () -> c.take(id, null, soon()));
        assertThat(b.reap(id, soon())).isNull();
        assertThat(content()).isEqualTo(Map.of("n", "1"));
    }

    @Test
    void theClaimOfANodeThatDiedIsTakenOverWhateverTheTime() {
        long now = cluster.clock().millis();
        a.save(id, Change.by(a).heldBy(a.node()).set("n", "1").accessed(now).delta(), soon());
        assertThat(a.end(id, null, soon())).isNotNull();
        assertThat(due()).containsExactly(id);
        assertThat(b.reap(id, soon())).as("a is about to announce it").isNull();
        cluster.kill(A);
        SessionRecord last = Objects.requireNonNull(b.reap(id, soon()));
        assertThat(values(last.attributes())).isEqualTo(Map.of("n", "1"));
        assertThat(c.reap(id, soon())).isNull();
        b.announced(id, soon());
        assertThat(cluster.peek(id)).isInstanceOf(StoredSession.Tombstone.class);
    }

    @Test
    void aClaimThatIsTakenOverFromSomebodyElseMeanwhileIsLeftToThatOne() {
        create("n", "1");
        assertThat(a.end(id, null, soon())).isNotNull();
        cluster.kill(A);
        cluster.steps(B)
                .after(Command.Reap.class, () -> assertThat(c.reap(id, soon())).isNotNull());
        assertThat(b.reap(id, soon())).isNull();
        c.announced(id, soon());
        assertThat(due()).isEmpty();
    }

    @Test
    void aClaimWhoseAnswerWasLostIsTakenOver() {
        create("n", "1");
        cluster.steps(A).failAfter(Command.Claim.class);
        assertUnavailable(() -> a.end(id, null, soon()));
        assertThat(b.reap(id, soon())).isNotNull();
        assertThat(a.end(id, null, soon())).as("b announces it").isNull();

        String other = id();
        a.save(other, Change.by(a).delta(), soon());
        cluster.steps(A).failAfter(Command.Reap.class);
        assertUnavailable(() -> a.reap(other, soon()));
        assertThat(a.reap(other, soon())).isNotNull();
        assertThat(a.reap(other, soon())).isNull();
    }

    @Test
    void anEndThatWasAnnouncedAndNotNotedIsNotedAtTheNextLook() {
        create("n", "1");
        assertThat(a.end(id, null, soon())).isNotNull();
        cluster.steps(A).failBefore(Command.Bury.class);
        assertUnavailable(() -> a.announced(id, soon()));
        assertThat(b.reap(id, soon())).as("it was announced").isNull();
        Object unused = a.due(1, soon());
        assertThat(cluster.peek(id)).isInstanceOf(StoredSession.Tombstone.class);
        a.announced(id, soon());
        assertThat(due()).isEmpty();
    }

    @Test
    void aSessionWhoseRenameWasLeftUnfinishedIsDueToo() {
        long now = cluster.clock().millis();
        a.save(id, Change.by(a).heldBy(a.node()).accessed(now).timeout(100).delta(), soon());
        cluster.steps(A).after(Command.Seal.class, () -> die(A));
        assertUnavailable(() -> a.rename(id, id(), soon()));
        assertThat(due()).isEmpty();
        cluster.clock().advance(Duration.ofSeconds(110));
        assertThat(due()).containsExactly(id);
        assertThat(b.reap(id, soon())).isNotNull();
    }

    @Test
    void anIncompleteRecordIsRepairedBeforeItIsReaped() {
        plantIncomplete(a.node());
        cluster.kill(A);
        assertThat(values(Objects.requireNonNull(b.reap(id, soon())).attributes()))
                .isEqualTo(Map.of("n", "1"));
    }

    private List<String> due() {
        List<String> ids = new ArrayList<>();
        for (SessionStore store : List.of(b, c)) {
            store.due(1, soon()).stream().filter(each -> !ids.contains(each)).forEach(ids::add);
        }
        return ids;
    }

    // Traces

    @Test
    void aSessionInUseIsFoundWithTheTimeOfItsCreationAndIsAsItWas() {
        Version first = create("n", "1");
        assertThat(b.trace(Set.of(id), soon())).containsExactly(Map.entry(id, new Trace(id, 1000, 1800)));
        assertThat(recorded().version()).isEqualTo(first);
        assertThat(recorded().notedAt()).isZero();
        assertThat(new Trace(id, 1000, 1800).isOf(1000)).isTrue();
        assertThat(new Trace(id, 1000, 1800).isOf(1001)).isFalse();
        assertThat(new Trace(id, 0, 0).isOf(1001)).as("not known").isTrue();
    }

    @Test
    void manySessionsAreTracedAtOnceAndThoseThatEndedAreMissing() {
        Map<String, Trace> expected = new HashMap<>();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            String each = id();
            ids.add(each);
            SessionStore creator = List.of(a, b, c).get(i % 3);
            creator.save(each, Change.by(creator).created(i + 1).set("n", "1").delta(), soon());
            if (i % 4 == 0) {
                assertThat(creator.end(each, null, soon())).isNotNull();
            } else {
                expected.put(each, new Trace(each, i + 1, 1800));
            }
            if (i % 8 == 0) {
                creator.announced(each, soon());
            }
        }
        ids.add(id()); // never was
        assertThat(a.trace(ids, soon())).isEqualTo(expected);
        assertThat(a.trace(Set.of(), soon())).isEmpty();
    }

    @Test
    void aTraceFollowsEachChangeOfTheId() {
        create("n", "1");
        String second = id();
        String third = id();
        a.rename(id, second, soon());
        assertThat(b.trace(Set.of(id), soon())).containsExactly(Map.entry(id, new Trace(second, 1000, 1800)));
        b.rename(second, third, soon());
        assertThat(c.trace(Set.of(id, second, third), soon()))
                .isEqualTo(Map.of(
                        id, new Trace(third, 1000, 1800),
                        second, new Trace(third, 1000, 1800),
                        third, new Trace(third, 1000, 1800)));
        assertThat(c.end(third, null, soon())).isNotNull();
        assertThat(a.trace(Set.of(id, third), soon())).isEmpty();
    }

    @Test
    void aSessionThatIsJustMovingIsInUse() {
        create("n", "1");
        String newId = id();
        cluster.steps(A)
                .before(
                        Command.Create.class,
                        () -> assertThat(b.trace(Set.of(id), soon()))
                                .containsExactly(Map.entry(id, new Trace(id, 1000, 1800))));
        cluster.steps(A)
                .before(
                        Command.Bury.class,
                        () -> assertThat(b.trace(Set.of(id), soon()))
                                .containsExactly(Map.entry(id, new Trace(id, 1000, 1800))));
        assertThat(a.rename(id, newId, soon())).isInstanceOf(Saved.Applied.class);
        assertThat(b.trace(Set.of(id), soon())).containsExactly(Map.entry(id, new Trace(newId, 1000, 1800)));
    }

    @Test
    void aRecordThatMissedAChangeIsInUse() {
        plantIncomplete(a.node());
        assertThat(b.trace(Set.of(id), soon()).keySet()).containsExactly(id);
        cluster.plant(id, SessionRecord.missed(new Version(1, a.nextOperation()), a.node()));
        assertThat(b.trace(Set.of(id), soon())).containsExactly(Map.entry(id, new Trace(id, 0, 0)));
    }

    @Test
    void aTraceWithoutAnAnswerIsNoEnd() {
        create("n", "1");
        assertUnavailable(() -> b.trace(Set.of(id), Deadline.in(Duration.ZERO)));
    }

    // Records that missed a change

    @Test
    void anIncompleteRecordIsRepairedFromTheHolderBeforeItAnswers() {
        Version known = plantIncomplete(a.node());
        Version newest = new Version(known.counter() + 2, a.nextOperation());
        cluster.copies(A)
                .holds(
                        id,
                        repair -> Change.named(repair)
                                .upon(newest)
                                .set("n", "2")
                                .set("m", "2")
                                .whole()
                                .delta());

        Loaded.Found found = found(b.load(id, known, soon()));
        assertThat(cluster.copies(A).told()).containsExactly("whole " + id);
        assertThat(found.version().counter()).isGreaterThan(newest.counter());
        assertThat(found.changes().whole()).isTrue();
        assertThat(values(found.changes().set())).isEqualTo(Map.of("n", "2", "m", "2"));
        assertThat(recorded().incomplete()).isFalse();
        assertThat(found.holder()).isEqualTo(a.node());
    }

    @Test
    void anIncompleteRecordIsNotRepairedFromAnOldCopy() {
        Version known = plantIncomplete(a.node());
        Version newest = new Version(known.counter() + 2, a.nextOperation());
        cluster.copies(B)
                .holds(
                        id,
                        repair -> Change.named(repair)
                                .upon(known)
                                .set("n", "old")
                                .whole()
                                .delta());
        cluster.copies(A)
                .holds(
                        id,
                        repair -> Change.named(repair)
                                .upon(newest)
                                .set("n", "new")
                                .whole()
                                .delta());
        assertThat(values(found(b.load(id, null, soon())).changes().set())).isEqualTo(Map.of("n", "new"));
    }

    @Test
    void aSaveThatMeetsAnIncompleteRecordIsAppliedToTheRepairedOne() {
        for (SessionStore holder : List.of(a, b)) {
            String each = id();
            Version known = plantIncomplete(each, holder.node());
            SessionDelta delta = Change.by(b).upon(known).set("k", "saved").delta();
            RecordingCopies copies = cluster.copies(holder == a ? A : B);
            copies.holds(
                    each,
                    repair -> Change.named(repair)
                            .upon(known)
                            .set("n", "1")
                            .whole()
                            .delta());
            applied(b.save(each, delta, soon()));
            assertThat(content(each)).isEqualTo(Map.of("n", "1", "k", "saved"));
        }
    }

    @Test
    void aRepairThatComesSecondChangesNothing() {
        Version known = plantIncomplete(a.node());
        cluster.copies(A)
                .holds(
                        id,
                        repair -> Change.named(repair)
                                .upon(known)
                                .set("n", "1")
                                .whole()
                                .delta());
        cluster.steps(B)
                .before(
                        Command.Save.class,
                        () -> { // B has its copy for the repair, and is slow
                            found(c.load(id, null, soon()));
                            save(c, Change.by(c).upon(known).set("n", "c"));
                        });
        assertThat(values(found(b.load(id, null, soon())).changes().set())).isEqualTo(Map.of("n", "c"));
    }

    @Test
    void anIncompleteRecordIsAcceptedWithAWarningWhenNobodyIsLeft() {
        plantIncomplete(a.node());
        cluster.kill(A);
        List<LogRecord> warnings = new ArrayList<>();
        try (Listening listening = new Listening(warnings)) {
            assertThat(values(found(b.load(id, null, soon())).changes().set())).isEqualTo(Map.of("n", "1"));
        }
        assertThat(warnings).hasSize(1);
        assertThat(warnings.get(0).getMessage()).doesNotContain(id).contains(ProtocolStore.shortened(id));
        assertThat(recorded().incomplete()).isFalse();
        assertThat(recorded().holder()).isNull();
    }

    @Test
    void aPlaceholderThatNobodyCanRepairIsGone() {
        cluster.plant(id, SessionRecord.missed(new Version(3, a.nextOperation()), null));
        assertThat(b.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
        assertThat(cluster.peek(id)).isInstanceOf(StoredSession.Tombstone.class);
    }

    @Test
    void anIncompleteRecordWaitsForAHolderThatDoesNotAnswer() {
        plantIncomplete(a.node());
        cluster.freeze(A);
        assertUnavailable(() -> b.load(id, null, Deadline.in(Duration.ofMillis(300))));
        assertThat(recorded().incomplete()).isTrue();
    }

    @Test
    void anIncompleteRecordEndsWhole() {
        Version known = plantIncomplete(a.node());
        cluster.copies(A)
                .holds(
                        id,
                        repair -> Change.named(repair)
                                .upon(known)
                                .set("n", "2")
                                .whole()
                                .delta());
        SessionRecord last = Objects.requireNonNull(b.end(id, null, soon()));
        assertThat(values(last.attributes())).isEqualTo(Map.of("n", "2"));
    }

    // Deadlines and the rest

    @Test
    void aPassedDeadlineLeavesNothingHalfDone() {
        Version first = create("n", "1");
        Deadline over = Deadline.in(Duration.ZERO);
        String newId = id();
        int before = cluster.steps(B).executed().size();
        assertUnavailable(() -> b.load(id, null, over));
        assertUnavailable(() -> b.take(id, null, over));
        assertUnavailable(
                () -> b.save(id, Change.by(b).upon(first).set("n", "2").delta(), over));
        assertUnavailable(() -> b.save(newId, Change.by(b).set("n", "2").delta(), over));
        assertUnavailable(() -> b.rename(id, newId, over));
        assertUnavailable(() -> b.end(id, null, over));
        assertThat(cluster.steps(B).executed()).hasSize(before);
        assertThat(recorded().version()).isEqualTo(first);
        assertThat(recorded().holder()).isEqualTo(a.node());
        assertThat(cluster.peek(newId)).isNull();
    }

    @Test
    void operationsCountUpAndNeverMeet() {
        Map<OperationId, Boolean> seen = new ConcurrentHashMap<>();
        for (SessionStore store : List.of(a, b, c)) {
            long last = 0;
            for (int i = 0; i < 100; i++) {
                OperationId next = store.nextOperation();
                assertThat(next.node()).isEqualTo(store.node());
                assertThat(next.sequence()).isGreaterThan(last);
                assertThat(seen.put(next, true)).isNull();
                last = next.sequence();
            }
        }
    }

    // What the tests say

    private final List<CompletableFuture<?>> background = new ArrayList<>();

    private static String id() {
        return UUID.randomUUID().toString().replace("-", "").toUpperCase(Locale.ROOT);
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }

    /** A session of node A, which holds it. */
    private Version create(String... namesAndValues) {
        Change change = Change.by(a).heldBy(a.node());
        for (int i = 0; i < namesAndValues.length; i += 2) {
            change.set(namesAndValues[i], namesAndValues[i + 1]);
        }
        return applied(a.save(id, change.delta(), soon())).version();
    }

    private Saved.Applied save(SessionStore store, Change change) {
        return applied(store.save(id, change.delta(), soon()));
    }

    private Version plantIncomplete(NodeId holder) {
        return plantIncomplete(id, holder);
    }

    /** A promoted backup that has an old state. */
    private Version plantIncomplete(String each, NodeId holder) {
        SessionRecord record =
                SessionRecord.created(Change.by(a).heldBy(holder).set("n", "1").delta());
        cluster.plant(each, record.asIncomplete(null, 1));
        return record.version();
    }

    private SessionRecord recorded() {
        return (SessionRecord) Objects.requireNonNull(cluster.peek(id));
    }

    private Map<String, String> content() {
        return content(id);
    }

    private Map<String, String> content(String of) {
        return values(found(c.load(of, null, soon())).changes().set());
    }

    private static Saved.Applied applied(Saved saved) {
        assertThat(saved).isInstanceOf(Saved.Applied.class);
        return (Saved.Applied) saved;
    }

    private static Loaded.Found found(Loaded loaded) {
        assertThat(loaded).isInstanceOf(Loaded.Found.class);
        return (Loaded.Found) loaded;
    }

    private void die(int node) {
        cluster.kill(node);
        throw new StoreUnavailableException("node " + node + " died", null);
    }

    private void assertUnavailable(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(StoreUnavailableException.class).hasMessageNotContaining(id);
    }

    private static <T> CompletableFuture<T> async(Supplier<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        new Thread(() -> {
                    try {
                        result.complete(call.get());
                    } catch (RuntimeException e) {
                        result.completeExceptionally(e);
                    }
                })
                .start();
        return result;
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("time is up").isNegative();
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void pass(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Collects what the store logs at WARNING or above. */
    private static final class Listening extends Handler implements AutoCloseable {

        private final Logger logger = Logger.getLogger(ProtocolStore.class.getName());
        private final List<LogRecord> records;

        Listening(List<LogRecord> records) {
            this.records = records;
            logger.addHandler(this);
        }

        @Override
        public void publish(@Nullable LogRecord record) {
            if (record != null && record.getLevel().intValue() >= Level.WARNING.intValue()) {
                records.add(record);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            logger.removeHandler(this);
        }
    }
}
