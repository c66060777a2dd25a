/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

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
        return median(windows.stream().mapToDouble(figure));
    }

    /** Each window's figure is taken as a multiple of the other's of the same number: the machine is not as fast at any time. */
    double medianOf(Cell other, ToDoubleFunction<Window> figure) {
        return median(IntStream.range(0, windows.size())
                .mapToDouble(i -> figure.applyAsDouble(windows.get(i)) / figure.applyAsDouble(other.windows.get(i))));
    }

    private static double median(DoubleStream figures) {
        double[] sorted = figures.sorted().toArray();
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
