/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

/**
 * Something that holds for every random history. A failure names the seed and the shortest history of it that still fails;
 * {@code -Dclowder.seed=S -Dclowder.seeds=1} runs that one alone, and a large {@code clowder.seeds} runs for long.
 */
interface Property {

    /**
     * Checks one history. A shorter one of the same seed is its beginning.
     *
     * @param steps how long it is
     */
    void check(long seed, int steps);

    /** Checks as many histories, unless the command line says otherwise. */
    static void holds(int seeds, int steps, Property property) {
        long first = Long.getLong("clowder.seed", 1);
        long last = first + Integer.getInteger("clowder.seeds", seeds) - 1;
        for (long seed = first; seed <= last; seed++) {
            Throwable failure = failure(property, seed, steps);
            if (failure != null) {
                throw shortest(property, seed, steps, failure);
            }
        }
    }

    private static AssertionError shortest(Property property, long seed, int steps, Throwable failure) {
        for (int fewer = 0; fewer < steps; fewer++) {
            Throwable sooner = failure(property, seed, fewer);
            if (sooner != null) {
                return failed(seed, fewer, sooner);
            }
        }
        return failed(seed, steps, failure);
    }

    private static AssertionError failed(long seed, int steps, Throwable failure) {
        return new AssertionError("seed " + seed + ", " + steps + " steps: " + failure.getMessage(), failure);
    }

    private static Throwable failure(Property property, long seed, int steps) {
        try {
            property.check(seed, steps);
            return null;
        } catch (AssertionError | RuntimeException e) {
            return e;
        }
    }
}
