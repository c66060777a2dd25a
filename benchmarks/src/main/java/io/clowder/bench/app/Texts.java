/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench.app;

/** The values that sessions of the benchmark keep: text of a known length, that begins with a number. */
public final class Texts {
    /** How long the attributes of small sessions are. */
    public static final int SMALL = 200;

    /** How long those of big sessions are. */
    public static final int BIG = 1_024;

    private static final String PADDING = "the quick brown fox jumps over the lazy dog, ".repeat(24);

    private Texts() {}

    /** The value with that number; numbers are not negative. */
    public static String of(int number, int length) {
        String digits = Integer.toString(number);
        return new StringBuilder(length)
                .append(digits)
                .append('|')
                .append(PADDING, 0, length - digits.length() - 1)
                .toString();
    }

    /** The number that a value begins with. */
    public static int number(String text) {
        return Integer.parseInt(text, 0, text.indexOf('|'), 10);
    }
}
