/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/**
 * What a {@link DataOutputStream} on a {@link ByteArrayOutputStream} writes, without a lock for each byte. Of one thread.
 */
final class BytesOut {

    /** Virtual machines refuse arrays of a few more. */
    private static final int MAX = Integer.MAX_VALUE - 8;

    private byte[] bytes;
    private int size;

    BytesOut(int capacity) {
        bytes = new byte[capacity];
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    void writeByte(int value) {
        room(1);
        bytes[size++] = (byte) value;
    }

    void writeBoolean(boolean value) {
        writeByte(value ? 1 : 0);
    }

    void writeInt(int value) {
        writeBytes(value, Integer.BYTES);
    }

    void writeLong(long value) {
        writeBytes(value, Long.BYTES);
    }

    /** The lowest bytes of a number, the high ones first. */
    private void writeBytes(long value, int length) {
        room(length);
        for (int shift = Byte.SIZE * (length - 1); shift >= 0; shift -= Byte.SIZE) {
            bytes[size++] = (byte) (value >>> shift);
        }
    }

    void write(byte[] value) {
        room(value.length);
        System.arraycopy(value, 0, bytes, size, value.length);
        size += value.length;
    }

    /** In base 128, the low bits first. */
    void writeNumber(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) ((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    /** In modified UTF-8; throws {@link java.io.UTFDataFormatException} when that has more than 65,535 bytes. */
    void writeUTF(String value) throws IOException {
        int length = value.length();
        if (length > 0xFFFF || !isPlain(value)) {
            ByteArrayOutputStream utf = new ByteArrayOutputStream();
            new DataOutputStream(utf).writeUTF(value);
            write(utf.toByteArray());
            return;
        }
        room(2 + length);
        bytes[size++] = (byte) (length >>> 8);
        bytes[size++] = (byte) length;
        for (int i = 0; i < length; i++) {
            bytes[size++] = (byte) value.charAt(i);
        }
    }

    /** Whether each character is one byte, with its own value. */
    private static boolean isPlain(String value) {
        for (int i = 0; i < value.length(); i++) {
            char at = value.charAt(i);
            if (at == 0 || at > 0x7F) {
                return false;
            }
        }
        return true;
    }

    private void room(int more) {
        if (more > bytes.length - size) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), (int) Math.min(2L * bytes.length, MAX)));
        }
    }
}
