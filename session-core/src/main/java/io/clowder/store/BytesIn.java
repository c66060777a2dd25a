/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a {@link DataInputStream} on these bytes reads, without a lock for each byte. Of one thread. */
final class BytesIn {

    private final byte[] bytes;
    private int at;

    BytesIn(byte[] bytes) {
        this.bytes = bytes;
    }

    /** How many bytes there are left. */
    int available() {
        return bytes.length - at;
    }

    byte readByte() throws IOException {
        need(1);
        return bytes[at++];
    }

    boolean readBoolean() throws IOException {
        return readByte() != 0;
    }

    int readInt() throws IOException {
        return (int) readBytes(Integer.BYTES);
    }

    long readLong() throws IOException {
        return readBytes(Long.BYTES);
    }

    /** The number that so many bytes are, the high ones first. */
    private long readBytes(int length) throws EOFException {
        need(length);
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = (value << 8) | (bytes[at++] & 0xFF);
        }
        return value;
    }

    byte[] read(int length) throws IOException {
        need(length);
        at += length;
        return Arrays.copyOfRange(bytes, at - length, at);
    }

    /** In base 128, the low bits first. */
    long readNumber() throws IOException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte part = readByte();
            value |= (long) (part & 0x7F) << shift;
            if (part >= 0) {
                return value;
            }
        }
        throw new IOException("a number without end");
    }

    /** In modified UTF-8; throws {@link java.io.UTFDataFormatException} when it is none. */
    String readUTF() throws IOException {
        need(2);
        int length = ((bytes[at] & 0xFF) << 8) | (bytes[at + 1] & 0xFF);
        need(2 + length);
        int from = at;
        at += 2 + length;
        return isPlain(from + 2, at)
                ? new String(bytes, from + 2, length, StandardCharsets.ISO_8859_1)
                : DataInputStream.readUTF(new DataInputStream(new ByteArrayInputStream(bytes, from, 2 + length)));
    }

    /** Whether each byte is one character, with its own value. */
    private boolean isPlain(int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private void need(int length) throws EOFException {
        if (length > available()) {
            throw new EOFException(length + " bytes wanted, and " + available() + " left");
        }
    }
}
