/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChaosSettingsTest {
    @Test
    void hasDefaults() {
        Chaos.Settings settings = Chaos.Settings.of(List.of());
        assertThat(settings).isEqualTo(new Chaos.Settings(false, 2, settings.seed(), 10, 7400));
    }

    @Test
    void readsOptions() {
        assertThat(Chaos.Settings.of(
                        List.of("--minutes", "20", "--seed", "5", "--tomcat", "11", "--port", "7500", "--help")))
                .isEqualTo(new Chaos.Settings(true, 20, 5, 11, 7500));
    }

    @Test
    void readsTheTopology() {
        assertThat(Chaos.Settings.of(List.of("--topology", "client")).client()).isTrue();
        assertThat(Chaos.Settings.of(List.of("--topology", "embedded")).client())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --minute     | unknown option --minute
                    --seed       | --seed needs a value
                    --minutes 0  | --minutes must be from 1 to 1440, was 0
                    --seed x     | --seed must be from 0 to 9223372036854775807, was x
                    --tomcat 9   | --tomcat must be from 10 to 11, was 9
                    --port 80    | --port must be from 1024 to 65516, was 80
                    --topology x | --topology must be embedded or client, was x
                    """)
    void saysWhatIsWrong(String line, String message) {
        assertThatThrownBy(() -> Chaos.Settings.of(List.of(line.split(" "))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
