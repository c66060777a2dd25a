/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.chaos.Request.Shape;
import io.clowder.chaos.Step.Action;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PlanTest {
    @Test
    void theSeedTellsEverything() {
        assertThat(Plan.life(7, 1, 2)).isEqualTo(Plan.life(7, 1, 2));
        assertThat(Plan.life(7, 1, 2)).isNotEqualTo(Plan.life(8, 1, 2));
        assertThat(Plan.life(7, 1, 2)).isNotEqualTo(Plan.life(7, 2, 2));
        assertThat(Plan.life(7, 1, 2)).isNotEqualTo(Plan.life(7, 1, 3));
        assertThat(faults(7)).isEqualTo(faults(7)).isNotEqualTo(faults(8));
    }

    @Test
    void aLifeBeginsAndEndsOnce() {
        List<Round> life = Plan.life(1, 0, 0);
        assertThat(life.get(0).does(Action.CREATE)).isTrue();
        assertThat(life.stream().filter(round -> round.does(Action.CREATE))).hasSize(1);
        assertThat(life.stream().filter(round -> round.does(Action.END))).hasSize(1);
        assertThat(life.get(life.size() - 4).does(Action.END)).isTrue();
    }

    @Test
    void eachValueIsWrittenOnce() {
        assertThat(steps().filter(step -> step.action() == Action.SET || step.action() == Action.ADD)
                        .map(Step::value))
                .doesNotHaveDuplicates();
    }

    @Test
    void everyKindOfRequestAndFaultIsThere() {
        List<Round> life = Plan.life(1, 0, 0);
        // The others are of a soak.
        assertThat(steps().map(Step::action).collect(Collectors.toSet()))
                .isEqualTo(EnumSet.complementOf(EnumSet.of(Action.LOGIN, Action.IDLE)));
        assertThat(life.stream().flatMap(round -> round.requests().stream()).map(Request::shape))
                .contains(Shape.values());
        assertThat(life)
                .anyMatch(Round::detached)
                .anyMatch(round -> round.requests().size() > 3);
        assertThat(faults(1).stream().map(Faults.Fault::kind).collect(Collectors.toSet()))
                .as("where nodes keep the sessions themselves there are no outages")
                .isEqualTo(EnumSet.complementOf(EnumSet.of(Faults.Kind.OUTAGE)));
        assertThat(faults(1)).allMatch(fault -> fault.lasting().toMillis() < 3_000);
    }

    @Test
    void aSoakKillsAllButTheFirstNodeAndFreezesNone() {
        Faults faults = new Faults(1, new Faults.Mix(35, 0, true));
        List<Faults.Fault> drawn =
                IntStream.range(0, 100).mapToObj(any -> faults.next()).toList();
        assertThat(drawn)
                .filteredOn(fault -> fault.kind() == Faults.Kind.KILL)
                .hasSizeBetween(20, 50)
                .extracting(Faults.Fault::node)
                .contains(1, 2)
                .doesNotContain(0);
        assertThat(drawn)
                .filteredOn(fault -> fault.kind() == Faults.Kind.REDEPLOY)
                .extracting(Faults.Fault::node)
                .contains(0, 1, 2);
        assertThat(drawn).noneMatch(fault -> fault.kind() == Faults.Kind.FREEZE);
    }

    @Test
    void outagesForgetOnlyWhereTheyMay() {
        for (boolean forgets : new boolean[] {true, false}) {
            Faults faults = new Faults(1, new Faults.Mix(0, 20, 80, forgets, false));
            List<Faults.Fault> outages = IntStream.range(0, 100)
                    .mapToObj(any -> faults.next())
                    .filter(fault -> fault.kind() == Faults.Kind.OUTAGE)
                    .toList();
            assertThat(outages).hasSizeBetween(60, 95).anyMatch(fault -> !fault.forgets());
            assertThat(outages.stream().anyMatch(Faults.Fault::forgets)).isEqualTo(forgets);
        }
    }

    private static Stream<Step> steps() {
        return Plan.life(1, 0, 0).stream()
                .flatMap(round -> round.requests().stream())
                .flatMap(request -> request.steps().stream());
    }

    private static List<Faults.Fault> faults(long seed) {
        Faults faults = new Faults(seed);
        return IntStream.range(0, 50).mapToObj(any -> faults.next()).toList();
    }
}
