/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos.app;

/** Values of different lengths, of which one can see whether they are whole. */
final class Letter {
    private static final int LONGEST = 3_000;

    private Letter() {}

    /** What is stored for a short value. */
    static String of(String value) {
        return value + "|" + "x".repeat(Math.floorMod(value.hashCode() * 31, LONGEST));
    }

    /** The short value; something that nobody wrote if the text is not whole. */
    static String read(String text) {
        String value = text.split("\\|", 2)[0];
        return text.equals(of(value)) ? value : "torn:" + value;
    }
}
