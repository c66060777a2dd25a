/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What format 1 looked like when it was released. A test that fails here says that a rolling upgrade would lose
 * sessions: the files are right. {@link #main} adds the file of a new value, and never touches one that exists.
 */
class GoldenFileTest {
    private static final AttributeCodec CODEC =
            new AttributeCodec(GoldenFileTest.class.getClassLoader(), null, value -> value.equals("flagged"));

    private static final Map<String, Object> VALUES = new LinkedHashMap<>();

    static {
        VALUES.put("string", "Grüße an die 猫 \uD83D\uDC08\r\n");
        VALUES.put("string_utf16", "half a \uD83D cat");
        VALUES.put("boolean", true);
        VALUES.put("byte", (byte) -7);
        VALUES.put("short", (short) -12345);
        VALUES.put("character", '猫');
        VALUES.put("integer", -1234567);
        VALUES.put("long", 1234567890123456789L);
        VALUES.put("float", -1.5e-7f);
        VALUES.put("double", Math.PI);
        VALUES.put("big_integer", new BigInteger("-123456789012345678901234567890"));
        VALUES.put("big_decimal", new BigDecimal("1234567890.1200"));
        VALUES.put("uuid", new UUID(0x0123456789ABCDEFL, 0x8899AABBCCDDEEFFL));
        VALUES.put("instant", Instant.parse("2026-02-28T12:34:56.123456789Z"));
        VALUES.put("duration", Duration.ofMinutes(-30).plusNanos(1));
        VALUES.put("local_date", LocalDate.of(1969, 7, 20));
        VALUES.put("local_time", LocalTime.of(23, 59, 59, 7));
        VALUES.put("local_date_time", LocalDateTime.of(2026, 2, 28, 12, 34, 56, 789));
        VALUES.put("bytes", new byte[] {0, 13, 10, -1});
        VALUES.put("flagged", "flagged");
        VALUES.put(
                "serialized",
                new ArrayList<>(
                        List.of(new Line("tuna", 3), DayOfWeek.MONDAY, "text", Instant.EPOCH, new int[] {1, 2})));
    }

    static Stream<String> names() {
        return VALUES.keySet().stream();
    }

    static Stream<String> compactNames() {
        return names().filter(name -> !name.equals("serialized"));
    }

    @ParameterizedTest
    @MethodSource("names")
    void readsWhatFormat1Wrote(String name) throws IOException {
        byte[] golden = golden(name);

        assertThat(CODEC.decode(name, golden)).usingRecursiveComparison().isEqualTo(VALUES.get(name));
        assertThat(AttributeCodec.isFlagged(golden)).isEqualTo(name.equals("flagged"));
    }

    @ParameterizedTest
    @MethodSource("compactNames")
    void writesTheSameBytesToday(String name) throws IOException {
        assertThat(CODEC.encode(name, requireNonNull(VALUES.get(name)))).isEqualTo(golden(name));
    }

    @Test
    void theHeaderIsFormatAndKindAndFlag() throws IOException {
        for (Kind kind : Kind.values()) {
            assertThat(golden(kind.name().toLowerCase(Locale.ROOT)))
                    .as("%s", kind)
                    .startsWith(1, kind.code);
        }
        assertThat(golden("flagged")).startsWith(1, 0x80 | Kind.STRING.code);
        // What follows is the JDK's: its stream's magic number and version.
        assertThat(golden("serialized")).startsWith(1, 0, 0xAC, 0xED, 0, 5);
        assertThat(CODEC.encode("serialized", requireNonNull(VALUES.get("serialized"))))
                .startsWith(1, 0, 0xAC, 0xED, 0, 5);
    }

    @Test
    void whatALaterReleaseWroteIsNamedAndStaysAsItIs() throws IOException {
        for (String name : VALUES.keySet()) {
            byte[] later = golden(name);
            later[0] = 2;
            byte[] before = later.clone();
            assertThatExceptionOfType(UnreadableAttributeException.class)
                    .isThrownBy(() -> CODEC.decode(name, later))
                    .withMessage("Attribute '" + name + "' cannot be read: unknown format 2");
            assertThat(later).isEqualTo(before);
            assertThat(AttributeCodec.isFlagged(later)).isFalse();
        }
        byte[] unknownKind = {1, (byte) (Kind.values().length + 1), 0};
        assertThatExceptionOfType(UnreadableAttributeException.class)
                .isThrownBy(() -> CODEC.decode("new", unknownKind))
                .withMessage("Attribute 'new' cannot be read: unknown kind 20");
    }

    @Test
    void everyKindHasItsFile() {
        assertThat(Stream.of(Kind.values()).map(kind -> kind.name().toLowerCase(Locale.ROOT)))
                .isSubsetOf(VALUES.keySet());
    }

    private static byte[] golden(String name) throws IOException {
        try (InputStream in = GoldenFileTest.class.getResourceAsStream("/codec/format-1/" + name + ".bin")) {
            assertThat(in).as("golden file of %s", name).isNotNull();
            return in.readAllBytes();
        }
    }

    /** Writes the files that are missing into the folder given. */
    public static void main(String[] arguments) throws IOException {
        for (Map.Entry<String, Object> value : VALUES.entrySet()) {
            Path file = Path.of(arguments[0], value.getKey() + ".bin");
            if (Files.notExists(file)) {
                Files.write(file, CODEC.encode(value.getKey(), value.getValue()));
            }
        }
    }

    record Line(String article, int pieces) implements Serializable {}
}
