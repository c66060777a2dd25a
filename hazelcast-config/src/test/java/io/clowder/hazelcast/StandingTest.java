/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StandingTest {

    private static final Duration LIMIT = Duration.ofSeconds(8);
    private static final Duration ALONE = Duration.ofSeconds(35);
    private static final UUID A = new UUID(0, 1);
    private static final UUID B = new UUID(0, 2);
    private static final UUID MEMBER = new UUID(7, 1);
    private static final UUID OTHER_MEMBER = new UUID(7, 2);

    private long now = 1_000;
    private final Standing standing = new Standing(() -> now, LIMIT, ALONE);
    private final List<String> doubts = new ArrayList<>();
    private Set<UUID> settled = Set.of();
    private Set<UUID> joined = Set.of();

    private void inquire() {
        standing.beat();
        standing.inquire(
                settled::contains,
                joined::contains,
                () -> doubts.add(standing.isSuspect() + " " + standing.isMerging()));
    }

    private void advance(Duration time) {
        now += time.toNanos();
    }

    @Test
    void aNodeThatRunsIsNotSuspect() {
        standing.saw(Map.of(A, MEMBER));
        for (int i = 0; i < 100; i++) {
            advance(LIMIT);
            assertThat(standing.isSuspect()).isFalse();
            inquire();
        }
        assertThat(doubts).isEmpty();
    }

    @Test
    void aNodeThatStoodStillIsSuspectBeforeItsPulseBeatsAndUntilAnotherKnowsIt() {
        standing.saw(Map.of(A, MEMBER));
        advance(LIMIT.plusNanos(1));
        assertThat(standing.isSuspect()).as("seen by a request").isTrue();
        inquire();
        assertThat(standing.isSuspect()).isTrue();
        advance(ALONE.plusSeconds(1));
        inquire();
        assertThat(standing.isSuspect())
                .as("somebody is to be seen, and does not know it")
                .isTrue();
        settled = Set.of(A);
        inquire();
        assertThat(standing.isSuspect()).isFalse();
        assertThat(doubts).as("raised while suspect").containsExactly("true false");
    }

    @Test
    void whoSeesNobodyWaitsForAClusterToMergeInto() {
        standing.saw(Map.of(A, MEMBER));
        standing.saw(Map.of());
        advance(LIMIT.plusNanos(1));
        inquire();
        for (int i = 0; i < 35; i++) {
            advance(Duration.ofSeconds(1));
            inquire();
            assertThat(standing.isSuspect()).isTrue();
        }
        advance(Duration.ofSeconds(1));
        inquire();
        assertThat(standing.isSuspect()).isFalse();
        assertThat(doubts).containsExactly("true false");
    }

    @Test
    void whoHasMergedIsNoLongerSuspect() {
        advance(LIMIT.plusNanos(1));
        inquire();
        standing.merging(true);
        assertThat(standing.isMerging()).isTrue();
        advance(ALONE.plusSeconds(1));
        inquire();
        assertThat(standing.isSuspect()).as("as long as it merges").isTrue();
        standing.merging(false);
        assertThat(standing.isSuspect()).isFalse();
        inquire();
        assertThat(standing.isMerging()).isFalse();
    }

    @Test
    void whoHasGivenUpItsClusterWaitsForThoseOfItsSide() {
        standing.saw(Map.of(A, MEMBER));
        standing.merging(true);
        assertThat(standing.arrivals()).isEqualTo(1);
        assertThat(standing.isArriving()).isTrue();
        standing.saw(Map.of(B, MEMBER));
        inquire();
        assertThat(standing.isArriving()).as("as long as it merges").isTrue();
        standing.merging(false);
        inquire();
        assertThat(standing.isArriving()).as("A has not come along yet").isTrue();
        standing.saw(Map.of(A, OTHER_MEMBER, B, MEMBER));
        inquire();
        assertThat(standing.isArriving()).as("A merges").isTrue();
        settled = Set.of(A);
        inquire();
        assertThat(standing.isArriving()).isFalse();
        assertThat(standing.isMerging()).isFalse();
        assertThat(doubts).as("raised while merging").containsExactly("false true", "false true");
    }

    @Test
    void whoseCompanionsDoNotComeWaitsNoLongerThanOthersWould() {
        standing.saw(Map.of(A, MEMBER));
        standing.merging(true);
        standing.saw(Map.of());
        standing.merging(false);
        advance(LIMIT);
        inquire();
        assertThat(standing.isArriving()).isTrue();
        advance(Duration.ofNanos(1));
        inquire();
        assertThat(standing.isArriving()).isFalse();
        assertThat(standing.isMerging()).isFalse();
    }

    @Test
    void aNodeThatComesBackMergesUntilItSaysThatItIsThrough() {
        standing.saw(Map.of(A, MEMBER));
        standing.saw(Map.of());
        assertThat(standing.isMerging()).isFalse();
        standing.saw(Map.of(A, OTHER_MEMBER, B, MEMBER));
        assertThat(standing.isMerging()).isTrue();
        inquire();
        assertThat(standing.isMerging()).isTrue();
        settled = Set.of(A);
        inquire();
        assertThat(standing.isMerging()).isFalse();
        assertThat(doubts).as("raised while merging").containsExactly("false true");
        standing.saw(Map.of(A, OTHER_MEMBER));
        assertThat(standing.isMerging()).isFalse();
    }

    @Test
    void aNodeThatComesBackMayHaveBegunSessionsUntilItSaysThatTheClusterHasThem() {
        standing.saw(Map.of(A, MEMBER));
        standing.saw(Map.of());
        standing.saw(Map.of(A, OTHER_MEMBER));
        joined = Set.of(A);
        inquire();
        assertThat(standing.isJoining()).as("it is still merging").isTrue();
        joined = Set.of();
        settled = Set.of(A);
        inquire();
        assertThat(standing.isMerging())
                .as("only sessions that nobody knows are concerned")
                .isFalse();
        assertThat(standing.isJoining()).isTrue();
        joined = Set.of(A);
        inquire();
        assertThat(standing.isJoining()).isFalse();
        standing.saw(Map.of());
        standing.saw(Map.of(A, MEMBER));
        assertThat(standing.isJoining()).isTrue();
        standing.saw(Map.of());
        assertThat(standing.isJoining()).as("dead again").isFalse();
    }

    @Test
    void aNodeThatLeftAndCameBackBetweenTwoLooksMergesToo() {
        standing.saw(Map.of(A, MEMBER));
        standing.saw(Map.of(A, OTHER_MEMBER));
        assertThat(standing.isMerging()).isTrue();
    }

    @Test
    void aNodeThatDiesWhileItMergesHoldsUpNobody() {
        standing.saw(Map.of(A, MEMBER));
        standing.saw(Map.of(A, OTHER_MEMBER));
        standing.saw(Map.of());
        assertThat(standing.isMerging()).isFalse();
    }
}
