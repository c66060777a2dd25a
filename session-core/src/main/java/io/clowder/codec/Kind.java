/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StreamCorruptedException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The types of the JDK that have a compact form, each with its code and its two functions.
 *
 * <p>Codes and forms are stored: a code is never given a second meaning, and a new form is a new kind. Numbers whose
 * small values are the common ones are zig-zag varints.
 */
@SuppressWarnings("ImmutableEnumChecker") // its functions have no state
enum Kind {
    STRING(1, String.class, (s, out) -> out.write(s.getBytes(UTF_8)), in -> utf8(in.readAllBytes())),
    /** A string with an unpaired surrogate, which UTF-8 cannot express. */
    STRING_UTF16(2, String.class, (s, out) -> out.writeChars(s), in -> utf16(in.readAllBytes())),
    BOOLEAN(3, Boolean.class, (b, out) -> out.writeByte(b ? 1 : 0), in -> bool(in.readByte())),
    BYTE(4, Byte.class, (n, out) -> out.writeByte(n), DataInputStream::readByte),
    SHORT(5, Short.class, (n, out) -> out.writeShort(n), DataInputStream::readShort),
    CHARACTER(6, Character.class, (c, out) -> out.writeChar(c), DataInputStream::readChar),
    INTEGER(7, Integer.class, (n, out) -> writeVarint(n, out), in -> Math.toIntExact(readVarint(in))),
    LONG(8, Long.class, (n, out) -> writeVarint(n, out), in -> readVarint(in)),
    FLOAT(9, Float.class, (n, out) -> out.writeInt(Float.floatToRawIntBits(n)), DataInputStream::readFloat),
    DOUBLE(10, Double.class, (n, out) -> out.writeLong(Double.doubleToRawLongBits(n)), DataInputStream::readDouble),
    BIG_INTEGER(11, BigInteger.class, (n, out) -> out.write(n.toByteArray()), Kind::bigInteger),
    BIG_DECIMAL(12, BigDecimal.class, Kind::writeDecimal, in -> {
        int scale = Math.toIntExact(readVarint(in));
        return new BigDecimal(bigInteger(in), scale);
    }),
    UUID(13, UUID.class, Kind::writeUuid, in -> new UUID(in.readLong(), in.readLong())),
    INSTANT(
            14,
            Instant.class,
            (t, out) -> writeVarints(t.getEpochSecond(), t.getNano(), out),
            in -> Instant.ofEpochSecond(readVarint(in), readVarint(in))),
    DURATION(
            15,
            Duration.class,
            (d, out) -> writeVarints(d.getSeconds(), d.getNano(), out),
            in -> Duration.ofSeconds(readVarint(in), readVarint(in))),
    LOCAL_DATE(16, LocalDate.class, (d, out) -> writeVarint(d.toEpochDay(), out), Kind::date),
    LOCAL_TIME(17, LocalTime.class, (t, out) -> writeVarint(t.toNanoOfDay(), out), Kind::time),
    LOCAL_DATE_TIME(
            18,
            LocalDateTime.class,
            (t, out) ->
                    writeVarints(t.toLocalDate().toEpochDay(), t.toLocalTime().toNanoOfDay(), out),
            in -> LocalDateTime.of(date(in), time(in))),
    BYTES(19, byte[].class, (b, out) -> out.write(b), DataInputStream::readAllBytes);

    private static final Map<Class<?>, Kind> BY_TYPE = new HashMap<>();
    private static final Kind[] BY_CODE = new Kind[values().length + 1];

    static {
        for (Kind kind : values()) {
            BY_TYPE.putIfAbsent(kind.type, kind);
            BY_CODE[kind.code] = kind;
        }
    }

    final int code;
    final Class<?> type;
    private final Writer<Object> writer;
    private final Reader<?> reader;

    @SuppressWarnings("unchecked") // of() hands a value only to the kind of exactly its class
    <T> Kind(int code, Class<T> type, Writer<T> writer, Reader<T> reader) {
        this.code = code;
        this.type = type;
        this.writer = (Writer<Object>) writer;
        this.reader = reader;
    }

    /** The kind of exactly this value's class; null: it has no compact form. */
    static @Nullable Kind of(Object value) {
        Kind kind = BY_TYPE.get(value.getClass());
        return kind == STRING && !isWellFormed((String) value) ? STRING_UTF16 : kind;
    }

    /** The kind with this code; null: unknown. */
    static @Nullable Kind of(int code) {
        return code < BY_CODE.length ? BY_CODE[code] : null;
    }

    /** Whether this is the class of a kind whose values cannot be changed. */
    static boolean isImmutable(Class<?> type) {
        return type != byte[].class && BY_TYPE.containsKey(type);
    }

    void write(Object value, OutputStream out) throws IOException {
        writer.write(value, new DataOutputStream(out));
    }

    /** Reads a value that fills the bytes from the offset to the end. */
    Object read(byte[] bytes, int offset) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, offset, bytes.length - offset));
        Object value = reader.read(in);
        if (in.available() > 0) {
            throw new StreamCorruptedException("trailing bytes");
        }
        return value;
    }

    private static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))
                    && (i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(++i)))) {
                return false;
            }
        }
        return true;
    }

    private static String utf8(byte[] bytes) throws IOException {
        return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(); // refuses what new String() would patch
    }

    private static String utf16(byte[] bytes) throws IOException {
        if (bytes.length % 2 != 0) {
            throw new StreamCorruptedException("half a char");
        }
        return ByteBuffer.wrap(bytes).asCharBuffer().toString(); // no charset: it would replace unpaired surrogates
    }

    private static boolean bool(byte b) throws IOException {
        if (b != 0 && b != 1) {
            throw new StreamCorruptedException("neither true nor false");
        }
        return b == 1;
    }

    private static BigInteger bigInteger(DataInputStream in) throws IOException {
        return new BigInteger(in.readAllBytes());
    }

    private static LocalDate date(DataInputStream in) throws IOException {
        return LocalDate.ofEpochDay(readVarint(in));
    }

    private static LocalTime time(DataInputStream in) throws IOException {
        return LocalTime.ofNanoOfDay(readVarint(in));
    }

    private static void writeDecimal(BigDecimal number, DataOutput out) throws IOException {
        writeVarint(number.scale(), out);
        out.write(number.unscaledValue().toByteArray());
    }

    private static void writeUuid(UUID uuid, DataOutput out) throws IOException {
        out.writeLong(uuid.getMostSignificantBits());
        out.writeLong(uuid.getLeastSignificantBits());
    }

    private static void writeVarints(long first, long second, DataOutput out) throws IOException {
        writeVarint(first, out);
        writeVarint(second, out);
    }

    private static void writeVarint(long number, DataOutput out) throws IOException {
        long rest = (number << 1) ^ (number >> 63);
        while ((rest & ~0x7FL) != 0) {
            out.writeByte((int) rest | 0x80); // writes the low eight bits only
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    private static long readVarint(DataInputStream in) throws IOException {
        long zigzag = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte b = in.readByte();
            zigzag |= (b & 0x7FL) << shift;
            if (b >= 0) {
                return (zigzag >>> 1) ^ -(zigzag & 1);
            }
        }
        throw new StreamCorruptedException("number of more than ten bytes");
    }

    private interface Writer<T> {
        void write(T value, DataOutput out) throws IOException;
    }

    private interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }
}
