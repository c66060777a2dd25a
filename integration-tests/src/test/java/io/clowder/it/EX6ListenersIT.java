/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * EX-6: listeners of every kind are told of a cluster's sessions what they are told of StandardManager's on one node. Only a
 * session that moves has more to tell: that it leaves one node and comes to another, and in sticky mode a new route.
 */
@ExtendWith(ThreeNodes.Shared.class)
class EX6ListenersIT {
    private static final long SEED = Long.getLong("clowder.seed", 1);

    /** More than one: {@code -Dclowder.seeds=20}. */
    private static final int SEEDS = Integer.getInteger("clowder.seeds", 1);

    private static final int STEPS = 200;

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.JOURNAL, ThreeNodes.ROAMING_JOURNAL})
    void theEventsAreThoseOfStandardManager(String app, ThreeNodes three) {
        for (long seed = SEED; seed < SEED + SEEDS; seed++) {
            List<Script.Step> script = Script.of(seed, STEPS);
            assertThat(script).hasSize(STEPS);
            Play standard = played(script, new Play(List.of(three.a()), ThreeNodes.STANDARD_JOURNAL, true, seed));
            Play cluster = played(script, new Play(three.all(), app, app.equals(ThreeNodes.JOURNAL), seed));
            assertThat(cluster.lines()).as("seed %d", seed).containsExactlyElementsOf(standard.lines());
            assertThat(standard.moves()).isZero();
            assertThat(cluster.moves()).isGreaterThan(STEPS / 5);
            System.out.printf(
                    "EX-6 %s, seed %d: %d steps, %d lines equal, %d moves%n",
                    app, seed, STEPS, standard.lines().size(), cluster.moves());
        }
    }

    private static Play played(List<Script.Step> script, Play play) {
        script.forEach(play::play);
        play.end();
        return play;
    }
}
