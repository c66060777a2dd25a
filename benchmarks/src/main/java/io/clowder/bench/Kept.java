/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import io.clowder.bench.app.Texts;
import org.jspecify.annotations.Nullable;

/** One session as its client remembers it: its id, where its next request goes, and what it must contain. */
final class Kept {
    private static final int SMALL_SIZE = 10;
    private static final int BIG_SIZE = 100;
    private static final int[] SMALL_HASHES = hashes(SMALL_SIZE, Texts.SMALL);
    private static final int[] BIG_HASHES = hashes(BIG_SIZE, Texts.BIG);

    private final boolean big;
    private @Nullable String id;
    private int node;
    private int counter;
    private int counterHash;
    private int attribute;

    /** No session yet; the first request goes to the node. */
    Kept(boolean big, int node) {
        this.big = big;
        this.node = node;
    }

    private static int[] hashes(int size, int length) {
        int[] hashes = new int[size];
        for (int i = 0; i < size; i++) {
            hashes[i] = Texts.of(i, length).hashCode();
        }
        return hashes;
    }

    @Nullable
    String id() {
        return id;
    }

    void id(@Nullable String newId) {
        id = newId;
    }

    int node() {
        return node;
    }

    void moveTo(int next) {
        node = next;
    }

    boolean isBig() {
        return big;
    }

    /** The attribute that the next request reads, besides the counter: one after the other. */
    int nextAttribute() {
        attribute = attribute + 1 < hashes().length ? attribute + 1 : 1;
        return attribute;
    }

    /** How many attributes it has. */
    int size() {
        return hashes().length;
    }

    private int[] hashes() {
        return big ? BIG_HASHES : SMALL_HASHES;
    }

    /** It was made anew. */
    void begin() {
        expect(0);
    }

    /** Whether the answer is what it must be; from here on, what it says is what is expected. */
    boolean fits(String answer, boolean counted) {
        int first = answer.indexOf(' ');
        int second = answer.indexOf(' ', first + 1);
        if (second < 0) {
            return false;
        }
        int wanted = counted ? counter + 1 : counter;
        int told = Integer.parseInt(answer, 0, first, 10);
        if (told != counter) {
            expect(told);
        }
        return told == wanted
                && Integer.parseInt(answer, first + 1, second, 10) == counterHash
                && answer.substring(second + 1).equals(Integer.toString(hashes()[attribute]));
    }

    private void expect(int number) {
        counter = number;
        counterHash =
                big ? Integer.hashCode(number) : Texts.of(number, Texts.SMALL).hashCode();
    }
}
