/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class PulseTest {

    private static final Duration THRESHOLD = Duration.ofSeconds(10);

    private long now = 1_000;
    private boolean answering = true;
    private long answerTakes;
    private final List<String> doubts = new ArrayList<>();
    private final Pulse pulse = new Pulse(this::ask, () -> now, Duration.ofMillis(250));

    @Test
    void isInContactFromTheStart() {
        assertThat(pulse.lastContact()).isEqualTo(1_000);
    }

    @Test
    void anAnswerIsContact() {
        advance(Duration.ofMillis(250));
        pulse.beat();
        assertThat(pulse.lastContact()).isEqualTo(now);
    }

    @Test
    void contactIsDatedFromBeforeTheQuestion() {
        long asked = now;
        answerTakes = Duration.ofSeconds(20).toNanos();
        pulse.beat();
        assertThat(pulse.lastContact()).isEqualTo(asked);
    }

    @Test
    void silenceAndErrorsAreNoContact() {
        answering = false;
        advance(Duration.ofMillis(250));
        pulse.beat();
        assertThat(pulse.lastContact()).isEqualTo(1_000);

        Pulse failing = new Pulse(this::fail, () -> now, Duration.ofMillis(250));
        long began = now;
        advance(Duration.ofMillis(250));
        failing.beat();
        assertThat(failing.lastContact()).isEqualTo(began);
    }

    @Test
    void noDoubtUpToTheThreshold() {
        pulse.onGap(THRESHOLD, () -> doubts.add("gap"));
        advance(THRESHOLD);
        pulse.beat();
        assertThat(doubts).isEmpty();
    }

    @Test
    void aFrozenProcessDoubtsBeforeContactCounts() {
        pulse.onGap(THRESHOLD, () -> doubts.add("last contact " + pulse.lastContact()));
        advance(THRESHOLD.plusNanos(1));

        pulse.beat();

        assertThat(doubts).containsExactly("last contact 1000");
        assertThat(pulse.lastContact()).isEqualTo(now);
        pulse.beat();
        assertThat(doubts).hasSize(1);
    }

    @Test
    void aCutOffNodeDoubtsWhenContactComesBack() {
        pulse.onGap(THRESHOLD, () -> doubts.add("gap"));
        answering = false;
        for (int i = 0; i < 100; i++) {
            advance(Duration.ofMillis(250));
            pulse.beat();
        }
        assertThat(doubts).isEmpty();
        assertThat(now - pulse.lastContact()).isGreaterThan(THRESHOLD.toNanos());

        answering = true;
        pulse.beat();

        assertThat(doubts).containsExactly("gap");
        assertThat(pulse.lastContact()).isEqualTo(now);
    }

    @Test
    void frozenWhileTheAnswerWasOnItsWay() {
        pulse.onGap(THRESHOLD, () -> doubts.add("gap"));
        answerTakes = Duration.ofSeconds(20).toNanos();
        pulse.beat();
        // A request that looks at the clock now sees the gap ...
        assertThat(now - pulse.lastContact()).isGreaterThan(THRESHOLD.toNanos());
        answerTakes = 0;
        pulse.beat();
        // ... and so does the next beat.
        assertThat(doubts).containsExactly("gap");
    }

    @Test
    void eachWatchHasItsThreshold() {
        pulse.onGap(Duration.ofSeconds(30), () -> doubts.add("30"));
        pulse.onGap(Duration.ofSeconds(10), () -> doubts.add("10"));
        advance(Duration.ofSeconds(20));
        pulse.beat();
        assertThat(doubts).containsExactly("10");
    }

    @Test
    void aClosedWatchIsLeftAlone() {
        Pulse.Watch watch = pulse.onGap(THRESHOLD, () -> doubts.add("gap"));
        watch.close();
        advance(Duration.ofMinutes(1));
        pulse.beat();
        assertThat(doubts).isEmpty();
    }

    @Test
    void whenADoubtFailsTheOthersAreRaisedAndTheGapStays() {
        pulse.onGap(THRESHOLD, this::fail);
        pulse.onGap(THRESHOLD, () -> doubts.add("gap"));
        advance(Duration.ofMinutes(1));
        pulse.beat();
        assertThat(doubts).containsExactly("gap");
        assertThat(pulse.lastContact()).isEqualTo(1_000);
    }

    @Test
    void aMergeRaisesAllDoubtsAndAFailedOneAgain() {
        boolean[] failing = {true};
        pulse.onGap(THRESHOLD, () -> {
            doubts.add("raised");
            if (failing[0]) {
                fail();
            }
        });
        pulse.doubtAll();
        failing[0] = false;
        pulse.beat();
        pulse.beat();
        assertThat(doubts).containsExactly("raised", "raised");
    }

    @Test
    void beatsOnItsOwnThreadUntilClosed() {
        CountDownLatch beats = new CountDownLatch(3);
        Pulse beating = new Pulse(
                () -> {
                    beats.countDown();
                    return true;
                },
                System::nanoTime,
                Duration.ofMillis(1));
        beating.start(PulseTest.class.getClassLoader());
        Awaitility.await().untilAsserted(() -> assertThat(beats.getCount()).isZero());
        assertThat(MemberThreads.named("clowder-pulse")).isNotEmpty().allMatch(Thread::isDaemon);
        beating.close();
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(MemberThreads.named("clowder-pulse")).isEmpty());
    }

    private void advance(Duration duration) {
        now += duration.toNanos();
    }

    private boolean ask() {
        now += answerTakes;
        return answering;
    }

    private boolean fail() {
        throw new IllegalStateException("planted");
    }
}
