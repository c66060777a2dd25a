/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.net.URI;
import java.time.LocalDate;
import java.time.Year;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImmutablesTest {

    private record Point(int x, Integer y, String name, Locale locale, TimeUnit unit) {}

    private record Line(Point from, Point to) {}

    private record Box(Object content) {}

    private record Price(BigDecimal amount) {}

    private record Chain(Chain next) {}

    private enum Cat {
        TOM,
        LEO {
            @Override
            public String toString() {
                return "the lion";
            }
        }
    }

    @Test
    void smallValuesEnumsAndRecordsOfThem() {
        for (Object value : List.of(
                "text",
                1,
                UUID.randomUUID(),
                BigDecimal.ONE,
                LocalDate.EPOCH,
                Year.of(2026),
                URI.create("cat:tom"),
                Locale.ROOT,
                Cat.TOM,
                Cat.LEO,
                new Point(1, 2, "p", Locale.ROOT, TimeUnit.DAYS),
                new Line(null, null))) {
            assertThat(Immutables.KNOWN.contains(value.getClass()))
                    .as("%s", value)
                    .isTrue();
        }
    }

    @Test
    void nothingThatMayHoldSomethingElse() {
        for (Object value : List.of(
                new byte[0],
                new int[0],
                List.of(),
                new ArrayList<>(),
                new AtomicInteger(),
                new Object(),
                new Box(1),
                new Price(BigDecimal.ONE),
                new Chain(null))) {
            assertThat(Immutables.KNOWN.contains(value.getClass()))
                    .as("%s", value)
                    .isFalse();
        }
    }

    @Test
    void namedClassesAndPackages() {
        Immutables aClass = new Immutables(List.of("java.util.concurrent.atomic.AtomicInteger", "java.lang.Object"));
        assertThat(aClass.contains(AtomicInteger.class)).isTrue();
        assertThat(aClass.contains(ArrayList.class)).isFalse();
        assertThat(aClass.contains(Box.class)).as("a record of a named class").isTrue();

        Immutables aPackage = new Immutables(List.of("java.util.*"));
        assertThat(aPackage.contains(ArrayList.class)).isTrue();
        assertThat(aPackage.contains(AtomicInteger.class)).isFalse();

        Immutables below = new Immutables(List.of("java.util.**"));
        assertThat(below.contains(ArrayList.class)).isTrue();
        assertThat(below.contains(AtomicInteger.class)).isTrue();
        assertThat(below.contains(Object.class)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                ".*",
                "**",
                "com.acme.",
                "com..acme",
                "com.acme.*.Money",
                "com.1acme",
                "com.ac-me",
                "com.acme*"
            })
    void whatNamesNothingIsRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Immutables(List.of(name)))
                .withMessageContaining("'" + name + "'");
    }
}
