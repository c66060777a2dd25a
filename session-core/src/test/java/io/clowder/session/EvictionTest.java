/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clowder.store.Command;
import io.clowder.store.Deadline;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies that are dropped to save memory. */
class EvictionTest {

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = new Node(cluster, true);
    private final Node b = new Node(cluster, true);

    @Test
    void anEvictedSessionComesBackWhole() {
        LiveSession before = a.create("s", Map.of("n", 1, "m", 2));
        assertThat(a.sessions.evict(before)).isTrue();
        assertThat(a.sessions.copies()).isEmpty();
        LiveSession after = a.open("s");
        assertThat(after).isNotSameAs(before);
        assertThat(after.attributes()).isEqualTo(Map.of("n", 1, "m", 2));
        assertThat(after.isHeld()).isTrue();
        after.attributes().put("n", 2);
        a.end(after);
        assertThat(b.read("s", "n")).isEqualTo(2);
    }

    @Test
    void aCopyInUseIsNotEvicted() {
        LiveSession live = a.create("s", Map.of("n", 1));
        assertThat(a.open("s")).isSameAs(live);
        assertThat(a.open("s")).isSameAs(live);
        live.leave();
        assertThat(a.sessions.evict(live)).isFalse();
        live.leave();
        assertThat(a.sessions.evict(live)).isTrue();
        assertThat(a.sessions.evict(live)).isFalse();
    }

    @Test
    void aCopyWithUnsavedChangesIsNotEvictedAndServesOn() {
        LiveSession live = a.create("s", Map.of("n", 1));
        live.attributes().put("n", 2);
        assertThat(a.sessions.evict(live)).isFalse();
        live.attributes().put("n", 3);
        assertThat(a.read("s", "n")).isEqualTo(3);
        live.ownContainer().put("user", "Ada");
        assertThat(a.sessions.evict(live)).isFalse();
        a.save(live);
        assertThat(a.sessions.evict(live)).isTrue();
    }

    @Test
    void aCopyWhoseSaveIsNotAcknowledgedIsNotEvicted() {
        LiveSession live = a.create("s", Map.of("n", 1));
        live.attributes().put("n", 2);
        a.steps().failBefore(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.save(live));
        assertThat(a.sessions.evict(live)).isFalse();
        a.save(live);
        assertThat(a.sessions.evict(live)).isTrue();
    }

    @Test
    void aSessionThatWasNeverStoredIsNotEvicted() {
        LiveSession live = a.begin("s");
        live.leave();
        assertThat(a.sessions.evict(live)).isFalse();
    }

    @Test
    void anEndedSessionIsNotEvictedAgain() {
        LiveSession live = a.create("s", Map.of("n", 1));
        a.sessions.end(live, null, a.soon());
        assertThat(a.sessions.evict(live)).isFalse();
    }

    @Test
    void aCopyWithAValueThatTheStoreCannotKeepStaysUntilItIsDropped() {
        LiveSession live = a.create("s", Map.of("n", 1, "local", new Object()));
        assertThat(a.sessions.evict(live)).isFalse();
        assertThat(a.read("s", "local")).isNotNull();
        assertThat(a.sessions.drop(live)).isTrue();
        assertThat(a.open("s").attributes()).isEqualTo(Map.of("n", 1));
    }

    @Test
    @SuppressWarnings("unchecked")
    void theApplicationIsToldBeforeAndWhatItWritesThenIsSaved() {
        LiveSession live = a.create("s", Map.of("n", 1, "list", new ArrayList<>()));
        FakeSession face = FakeSession.of(live);
        face.whenLeaving(() -> {
            live.attributes().put("n", 2);
            ((ArrayList<Object>) live.attributes().get("list")).add("in place");
        });
        assertThat(a.sessions.evict(live)).isTrue();
        assertThat(face.leaves()).isEqualTo("1/1");
        assertThat(a.open("s").attributes()).isEqualTo(Map.of("n", 2, "list", List.of("in place")));
        assertThat(a.sessions.statistics().evictions()).isEqualTo(1);
    }

    @Test
    void whatItWritesThenKeepsTheCopyIfItCannotBeSaved() {
        LiveSession live = a.create("s", Map.of("n", 1));
        FakeSession face = FakeSession.of(live);
        face.whenLeaving(() -> live.attributes().put("n", 2));
        a.steps().failBefore(Command.Save.class);
        assertThat(a.sessions.evict(live)).isFalse();
        assertThat(live.isEvicted()).isFalse();
        assertThat(face.leaves()).isEqualTo("1/0");
        assertThat(a.read("s", "n")).isEqualTo(2);
        face.whenLeaving(() -> {});
        assertThat(a.sessions.evict(live)).isTrue();
        assertThat(live.isEvicted()).isTrue();
        assertThat(face.leaves()).isEqualTo("2/1");
    }

    @Test
    void aRequestWaitsForAnEvictionUntilItsDeadline() throws Exception {
        LiveSession live = a.create("s", Map.of("n", 1));
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch through = new CountDownLatch(1);
        FakeSession.of(live).whenLeaving(() -> {
            told.countDown();
            pass(through);
        });
        CompletableFuture<Boolean> evicting = CompletableFuture.supplyAsync(() -> a.sessions.evict(live), Threads.NEW);
        pass(told);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> a.sessions.open("s", true, Deadline.in(Duration.ofMillis(50))))
                .withMessage("Session s..: its eviction from this node has not ended");
        CompletableFuture<Object> reading = CompletableFuture.supplyAsync(() -> a.read("s", "n"), Threads.NEW);
        through.countDown();
        assertThat(evicting.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo(1);
    }

    private static void pass(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void thereAreNeverMoreCopiesThanAllowedAndTheOldestGoFirst() {
        a.sessions.limit(40);
        for (int i = 0; i < 200; i++) {
            a.create("s" + i, Map.of("n", i));
            assertThat(a.sessions.copies()).hasSizeLessThanOrEqualTo(40);
            assertThat(a.read("s0", "n")).isEqualTo(0);
        }
        assertThat(a.steps().count(Command.Take.class))
                .as("s0 was never evicted")
                .isZero();
        for (int i = 0; i < 200; i++) {
            assertThat(a.read("s" + i, "n")).isEqualTo(i);
            assertThat(a.sessions.copies()).hasSizeLessThanOrEqualTo(40);
        }
        assertThat(a.sessions.statistics().evictions()).isGreaterThan(300);
    }

    @Test
    void whereNothingCanBeEvictedMoreCopiesAreAllowedUntilItCan() {
        a.sessions.limit(2);
        List<LiveSession> inUse = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            a.create("s" + i, Map.of());
            inUse.add(a.open("s" + i));
        }
        assertThat(a.sessions.copies()).hasSize(10);
        inUse.forEach(LiveSession::leave);
        a.sessions.evictIdle(null);
        assertThat(a.sessions.copies()).hasSize(2);
    }

    @Test
    void idleCopiesGoAfterTheTimeGivenAndThoseOfOthersAfterAMinute() {
        a.create("kept", Map.of());
        a.create("taken", Map.of());
        a.create("local", Map.of("local", new Object()));
        b.request("taken", live -> live);
        b.request("local", live -> live);
        a.sessions.evictIdle(null);
        assertThat(a.sessions.copies()).hasSize(3);
        a.silence(Duration.ofSeconds(61));
        a.sessions.evictIdle(null);
        assertThat(a.sessions.copies()).extracting(LiveSession::id).containsExactlyInAnyOrder("kept", "local");
        a.sessions.evictIdle(Duration.ofSeconds(62));
        assertThat(a.sessions.copies()).hasSize(2);
        a.sessions.evictIdle(Duration.ofSeconds(60));
        assertThat(a.sessions.copies()).extracting(LiveSession::id).containsExactly("local");
        a.silence(Duration.ofSeconds(1800));
        a.sessions.evictIdle(null);
        assertThat(a.sessions.copies()).isEmpty();
    }

    @Test
    void aCopyOfAnothersSessionGoesNoLaterThanTheSessionMayBeIdle() {
        a.create("brief", Map.of());
        a.change("brief", live -> FakeSession.of(live).allow(10));
        b.request("brief", live -> live);
        a.silence(Duration.ofSeconds(9));
        a.sessions.evictIdle(null);
        assertThat(a.sessions.copies()).hasSize(1);
        a.silence(Duration.ofSeconds(2));
        a.sessions.evictIdle(null);
        assertThat(a.sessions.copies()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEvictedSessionIsEndedByItsNodeAtItsTimeout(boolean sticky) {
        Node one = new Node(cluster, sticky);
        one.sessions.evict(one.create("s", Map.of("n", 1)));
        cluster.clock().advance(Duration.ofSeconds(1799));
        assertThat(one.sessions.idleEvicted()).isEmpty();
        cluster.clock().advance(Duration.ofSeconds(181));
        assertThat(one.sessions.idleEvicted()).containsExactly("s");
        LiveSession ended = one.sessions.endEvicted("s", one.soon());
        assertThat(ended.attributes()).isEqualTo(Map.of("n", 1));
        assertThat(one.sessions.idleEvicted()).isEmpty();
        assertThat(one.sessions.endEvicted("s", one.soon())).isNull();
        assertThat(one.open("s")).isNull();
    }

    @Test
    void anEvictedSessionThatWasUsedElsewhereIsLookedAtLater() {
        Node one = new Node(cluster, false);
        Node two = new Node(cluster, false);
        one.sessions.evict(one.create("s", Map.of("n", 1)));
        cluster.clock().advance(Duration.ofSeconds(1000));
        two.read("s", "n");
        cluster.clock().advance(Duration.ofSeconds(1000));
        assertThat(one.sessions.endEvicted("s", one.soon())).isNull();
        assertThat(one.sessions.idleEvicted()).isEmpty();
        cluster.clock().advance(Duration.ofSeconds(1000));
        assertThat(one.sessions.endEvicted("s", one.soon())).isNotNull();
    }

    @Test
    void anEvictedSessionThatEndedOrWasTakenElsewhereIsForgotten() {
        a.sessions.evict(a.create("taken", Map.of()));
        a.sessions.evict(a.create("ended", Map.of()));
        LiveSession back = a.create("back", Map.of());
        a.sessions.evict(back);
        b.read("taken", "n");
        b.sessions.end(b.open("ended"), null, b.soon());
        LiveSession open = a.open("back");
        cluster.clock().advance(Duration.ofSeconds(1800));
        assertThat(a.sessions.idleEvicted()).isEmpty();
        assertThat(a.sessions.endEvicted("back", a.soon())).isNull();
        open.leave();

        Node one = new Node(cluster, false);
        one.sessions.evict(one.create("gone", Map.of()));
        Node two = new Node(cluster, false);
        two.sessions.end(two.open("gone"), null, two.soon());
        cluster.clock().advance(Duration.ofSeconds(1980));
        assertThat(one.sessions.idleEvicted()).containsExactly("gone");
        assertThat(one.sessions.endEvicted("gone", one.soon())).isNull();
        assertThat(one.sessions.idleEvicted()).isEmpty();
    }

    @Test
    void whoTakesAnEvictedSessionLearnsOfItsLastUse() {
        LiveSession live = a.create("s", Map.of());
        cluster.clock().advance(Duration.ofSeconds(100));
        a.read("s", "n");
        a.sessions.evict(live);
        assertThat(b.open("s").face().times().accessedAt())
                .isEqualTo(cluster.clock().millis());
    }

    @Test
    void aSessionThatNeverEndsByItselfIsNotAskedFor() {
        LiveSession live = a.create("s", Map.of());
        FakeSession.of(live).allow(-1);
        a.save(live);
        a.sessions.evict(live);
        cluster.clock().advance(Duration.ofDays(100));
        assertThat(a.sessions.idleEvicted()).isEmpty();
    }

    @Test
    void aRequestThatComesWhileAnEvictedSessionIsEndedWaitsForTheOutcome() throws Exception {
        a.sessions.evict(a.create("s", Map.of("n", 1)));
        cluster.clock().advance(Duration.ofSeconds(1800));
        AtomicReference<CompletableFuture<Object>> request = new AtomicReference<>();
        a.steps().before(Command.Claim.class, () -> {
            request.set(CompletableFuture.supplyAsync(() -> a.open("s") == null, Threads.NEW));
        });
        assertThat(a.sessions.endEvicted("s", a.soon())).isNotNull();
        assertThat(request.get().get(20, TimeUnit.SECONDS)).isEqualTo(true);
        assertThat(a.sessions.copies()).isEmpty();
    }

    @Test
    void evictionAndRequestsNeverMakeTwoCopies() throws Exception {
        a.create("s", Map.of("n", 0));
        AtomicReference<LiveSession> inUse = new AtomicReference<>();
        AtomicInteger users = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Integer> evicting = CompletableFuture.supplyAsync(
                () -> {
                    int evicted = 0;
                    while (!over.get() || evicted == 0) {
                        for (LiveSession copy : a.sessions.copies()) {
                            evicted += a.sessions.evict(copy) ? 1 : 0;
                        }
                    }
                    return evicted;
                },
                Threads.NEW);
        List<CompletableFuture<Void>> requests = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String name = "n" + i;
            requests.add(CompletableFuture.runAsync(() -> count(name, inUse, users), Threads.NEW));
        }
        CompletableFuture.allOf(requests.toArray(CompletableFuture[]::new)).get(90, TimeUnit.SECONDS);
        over.set(true);
        assertThat(evicting.get(20, TimeUnit.SECONDS)).isPositive();
        assertThat(b.open("s").attributes()).isEqualTo(Map.of("n", 0, "n0", 500, "n1", 500, "n2", 500));
    }

    /** Each request adds one to what it finds: a second copy would lose some. */
    private void count(String name, AtomicReference<LiveSession> inUse, AtomicInteger users) {
        for (int i = 1; i <= 500; i++) {
            LiveSession live = a.open("s");
            synchronized (users) {
                LiveSession other = inUse.getAndSet(live);
                assertThat(users.getAndIncrement() == 0 || other == live)
                        .as("one copy")
                        .isTrue();
            }
            live.attributes().merge(name, 1, (one, two) -> (Integer) one + (Integer) two);
            assertThat(live.attributes().get(name)).isEqualTo(i);
            a.save(live);
            synchronized (users) {
                users.decrementAndGet();
            }
            live.leave();
        }
    }
}
