/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.io.Serial;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Round trips of every kind, the header, and compact forms that are broken. */
class AttributeCodecTest {
    private final AttributeCodec codec = WebApp.codec(AttributeCodecTest.class.getClassLoader());

    static Stream<Object> compactValues() {
        return Stream.of(
                "",
                "a",
                "\0",
                "Grüße, 猫 \uD83D\uDC08",
                "x".repeat(3_000_000),
                "\uD83D",
                "\uDC08",
                "\uDC08\uD83D",
                "a\uD83Db\uD83D\uDC08",
                "\uD83D\uDC08".repeat(1000) + "\uD83D",
                true,
                false,
                (byte) 0,
                Byte.MIN_VALUE,
                Byte.MAX_VALUE,
                (short) 0,
                Short.MIN_VALUE,
                Short.MAX_VALUE,
                'a',
                Character.MIN_VALUE,
                Character.MAX_VALUE,
                '\uD83D',
                0,
                -1,
                63,
                64,
                -64,
                -65,
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                0L,
                -1L,
                Long.MIN_VALUE,
                Long.MAX_VALUE,
                1L << 62,
                0f,
                -0f,
                Float.NaN,
                Float.MIN_VALUE,
                Float.MAX_VALUE,
                Float.NEGATIVE_INFINITY,
                0d,
                -0d,
                Double.NaN,
                Double.MIN_VALUE,
                Double.MAX_VALUE,
                Double.POSITIVE_INFINITY,
                BigInteger.ZERO,
                BigInteger.ONE.negate(),
                BigInteger.TWO.pow(10_000),
                BigInteger.TWO.pow(64).negate(),
                BigDecimal.ZERO,
                new BigDecimal("0.00"),
                new BigDecimal("-12345678901234567890.123456789"),
                new BigDecimal(BigInteger.TEN, Integer.MIN_VALUE),
                new BigDecimal(BigInteger.TEN, Integer.MAX_VALUE),
                new UUID(0, 0),
                new UUID(Long.MIN_VALUE, Long.MAX_VALUE),
                Instant.EPOCH,
                Instant.MIN,
                Instant.MAX,
                Instant.ofEpochSecond(-1, 999_999_999),
                Duration.ZERO,
                Duration.ofSeconds(Long.MIN_VALUE),
                Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
                Duration.ofNanos(-1),
                LocalDate.EPOCH,
                LocalDate.MIN,
                LocalDate.MAX,
                LocalTime.MIN,
                LocalTime.MAX,
                LocalTime.NOON,
                LocalDateTime.MIN,
                LocalDateTime.MAX,
                LocalDateTime.of(1969, 12, 31, 23, 59, 59, 1),
                new byte[0],
                new byte[] {0},
                new byte[1_000_000]);
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("compactValues")
    void readsBackWhatItWroteCompactly(Object value) {
        byte[] bytes = codec.encode("a", value);

        assertThat(bytes[0]).isEqualTo((byte) 1);
        assertThat(bytes[1]).as("a compact kind").isPositive();
        assertSame(codec.decode("a", bytes), value);
    }

    @TestFactory
    Stream<DynamicTest> readsBackRandomValues() {
        Map<String, Function<Random, Object>> sources = new LinkedHashMap<>();
        sources.put("String", AttributeCodecTest::randomText);
        sources.put("Byte", random -> (byte) random.nextInt());
        sources.put("Short", random -> (short) random.nextInt());
        sources.put("Character", random -> (char) random.nextInt());
        sources.put("Integer", random -> random.nextInt() >> random.nextInt(32));
        sources.put("Long", random -> random.nextLong() >> random.nextInt(64));
        sources.put("Float", random -> Float.intBitsToFloat(random.nextInt()));
        sources.put("Double", random -> Double.longBitsToDouble(random.nextLong()));
        sources.put("BigInteger", random -> randomInteger(random));
        sources.put(
                "BigDecimal", random -> new BigDecimal(randomInteger(random), random.nextInt() >> random.nextInt(32)));
        sources.put("UUID", random -> new UUID(random.nextLong(), random.nextLong()));
        sources.put("Instant", random -> Instant.ofEpochSecond(random.nextLong() >> 16, random.nextInt(1_000_000_000)));
        sources.put("Duration", random -> Duration.ofSeconds(random.nextLong() >> 16, random.nextInt(1_000_000_000)));
        sources.put("LocalDate", AttributeCodecTest::randomDate);
        sources.put("LocalTime", AttributeCodecTest::randomTime);
        sources.put("LocalDateTime", random -> LocalDateTime.of(randomDate(random), randomTime(random)));
        sources.put("byte[]", random -> randomInteger(random).toByteArray());
        return sources.entrySet().stream()
                .map(source -> DynamicTest.dynamicTest(source.getKey(), () -> {
                    Random random = new Random(20240229);
                    for (int i = 0; i < 2_000; i++) {
                        Object value = source.getValue().apply(random);
                        assertSame(codec.decode("a", codec.encode("a", value)), value);
                    }
                }));
    }

    @Test
    void leavesOtherTypesToSerialization() {
        Map<String, Object> map = new HashMap<>(Map.of(
                "days", List.of(DayOfWeek.MONDAY), "when", ZonedDateTime.parse("2026-02-28T12:00Z[Europe/Paris]")));
        List<Object> values = List.of(
                map, TimeUnit.SECONDS, new Point(1, -1), new int[][] {{1}, {}}, String.class, new int[0], new Object[] {
                    1
                });
        for (Object value : values) {
            byte[] bytes = codec.encode("a", value);

            assertThat(bytes[1]).isZero();
            assertThat(codec.decode("a", bytes)).isEqualTo(value);
        }
        assertThat(codec.decode("a", codec.encode("a", TimeUnit.SECONDS))).isSameAs(TimeUnit.SECONDS);
    }

    @Test
    void subclassesOfCompactTypesKeepTheirClass() {
        Money money = new Money("12.50", "EUR");

        byte[] bytes = codec.encode("a", money);

        assertThat(bytes[1]).isZero();
        assertThat(codec.decode("a", bytes))
                .isExactlyInstanceOf(Money.class)
                .hasFieldOrPropertyWithValue("currency", "EUR");
    }

    @Test
    void aSerializedValueOfSomeMegabytesPasses() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            rows.add(new HashMap<>(Map.of("id", i, "name", "row number " + i, "price", new BigDecimal(i))));
        }
        byte[] bytes = codec.encode("a", rows);

        assertThat(bytes.length).isGreaterThan(3_000_000);
        assertThat(codec.decode("a", bytes)).isEqualTo(rows);
    }

    @Test
    void smallNumbersAreSmall() {
        assertThat(codec.encode("a", 63)).hasSize(3);
        assertThat(codec.encode("a", 64)).hasSize(4);
        assertThat(codec.encode("a", Integer.MIN_VALUE)).hasSize(7);
        assertThat(codec.encode("a", Long.MIN_VALUE)).hasSize(12);
    }

    @Test
    void bytesAreCopied() {
        byte[] value = {1, 2, 3};
        byte[] bytes = codec.encode("a", value);
        value[0] = 9;

        assertThat((byte[]) codec.decode("a", bytes)).containsExactly(1, 2, 3);
        assertThat(codec.decode("a", bytes)).isNotSameAs(codec.decode("a", bytes));
    }

    @Test
    void flagsWhatThePredicateAsksFor() {
        AttributeCodec flagging = new AttributeCodec(
                getClass().getClassLoader(), null, value -> value instanceof Point || "marked".equals(value));

        for (Object value : List.of(new Point(1, 2), "marked")) {
            byte[] bytes = flagging.encode("a", value);
            assertThat(AttributeCodec.isFlagged(bytes)).isTrue();
            assertThat(codec.decode("a", bytes)).isEqualTo(value);
        }
        assertThat(AttributeCodec.isFlagged(flagging.encode("a", "plain"))).isFalse();
        assertThat(AttributeCodec.isFlagged(flagging.encode("a", List.of()))).isFalse();
    }

    @ParameterizedTest(name = "{index}: {0}")
    @ValueSource(strings = {"", "01", "0281", "FF81"})
    void whatIsNoHeaderOfOursIsNotFlagged(String hex) {
        assertThat(AttributeCodec.isFlagged(HexFormat.of().parseHex(hex))).isFalse();
    }

    @ParameterizedTest(name = "{index}: {0}")
    @ValueSource(
            strings = {
                "", // nothing
                "01", // half a header
                "000161", // version 0
                "020161", // version of the future
                "017F", // unknown kind
                "0114", // the first unknown kind
                "0101FF", // not UTF-8
                "0101C080", // overlong UTF-8
                "0101EDA0BD", // a surrogate in UTF-8
                "010200", // half a char
                "0103", // no boolean
                "010302", // neither true nor false
                "0104", // no byte
                "01040000", // two bytes
                "010500", // half a short
                "010600", // half a char
                "0107", // no int
                "010780", // unfinished varint
                "01070000", // trailing byte
                "01078080808020", // larger than an int
                "010880808080808080808080", // varint without end
                "0109000000", // three quarters of a float
                "010A00000000000000", // seven eighths of a double
                "010B", // a BigInteger without a byte
                "010C00", // a BigDecimal without digits
                "010D00", // a short UUID
                "010E00", // no nanos
                "010EFFFFFFFFFFFFFFFFFF0100", // beyond Instant.MAX
                "010FFEFFFFFFFFFFFFFFFF01FEFFFFFFFFFFFFFFFF01", // beyond Duration's maximum
                "0110FEFFFFFFFFFFFFFFFF01", // beyond LocalDate.MAX
                "011101", // negative time of day
                "011200", // date without time
                "0100", // no stream
                "0100ACED", // half a stream header
                "0100ACED0005", // no object
                "0100ACED000570", // null
                "0100CAFEBABE" // not a stream
            })
    void brokenBytesAreUnreadable(String hex) {
        assertThatExceptionOfType(UnreadableAttributeException.class)
                .isThrownBy(() -> codec.decode("cart", HexFormat.of().parseHex(hex)))
                .withMessageStartingWith("Attribute 'cart' ")
                .satisfies(e -> assertThat(e.isRefused()).isFalse())
                .satisfies(e -> assertThat(e.attribute()).isEqualTo("cart"));
    }

    @Test
    void everyTruncationOfASerializedValueIsUnreadable() {
        byte[] bytes = codec.encode("a", new ArrayList<>(List.of(new Point(1, 2), "text")));
        IntStream.range(0, bytes.length)
                .forEach(length -> assertThatExceptionOfType(UnreadableAttributeException.class)
                        .as("%s bytes", length)
                        .isThrownBy(() -> codec.decode("a", Arrays.copyOf(bytes, length))));
        assertThatExceptionOfType(UnreadableAttributeException.class)
                .isThrownBy(() -> codec.decode("a", Arrays.copyOf(bytes, bytes.length + 1)))
                .withMessageContaining("trailing bytes");
    }

    @Test
    void randomDamageIsUnreadableOrAnotherValueButNothingElse() {
        byte[] bytes =
                codec.encode("a", new HashMap<>(Map.of("p", new Point(1, 2), "q", new ArrayList<>(List.of(1L)))));
        Random random = new Random(42);
        for (int i = 0; i < 5_000; i++) {
            byte[] damaged = bytes.clone();
            damaged[2 + random.nextInt(bytes.length - 2)] = (byte) random.nextInt();
            try {
                assertThat(codec.decode("a", damaged)).isNotNull();
            } catch (UnreadableAttributeException e) {
                assertThat(e.attribute()).isEqualTo("a");
            }
        }
    }

    @Test
    void messagesNameTheTypeAndNotTheValue() {
        byte[] bytes = ("\1\1" + "secret").getBytes(UTF_8);
        bytes[7] = (byte) 0xFF;

        assertThatExceptionOfType(UnreadableAttributeException.class)
                .isThrownBy(() -> codec.decode("password", bytes))
                .withMessage("Attribute 'password' (java.lang.String) cannot be read: "
                        + "java.nio.charset.MalformedInputException")
                .satisfies(e -> assertThat(e.type()).isEqualTo("java.lang.String"));
    }

    @Test
    @SuppressWarnings("NullAway")
    void nullIsNotAValue() {
        assertThatNullPointerException().isThrownBy(() -> codec.encode("a", null));
    }

    private static void assertSame(Object actual, Object expected) {
        assertThat(actual).hasSameClassAs(expected);
        assertThat(actual).isEqualTo(expected);
    }

    private static String randomText(Random random) {
        char[] chars = new char[random.nextInt(20)];
        for (int i = 0; i < chars.length; i++) {
            chars[i] = (char) (random.nextBoolean() ? random.nextInt(0x300) : 0xD700 + random.nextInt(0xA00));
        }
        return new String(chars);
    }

    private static BigInteger randomInteger(Random random) {
        BigInteger number = new BigInteger(random.nextInt(300), random);
        return random.nextBoolean() ? number : number.negate();
    }

    private static LocalDate randomDate(Random random) {
        return LocalDate.ofEpochDay(random.nextInt() >> random.nextInt(32));
    }

    private static LocalTime randomTime(Random random) {
        return LocalTime.of(random.nextInt(24), random.nextInt(60), random.nextInt(60), random.nextInt(1_000_000_000));
    }

    record Point(int x, int y) implements Serializable {}

    static final class Money extends BigDecimal {
        @Serial
        private static final long serialVersionUID = 1L;

        final String currency;

        Money(String amount, String currency) {
            super(amount);
            this.currency = currency;
        }
    }
}
