/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

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
        live.container().put("user", "Ada");
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
