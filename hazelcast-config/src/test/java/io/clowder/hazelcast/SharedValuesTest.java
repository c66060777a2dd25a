/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IndeterminateOperationStateException;
import io.clowder.store.Deadline;
import io.clowder.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SharedValuesTest {

    private static final String MAP = "clowder-sso::localhost";
    private static final Duration LONG = Duration.ofHours(1);

    private StoreMembers members;
    private SharedValues here;
    private SharedValues there;
    private boolean stoodStill;

    @BeforeEach
    void start() {
        members = new StoreMembers(2);
        here = values(0, BoundedCalls.asynchronous());
        there = values(1, BoundedCalls.onOwnThreads());
    }

    @AfterEach
    void stop() {
        members.close();
    }

    private SharedValues values(int member, BoundedCalls calls) {
        HazelcastInstance instance = members.get(member);
        return new SharedValues(instance, MAP, () -> stoodStill ? "this node stood still" : null, calls);
    }

    @Test
    void aValueChangesOnlyFromTheOneThatIsKnown() {
        assertThat(here.get("k", soon())).isNull();
        assertThat(here.swap("k", bytes("a"), bytes("b"), LONG, soon())).isFalse();
        assertThat(here.swap("k", null, bytes("a"), LONG, soon())).isTrue();
        assertThat(there.get("k", soon())).isEqualTo(bytes("a"));
        assertThat(there.swap("k", null, bytes("b"), LONG, soon())).isFalse();
        assertThat(there.swap("k", bytes("a"), bytes("b"), LONG, soon())).isTrue();
        assertThat(there.swap("k", bytes("a"), bytes("b"), LONG, soon()))
                .as("a repeat")
                .isTrue();
        assertThat(here.swap("k", bytes("a"), null, LONG, soon())).isFalse();
        assertThat(here.swap("k", bytes("b"), null, LONG, soon())).isTrue();
        assertThat(here.swap("k", bytes("b"), null, LONG, soon()))
                .as("a repeat")
                .isTrue();
        assertThat(there.get("k", soon())).isNull();
    }

    @Test
    void ofManyWhoChangeItAtOnceNoneIsLost() throws Exception {
        here.swap("k", null, bytes("-"), LONG, soon());
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (String who : List.of("a", "b", "c", "d")) {
            SharedValues values = who.compareTo("c") < 0 ? here : there;
            all.add(CompletableFuture.runAsync(
                    () -> {
                        for (int i = 0; i < 25; i++) {
                            append(who, values);
                        }
                    },
                    task -> new Thread(task).start()));
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
        String result = new String(here.get("k", soon()), UTF_8);
        assertThat(result).hasSize(101);
        for (String who : List.of("a", "b", "c", "d")) {
            assertThat(result.replaceAll("[^" + who + "]", "")).hasSize(25);
        }
    }

    /** What each wants to set is different, as whole values are: who finds the very value set need not set it. */
    private static void append(String who, SharedValues values) {
        byte[] before;
        do {
            before = values.get("k", soon());
        } while (!values.swap("k", before, bytes(new String(before, UTF_8) + who), LONG, soon()));
    }

    @Test
    void valuesOutliveEitherMember() {
        for (int i = 0; i < 50; i++) {
            assertThat(here.swap("k" + i, null, bytes("a"), LONG, soon())).isTrue();
            assertThat(here.swap("k" + i, bytes("a"), bytes("b" + i), LONG, soon()))
                    .isTrue();
        }
        here.swap("k0", bytes("b0"), null, LONG, soon());
        Map<String, byte[]> all = new TreeMap<>(here.here());
        assertThat(all).isNotEmpty();
        assertThat(there.here()).isNotEmpty().doesNotContainKeys(all.keySet().toArray(String[]::new));
        all.putAll(there.here());
        assertThat(all).hasSize(49).containsEntry("k7", bytes("b7"));
        members.terminate(0);
        assertThat(there.get("k0", soon())).isNull();
        for (int i = 1; i < 50; i++) {
            assertThat(there.get("k" + i, soon())).isEqualTo(bytes("b" + i));
        }
    }

    @Test
    void aValueGoesAtTheEndOfItsLifetime() {
        here.swap("short", null, bytes("a"), Duration.ofSeconds(1), soon());
        here.swap("renewed", null, bytes("a"), Duration.ofSeconds(1), soon());
        here.swap("renewed", bytes("a"), bytes("b"), LONG, soon());
        await().atMost(Duration.ofSeconds(30)).until(() -> there.get("short", soon()) == null);
        assertThat(there.get("renewed", soon())).isEqualTo(bytes("b"));
    }

    @Test
    void aChangeWhoseOutcomeIsUnknownIsRepeated() {
        AtomicBoolean failed = new AtomicBoolean();
        SharedValues values = values(0, (map, id, processor) -> {
            Future<byte[]> answer = BoundedCalls.asynchronous().begin(map, id, processor);
            return failed.compareAndSet(false, true)
                    ? CompletableFuture.failedFuture(new IndeterminateOperationStateException("no backup"))
                    : answer;
        });
        assertThat(values.swap("k", null, bytes("a"), LONG, soon())).isTrue();
        assertThat(failed).isTrue();
        assertThat(there.get("k", soon())).isEqualTo(bytes("a"));
    }

    @Test
    void aFailureIsNeverAnAbsentValue() {
        SharedValues stuck = values(0, (map, id, processor) -> new CompletableFuture<>());
        assertThatThrownBy(() -> stuck.get("0123456789ABCDEF", Deadline.in(Duration.ofMillis(50))))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessage("Value 0123..: its reading was not acknowledged in time");
        stoodStill = true;
        assertThatThrownBy(() -> here.get("0123456789ABCDEF", Deadline.in(Duration.ofMillis(50))))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessage("Value 0123..: this node stood still");
        assertThatThrownBy(here::here).isInstanceOf(StoreUnavailableException.class);
        stoodStill = false;
        HazelcastInstance gone = members.get(1);
        gone.getLifecycleService().terminate();
        assertThatThrownBy(() -> there.swap("k", null, bytes("a"), LONG, soon()))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessage("Value k..: its change failed");
        assertThatThrownBy(there::here).isInstanceOf(StoreUnavailableException.class);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }
}
