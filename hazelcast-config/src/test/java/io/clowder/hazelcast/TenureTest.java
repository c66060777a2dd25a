/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.clowder.store.Deadline;
import io.clowder.store.NodeId;
import io.clowder.store.RecordingCopies;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one client holds, as it and another one see it; each has a clock of its own, which the test moves. */
class TenureTest {

    private static final OwnThreads THREADS = new OwnThreads();

    private static StoreMembers members;
    private static HazelcastInstance client;
    private static HazelcastInstance otherClient;

    private final NodeId node = new NodeId(UUID.randomUUID());
    private final RecordingCopies copies = new RecordingCopies();
    private final AtomicLong here = new AtomicLong(1_000_000_000_000L);
    private final AtomicLong there = new AtomicLong(5);
    private final AtomicBoolean quiet = new AtomicBoolean(true);
    private Tenure tenure;
    private Tenures others;

    @BeforeAll
    static void start() {
        members = new StoreMembers(1);
        client = members.client(UUID.randomUUID());
        otherClient = members.client(UUID.randomUUID());
    }

    @AfterAll
    static void stop() {
        members.close();
    }

    @BeforeEach
    void begin() {
        tenure = new Tenure(client, node, THREADS, quiet::get, here::get);
        ClusterMember.Watch unused = tenure.doubting(copies);
        others = new Tenures(otherClient, THREADS, there::get);
    }

    private static void pass(AtomicLong clock, Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private boolean isProven() {
        return tenure.isProven(here.get());
    }

    private void renew() {
        tenure.renewNow();
    }

    /** As somebody who begins to ask now. */
    private boolean isOver() {
        pass(there, Duration.ofMillis(200)); // else the last look is good enough
        return others.isOver(node, there.get(), Deadline.in(Duration.ofSeconds(20)));
    }

    private static IMap<String, Long> map() {
        return client.getMap(Tenure.MAP);
    }

    @Test
    void itLastsTwoSecondsFromBeforeItWasRenewed() {
        assertThat(isProven()).isFalse();
        renew();
        assertThat(isProven()).isTrue();
        pass(here, Tenure.LIMIT.minusNanos(1));
        assertThat(isProven()).isTrue();
        pass(here, Duration.ofNanos(1));
        assertThat(isProven()).isFalse();
        renew();
        assertThat(isProven()).isTrue();
    }

    @Test
    void allIsDoubtedAtItsBeginningAndAfterAGap() {
        renew();
        assertThat(copies.told()).containsExactly("doubt");
        pass(here, Tenure.LIMIT.minusMillis(1));
        renew();
        assertThat(copies.told()).hasSize(1);
        pass(here, Tenure.LIMIT);
        renew();
        assertThat(copies.told()).hasSize(2);
    }

    @Test
    void whoDoesNotRenewItIsOverForOthersAfterALittleLonger() {
        renew();
        assertThat(isOver()).isFalse();
        pass(there, Tenure.LIMIT.plus(Tenures.MARGIN).minusMillis(201));
        assertThat(isOver()).isFalse();
        assertThat(map().get(node.uuid().toString())).isEqualTo(1);
        pass(there, Duration.ofMillis(1));
        assertThat(isOver()).isTrue();
        assertThat(others.mayBeOver(node)).isTrue();
        assertThat(map().get(node.uuid().toString())).isEqualTo(Tenure.OVER);
    }

    @Test
    void whoRenewsItStaysHoweverRarelyOthersLook() {
        for (int i = 0; i < 5; i++) {
            renew();
            assertThat(isOver()).isFalse();
            pass(there, Duration.ofSeconds(30));
            pass(here, Duration.ofSeconds(1));
        }
        assertThat(copies.told()).containsExactly("doubt");
    }

    @Test
    void whoWasDeclaredOverDoubtsAllBeforeItServesAgain() {
        renew();
        assertThat(isOver()).isFalse();
        pass(there, Duration.ofSeconds(3));
        assertThat(isOver()).isTrue();

        pass(here, Tenure.LIMIT.minusMillis(100)); // its clock is slow: that is what the margin is for
        AtomicBoolean served = new AtomicBoolean();
        ClusterMember.Watch watch = tenure.doubting(new RecordingCopies() {
            @Override
            public void doubtAll() {
                pass(here, Duration.ofMillis(200));
                served.set(isProven());
            }
        });
        renew();
        assertThat(copies.told()).containsExactly("doubt", "doubt");
        assertThat(served).as("before all was doubted").isFalse();
        assertThat(isProven()).isTrue();
        assertThat(isOver()).as("it holds what it takes from now on").isFalse();
        watch.close();
    }

    /** A look that was answered before a takeover tells nothing of what is taken over. */
    @Test
    void thatItWasOverBeforeSaysNothingOfLater() {
        assertThat(isOver()).isFalse();
        pass(there, Duration.ofSeconds(3));
        assertThat(isOver()).isTrue();
        renew();
        long taken = there.incrementAndGet();
        assertThat(others.isOver(node, taken, Deadline.in(Duration.ofSeconds(20))))
                .isFalse();
    }

    @Test
    void aValueThatWasLostWithItsMembersIsNoEnd() {
        renew();
        assertThat(isOver()).isFalse();
        map().clear();
        assertThat(isOver()).isFalse();
        renew();
        assertThat(copies.told()).as("others may have missed it").containsExactly("doubt", "doubt");
        assertThat(isOver()).isFalse();
        map().clear();
        assertThat(isOver()).isFalse();
        pass(there, Tenure.LIMIT.plus(Tenures.MARGIN));
        assertThat(isOver()).isTrue();
    }

    @Test
    void anAttemptWhoseAnswerWasLostHadSucceeded() {
        renew();
        map().set(node.uuid().toString(), 17L); // as the attempt did
        renew();
        assertThat(isProven()).isTrue();
        assertThat(copies.told()).as("it was not over").containsExactly("doubt");
    }

    @Test
    void whoLeavesIsOverAtOnceAndStaysSo() {
        renew();
        tenure.close();
        assertThat(isOver()).isTrue();
        renew();
        assertThat(isOver()).isTrue();
    }

    @Test
    void whileAMemberThatJoinedMayBringChangesNothingIsServed() {
        renew();
        quiet.set(false);
        tenure.memberJoined();
        assertThat(isProven()).isFalse();
        renew();
        assertThat(isProven()).isFalse();
        assertThat(copies.told()).hasSize(1);
        quiet.set(true);
        renew();
        assertThat(isProven()).isTrue();
        assertThat(copies.told()).containsExactly("doubt", "doubt");
    }

    @Test
    void aDoubtThatFailsIsRaisedAgainBeforeAnythingIsServed() {
        AtomicBoolean fails = new AtomicBoolean(true);
        ClusterMember.Watch watch = tenure.doubting(new RecordingCopies() {
            @Override
            public void doubtAll() {
                if (fails.get()) {
                    throw new IllegalStateException("expected");
                }
                super.doubtAll();
            }
        });
        assertThatIllegalStateException().isThrownBy(this::renew);
        assertThat(isProven()).isFalse();
        fails.set(false);
        renew();
        assertThat(isProven()).isTrue();
        assertThat(copies.told()).containsExactly("doubt", "doubt");
        watch.close();
    }
}
