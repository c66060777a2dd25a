/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.chaos.ModelCluster.Bug;
import io.clowder.chaos.Violation.Kind;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The plan finds each kind of bug, and the checker names it; of a cluster without one it says nothing. */
class PlantedBugsTest {
    private static final int LIVES = 2;
    private static final Duration AT_MOST = Duration.ofSeconds(60);

    private static Stream<Arguments> bugsAndSeeds() {
        return EnumSet.allOf(Bug.class).stream()
                .flatMap(bug -> IntStream.rangeClosed(1, 3).mapToObj(seed -> Arguments.of(bug, seed)));
    }

    @ParameterizedTest
    @MethodSource("bugsAndSeeds")
    void eachIsFound(Bug bug, int seed) throws InterruptedException {
        Run run = new Run(new ModelCluster(bug), seed, line -> {});
        Set<Kind> found = run.go(LIVES, AT_MOST).stream().map(Violation::kind).collect(Collectors.toSet());
        Set<Kind> kinds = kinds(bug);
        if (kinds.isEmpty()) {
            assertThat(found).isEmpty();
            assertThat(run.tally().replies()).isGreaterThan(1_000);
        } else {
            assertThat(found).containsAnyElementsOf(kinds);
        }
    }

    /** Any of which would do. */
    private static Set<Kind> kinds(Bug bug) {
        return switch (bug) {
            case NONE -> Set.of();
            case SKIPPED_SAVE, EARLY_ANSWER -> Set.of(Kind.LOST_WRITE, Kind.STALE_READ);
            case WHOLE_SESSION -> Set.of(Kind.LOST_WRITE);
            case STALE_COPY -> Set.of(Kind.STALE_READ);
            case UNNOTICED_CHANGE -> Set.of(Kind.LOST_ELEMENT);
            case FORGOTTEN_REMOVAL -> Set.of(Kind.RESURRECTED);
            case LOST_SESSION -> Set.of(Kind.SESSION_LOST);
            case ENDLESS_SESSION -> Set.of(Kind.SESSION_BACK);
        };
    }
}
