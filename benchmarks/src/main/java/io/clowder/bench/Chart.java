/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;

/** Lines over the number of nodes, as SVG. */
final class Chart {
    private static final int LEFT = 60;
    private static final int TOP = 40;
    private static final int WIDTH = 520;
    private static final int HEIGHT = 280;
    private static final int MARGIN = 130;
    private static final int STEPS = 5;

    /** What one node has is no group's figure. */
    private static final int FEWEST = 5;

    private final String title;
    private final int most;
    private final List<String> names = new ArrayList<>();
    private final List<IntToDoubleFunction> lines = new ArrayList<>();

    /** Without lines, from a few nodes up to that many. */
    Chart(String title, int most) {
        this.title = title;
        this.most = most;
    }

    void line(String name, IntToDoubleFunction height) {
        names.add(name);
        lines.add(height);
    }

    String svg() {
        double top = lines.stream()
                .mapToDouble(line -> line.applyAsDouble(FEWEST))
                .max()
                .orElse(1);
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
                        + "font-size=\"12\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                LEFT + WIDTH + MARGIN,
                TOP + HEIGHT + 40));
        svg.append(label(10, 20, title));
        for (int i = 0; i <= STEPS; i++) {
            double y = TOP + HEIGHT - (double) HEIGHT * i / STEPS;
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#dee2e6\"/>%n",
                    LEFT,
                    y,
                    LEFT + WIDTH,
                    y));
            svg.append(label(10, y + 4, String.format(Locale.ROOT, "%.1f", top * i / STEPS)));
        }
        for (int nodes = FEWEST; nodes <= most; nodes += FEWEST) {
            svg.append(label(x(nodes) - 6, TOP + HEIGHT + 18, Integer.toString(nodes)));
        }
        for (int i = 0; i < lines.size(); i++) {
            svg.append(drawn(lines.get(i), names.get(i), top));
        }
        return svg.append("</svg>\n").toString();
    }

    private String drawn(IntToDoubleFunction line, String name, double top) {
        StringBuilder points = new StringBuilder();
        double y = 0;
        for (int nodes = FEWEST; nodes <= most; nodes++) {
            y = TOP + HEIGHT - HEIGHT * line.applyAsDouble(nodes) / top;
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(nodes), y));
        }
        return "<polyline fill=\"none\" stroke=\"#d9480f\" stroke-width=\"2\" points=\""
                + points.toString().strip() + "\"/>\n" + label(LEFT + WIDTH + 6, y + 4, name);
    }

    private double x(int nodes) {
        return LEFT + (double) WIDTH * (nodes - FEWEST) / (most - FEWEST);
    }

    private static String label(double x, double y, String text) {
        return String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\">%s</text>%n", x, y, text);
    }
}
