/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TourSettingsTest {
    @Test
    void hasDefaults() {
        assertThat(Tour.Settings.of(List.of()))
                .isEqualTo(new Tour.Settings(false, false, 10, 8080, "io.clowder.tomcat.ClowderManager"));
    }

    @Test
    void readsOptions() {
        assertThat(Tour.Settings.of(List.of("--check", "--tomcat", "11", "--port", "9000", "--manager", "x.Y")))
                .isEqualTo(new Tour.Settings(false, true, 11, 9000, "x.Y"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --chek       | unknown option --chek
                    --port       | --port needs a value
                    --port 70000 | --port must be from 1 to 65535, was 70000
                    --port http  | --port must be from 1 to 65535, was http
                    --tomcat 9   | --tomcat must be from 10 to 11, was 9
                    """)
    void saysWhatIsWrong(String line, String message) {
        assertThatThrownBy(() -> Tour.Settings.of(List.of(line.split(" "))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
