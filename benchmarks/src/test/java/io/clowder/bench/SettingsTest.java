/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsTest {

    @Test
    void withoutOptionsEverythingIsMeasured() {
        Settings settings = Settings.of(List.of());
        assertThat(settings.contenders())
                .extracting(Contender::key)
                .containsExactly("plain", "floor", "delta", "backup", "redisson", "clowder");
        assertThat(settings.scenarios()).containsExactly(Scenario.values());
        assertThat(settings.heapSessions()).isEqualTo(20_000);
        assertThat(settings.scale()).isNull();
        assertThat(settings.windows()).isEqualTo(3);
        assertThat(settings.window()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.warmUp()).isEqualTo(Duration.ofSeconds(20));
        assertThat(settings.clients()).isEqualTo(16);
    }

    @Test
    void contendersDoNotShareAPort() {
        List<Contender> all = Settings.of(List.of("--port", "8300")).contenders();
        for (Contender one : all) {
            for (Contender other : all) {
                if (one != other) {
                    for (int i = 0; i < one.span().count(); i++) {
                        assertThat(other.span().has(one.span().first() + i)).isFalse();
                    }
                }
            }
        }
    }

    @Test
    void plainTomcatIsAlwaysThere() {
        Settings settings = Settings.of(List.of("--only", "clowder,delta", "--scenarios", "sticky-write-big"));
        assertThat(settings.contenders()).extracting(Contender::key).containsExactly("plain", "delta", "clowder");
        assertThat(settings.scenarios()).containsExactly(Scenario.STICKY_WRITE_BIG);
        assertThat(settings.heapSessions()).isZero();
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> Settings.of(List.of("--windows", "0")))
                .hasMessage("--windows must be from 1 to 100, was 0");
        assertThatThrownBy(() -> Settings.of(List.of("--scenarios", "fast")))
                .hasMessageStartingWith("no scenario fast; there are sticky-read, ");
        assertThatThrownBy(() -> Settings.of(List.of("--only", "fast")).contenders())
                .hasMessage("no contender fast");
        assertThatThrownBy(() -> Settings.of(List.of("--fast"))).hasMessage("unknown option --fast");
    }
}
