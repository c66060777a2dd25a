/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UTFDataFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same bytes as the JDK's streams for data. */
class BytesTest {

    @Test
    void numbersAreAsInTheStreamsOfTheJdk() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream expected = new DataOutputStream(bytes);
        BytesOut out = new BytesOut(1);
        for (long number : new long[] {0, 1, -1, 127, 128, 0x0102030405060708L, Long.MIN_VALUE, Long.MAX_VALUE}) {
            expected.writeByte((int) number);
            expected.writeBoolean(number > 1);
            expected.writeInt((int) number);
            expected.writeLong(number);
            expected.write(new byte[] {1, 2});
            out.writeByte((int) number);
            out.writeBoolean(number > 1);
            out.writeInt((int) number);
            out.writeLong(number);
            out.write(new byte[] {1, 2});
        }
        assertThat(out.toByteArray()).isEqualTo(bytes.toByteArray());
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(out.toByteArray()));
        BytesIn read = new BytesIn(out.toByteArray());
        while (read.available() > 0) {
            assertThat(read.readByte()).isEqualTo(in.readByte());
            assertThat(read.readBoolean()).isEqualTo(in.readBoolean());
            assertThat(read.readInt()).isEqualTo(in.readInt());
            assertThat(read.readLong()).isEqualTo(in.readLong());
            assertThat(read.read(2)).isEqualTo(in.readNBytes(2));
            assertThat(read.available()).isEqualTo(in.available());
        }
        assertThatExceptionOfType(EOFException.class).isThrownBy(read::readByte);
        assertThatExceptionOfType(EOFException.class).isThrownBy(read::readInt);
        assertThatExceptionOfType(EOFException.class).isThrownBy(read::readLong);
        assertThatExceptionOfType(EOFException.class).isThrownBy(() -> read.read(1));
        assertThatExceptionOfType(EOFException.class).isThrownBy(read::readUTF);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "cart", "\0", "\u007f\u0080", "K\u00e4se", "\u20ac", "\ud83d\ude00", "\ud83d", "x\0y"})
    void textsAreAsInTheStreamsOfTheJdk(String text) throws IOException {
        assertText(text);
        assertText(text.repeat(100));
    }

    private static void assertText(String text) throws IOException {
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        new DataOutputStream(expected).writeUTF(text);
        BytesOut out = new BytesOut(1);
        out.writeUTF(text);
        assertThat(out.toByteArray()).isEqualTo(expected.toByteArray());
        BytesIn in = new BytesIn(out.toByteArray());
        assertThat(in.readUTF()).isEqualTo(text);
        assertThat(in.available()).isZero();
    }

    @Test
    void aTextMayHaveAsManyBytesAsItsLengthCanSay() throws IOException {
        assertText("x".repeat(65_535));
        for (String text : new String[] {"x".repeat(65_536), "\u00e4".repeat(32_768)}) {
            assertThatExceptionOfType(UTFDataFormatException.class).isThrownBy(() -> new BytesOut(1).writeUTF(text));
        }
    }

    @Test
    void whatIsNoTextIsRefused() {
        assertThatExceptionOfType(UTFDataFormatException.class)
                .isThrownBy(() -> new BytesIn(new byte[] {0, 1, (byte) 0xFF}).readUTF());
        assertThatExceptionOfType(EOFException.class).isThrownBy(() -> new BytesIn(new byte[] {0, 2, 'x'}).readUTF());
    }
}
