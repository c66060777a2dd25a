/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** What one contender did in one scenario: its windows, and every wrong answer, that of the warm-up and the check included. */
final class Cell {
    private final List<Window> windows = new ArrayList<>();
    private final Set<String> faults = new LinkedHashSet<>();
    private long asked;
    private long wrong;

    void add(Window window) {
        windows.add(window);
    }

    /** Takes note of what was wrong. */
    void note(Tally tally) {
        asked += tally.requests();
        wrong += tally.wrong();
        if (tally.wrong() > 0) {
            faults.add(tally.faults());
        }
    }

    List<Window> windows() {
        return windows;
    }

    long asked() {
        return asked;
    }

    long wrong() {
        return wrong;
    }

    /** What was wrong, stretch by stretch. */
    Set<String> faults() {
        return faults;
    }

    double median(ToDoubleFunction<Window> figure) {
        double[] sorted = windows.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    double least(ToDoubleFunction<Window> figure) {
        return windows.stream().mapToDouble(figure).min().orElse(Double.NaN);
    }

    double most(ToDoubleFunction<Window> figure) {
        return windows.stream().mapToDouble(figure).max().orElse(Double.NaN);
    }
}
