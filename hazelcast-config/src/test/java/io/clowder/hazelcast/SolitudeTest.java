/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SolitudeTest {

    private static final Duration LONG = Duration.ofMinutes(5);

    private final List<String> told = new CopyOnWriteArrayList<>();
    private Solitude solitude = new Solitude(Duration.ZERO, LONG);

    /** Tells how often it was called, and whether this node counted as alone or apart meanwhile. */
    private final class Work implements ClusterNode.Return {

        private final String name;
        private final BooleanSupplier back;

        Work(String name, BooleanSupplier back) {
            this.name = name;
            this.back = back;
        }

        @Override
        public void replay(boolean forgotten) {
            told.add(name + " replays");
        }

        @Override
        public boolean back() {
            told.add(name + (solitude.isAlone() ? " alone" : "") + (solitude.isApart() ? " apart" : ""));
            return back.getAsBoolean();
        }
    }

    @AfterEach
    void close() {
        solitude.close();
    }

    private void comesBack() {
        solitude.begin();
        assertThat(solitude.isApart()).isTrue();
        solitude.end(() -> false);
    }

    private void awaitJoined() {
        await().until(() -> !solitude.isApart());
    }

    @Test
    void isApartUntilEverythingIsTold() {
        assertThat(solitude.isApart()).isFalse();
        solitude.onReturn(new Work(
                "first", () -> told.stream().filter("first apart"::equals).count() == 3));
        solitude.onReturn(new Work("second", () -> true));
        comesBack();
        awaitJoined();
        assertThat(solitude.isAlone()).isFalse();
        assertThat(told)
                .containsExactly(
                        "first replays",
                        "second replays",
                        "first replays",
                        "second replays",
                        "first replays",
                        "second replays",
                        "first apart",
                        "second apart",
                        "first apart",
                        "second apart",
                        "first apart",
                        "second apart");
    }

    @Test
    void whatCannotBeToldIsWaitedForNoLongerThanThat() {
        solitude = new Solitude(Duration.ZERO, Duration.ofMillis(600));
        solitude.onReturn(new Work("never", () -> false));
        comesBack();
        awaitJoined();
        assertThat(told.stream().filter("never apart"::equals).count()).isBetween(2L, 4L);
    }

    @Test
    void whatFailsHoldsUpNothingElse() {
        solitude.onReturn(new Work("fails", () -> {
            throw new IllegalStateException("this is to fail");
        }));
        solitude.onReturn(new Work("works", () -> true));
        comesBack();
        awaitJoined();
        assertThat(solitude.isAlone()).isFalse();
        assertThat(told).endsWith("fails apart", "works apart");
    }

    @Test
    void whoIsAloneAgainTellsNothingUntilItComesBack() {
        solitude.onReturn(new Work("one", () -> {
            boolean again = told.stream().filter("one apart"::equals).count() == 2;
            if (!again) {
                solitude.begin();
            }
            return again;
        }));
        comesBack();
        await().until(() -> {
            solitude.end(() -> false);
            return !solitude.isApart();
        });
        List<String> once = List.of("one replays", "one replays", "one replays", "one apart");
        assertThat(told)
                .containsExactlyElementsOf(
                        Stream.concat(once.stream(), once.stream()).toList());
    }
}
