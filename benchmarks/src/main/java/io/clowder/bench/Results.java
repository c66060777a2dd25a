/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a comparison has found. */
final class Results {
    private final List<Contender> contenders = new ArrayList<>();
    private final Map<Contender, String> missing = new LinkedHashMap<>();
    private final Map<Contender, List<Double>> heap = new LinkedHashMap<>();
    private final Map<Contender, Map<Scenario, Cell>> cells = new HashMap<>();

    void present(Contender contender) {
        contenders.add(contender);
    }

    void missing(Contender contender, String why) {
        missing.put(contender, why);
    }

    /** Bytes for each session, on the node that made it and on the others. */
    void add(Contender contender, List<Double> bytesPerSession) {
        heap.put(contender, bytesPerSession);
    }

    Cell cell(Contender contender, Scenario scenario) {
        return cells.computeIfAbsent(contender, any -> new HashMap<>()).computeIfAbsent(scenario, any -> new Cell());
    }

    /** Those that were measured, plain Tomcat first. */
    List<Contender> contenders() {
        return contenders;
    }

    Map<Contender, String> missing() {
        return missing;
    }

    Map<Contender, List<Double>> heap() {
        return heap;
    }

    Contender plain() {
        return contenders.get(0);
    }

    /** The contender of that key; null if it was not measured. */
    @Nullable
    Contender of(String key) {
        return contenders.stream()
                .filter(contender -> contender.key().equals(key))
                .findFirst()
                .orElse(null);
    }

    /** CPU for each request as a multiple of plain Tomcat's in the same round of windows; the median of all rounds. */
    double multiple(Contender contender, Scenario scenario) {
        return cell(contender, scenario).medianOf(cell(plain(), scenario), Window::cpuMillis);
    }

    /** Throughput as a share of plain Tomcat's in the same round of windows; the median of all rounds. */
    double share(Contender contender, Scenario scenario) {
        return cell(contender, scenario).medianOf(cell(plain(), scenario), Window::perSecond);
    }

    /** All wrong answers of a contender. */
    long wrong(Contender contender) {
        return Objects.requireNonNull(cells.getOrDefault(contender, Map.of())).values().stream()
                .mapToLong(Cell::wrong)
                .sum();
    }
}
