/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 response, as far as a client of the benchmark looks at it.
 *
 * @param session the new value of the session cookie, if it was set
 * @param ends whether the server closes the connection
 */
record Reply(int status, @Nullable String session, String body, boolean ends) {
    private static final byte[] LENGTH = "\r\ncontent-length:".getBytes(ISO_8859_1);
    private static final byte[] COOKIE = "\r\nset-cookie: jsessionid=".getBytes(ISO_8859_1);
    private static final byte[] CLOSE = "\r\nconnection: close".getBytes(ISO_8859_1);
    private static final byte[] LAST = "0\r\n\r\n".getBytes(ISO_8859_1);
    private static final byte[] END = "\r\n\r\n".getBytes(ISO_8859_1);

    /** {@code HTTP/1.1 }. */
    private static final int STATUS_AT = 9;

    /** The response that begins the bytes; null while it is not complete. */
    static @Nullable Reply of(byte[] bytes, int length) {
        int head = find(bytes, 0, length, END);
        if (head < 0) {
            return null;
        }
        int status = number(bytes, STATUS_AT);
        int at = find(bytes, 0, head, LENGTH);
        int begin = head + END.length;
        if (at < 0) {
            // In chunks, which only error pages are: the last one is empty.
            boolean complete = find(bytes, Math.max(begin, length - LAST.length), length, LAST) >= 0;
            return complete ? new Reply(status, null, "", closes(bytes, head)) : null;
        }
        int size = number(bytes, skipBlanks(bytes, at + LENGTH.length));
        if (length < begin + size) {
            return null;
        }
        int cookie = find(bytes, 0, head, COOKIE);
        return new Reply(
                status,
                cookie < 0 ? null : value(bytes, cookie + COOKIE.length),
                text(bytes, begin, begin + size),
                closes(bytes, head));
    }

    private static boolean closes(byte[] bytes, int head) {
        return find(bytes, 0, head + 2, CLOSE) >= 0;
    }

    private static String value(byte[] bytes, int from) {
        int to = from;
        while (bytes[to] != ';' && bytes[to] != '\r') {
            to++;
        }
        return text(bytes, from, to);
    }

    private static int skipBlanks(byte[] bytes, int from) {
        int at = from;
        while (bytes[at] == ' ') {
            at++;
        }
        return at;
    }

    private static int number(byte[] bytes, int from) {
        int number = 0;
        for (int i = from; bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            number = 10 * number + bytes[i] - '0';
        }
        return number;
    }

    private static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, ISO_8859_1);
    }

    /** Where the lower-case pattern begins, or -1. */
    private static int find(byte[] bytes, int from, int to, byte[] pattern) {
        for (int i = from; i <= to - pattern.length; i++) {
            int same = 0;
            while (same < pattern.length && lower(bytes[i + same]) == pattern[same]) {
                same++;
            }
            if (same == pattern.length) {
                return i;
            }
        }
        return -1;
    }

    private static int lower(byte one) {
        return one >= 'A' && one <= 'Z' ? one + ('a' - 'A') : one;
    }
}
