/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final Contender PLAIN = new PlainTomcat();
    private static final Contender CLOWDER = new Clowder(8200);
    private static final Contender DELTA = TribesManager.delta(8250, 2);
    private static final Scenario SCENARIO = Scenario.ROAMING_READ;

    private final Settings settings = Settings.of(List.of("--scenarios", SCENARIO.key()));
    private final Results results = new Results();

    @Test
    void tellsMediansAndTheMedianOfTheMultiplesOfEachRound() {
        fill(PLAIN, 20, 21, 90);
        fill(CLOWDER, 63, 61, 180);
        results.add(PLAIN, List.of(4_400.0, 0.0));

        String report = new Report(settings, results).markdown("head\n");

        // 63 / 20 = 3.15, 61 / 21 = 2.90, 180 / 90 = 2.00 microseconds.
        assertThat(report)
                .contains("| roaming read | 0.0210 ms / 1,000/s | 2.90 / 1.00 |")
                .contains("| **Clowder** | 1,000 | 0.00 | 0.00 | 0.0630 (0.0610 - 0.1800) | 2.90 | 0.0010 | 150 | 0 |")
                .contains("| plain Tomcat | 4.4 | 0.0 |");
    }

    @Test
    void saysWhatTheFloorAllows() {
        List<String> keys = List.of("--scenarios", "sticky-read,roaming-read");
        Contender floor = new BareHazelcast(8220);
        fill(PLAIN, 20);
        fill(floor, 40);
        fill(CLOWDER, 50);
        results.cell(PLAIN, Scenario.STICKY_READ).add(window(null, 25));
        results.cell(floor, Scenario.STICKY_READ).add(window(null, 20));
        results.cell(CLOWDER, Scenario.STICKY_READ).add(window(null, 25));
        // 1 + 1.25 x (2 - 0.8); all were as fast.
        assertThat(new Report(Settings.of(keys), results).markdown(""))
                .contains("| roaming read | 0.0240 | 2.50 / 1.00 | 2.50 / 1.00 |");
    }

    @Test
    void whoAnswersWronglyHasNoSpeed() {
        fill(PLAIN, 20, 20, 20);
        fill(DELTA, 30, 30, 30);
        Tally tally = new Tally();
        tally.add(5, null);
        tally.add(5, Tally.Fault.STALE);
        results.cell(DELTA, SCENARIO).note(tally);

        String report = new Report(settings, results).markdown("");
        assertThat(report)
                .contains("| roaming read | 0.0200 ms / 1,000/s | wrong answers: 1 of 2 |")
                .contains("| DeltaManager | - | - | - | - | - | - | - | wrong answers: 1 of 2 (1 stale) |")
                .doesNotContain("1.50");
        assertThat(new Plot(settings, results).svg())
                .contains("DeltaManager: wrong answers")
                .doesNotContain("1.50");
        assertThat(results.wrong(DELTA)).isEqualTo(1);
        assertThat(results.wrong(PLAIN)).isZero();
    }

    @Test
    void saysWhatIsNotInstalled() {
        fill(PLAIN, 20, 20, 20);
        results.missing(new RedissonTomcat(8260), "not installed");
        assertThat(new Report(settings, results).markdown("")).contains("- redisson-tomcat: not installed");
    }

    @Test
    void whatNobodyCountsIsNoZero() {
        fill(PLAIN, null, 20);
        assertThat(new Report(settings, results).markdown(""))
                .contains("| plain Tomcat | 1,000 | 0.00 | 0.00 | 0.0200 (0.0200 - 0.0200) | 1.00 | 0.0010 | - | 0 |");
    }

    private void fill(Contender contender, int... cpuMicros) {
        fill(contender, 150_000L, cpuMicros);
    }

    private void fill(Contender contender, @Nullable Long bytes, int... cpuMicros) {
        results.present(contender);
        for (int micros : cpuMicros) {
            results.cell(contender, SCENARIO).add(window(bytes, micros));
        }
    }

    private static Window window(@Nullable Long bytes, int cpuMicros) {
        return new Window(
                1_000,
                Duration.ofSeconds(1),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofMillis(cpuMicros),
                Duration.ofMillis(1),
                bytes);
    }
}
