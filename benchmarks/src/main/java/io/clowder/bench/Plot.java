/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.util.List;
import java.util.Locale;

/** CPU per request as a multiple of plain Tomcat's, as bars on a logarithmic scale. Wrong answers get a word, and no bar. */
final class Plot {
    private static final int LEFT = 230;
    private static final int WIDTH = 560;
    private static final int BAR = 16;
    private static final int GAP = 26;
    private static final int TOP = 40;
    private static final int MARGIN = 190;
    private static final double MOST = 100;
    private static final String OURS = "#d9480f";
    private static final String OTHERS = "#868e96";

    private final Settings settings;
    private final Results results;

    Plot(Settings settings, Results results) {
        this.settings = settings;
        this.results = results;
    }

    String svg() {
        List<Contender> bars =
                results.contenders().subList(1, results.contenders().size());
        int group = bars.size() * BAR + GAP;
        int height = TOP + settings.scenarios().size() * group + GAP;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                LEFT + WIDTH + MARGIN,
                height));
        svg.append(label(LEFT, TOP - 22, "start", "CPU per request, plain Tomcat = 1; shorter is better"));
        for (int tick : new int[] {1, 2, 5, 10, 20, 50, 100}) {
            double x = LEFT + length(tick);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#dee2e6\"/>%n",
                    x,
                    TOP,
                    x,
                    height - GAP));
            svg.append(label(x, height - 8, "middle", Integer.toString(tick)));
        }
        int y = TOP;
        for (Scenario scenario : settings.scenarios()) {
            svg.append(label(10, y + 13, "start", scenario.title()));
            for (Contender contender : bars) {
                svg.append(bar(contender, scenario, y));
                y += BAR;
            }
            y += GAP;
        }
        return svg.append("</svg>\n").toString();
    }

    private String bar(Contender contender, Scenario scenario, int y) {
        String name = contender.title().replace("*", "").replaceAll(" \\(.*", "");
        Cell cell = results.cell(contender, scenario);
        if (cell.wrong() > 0) {
            return label(LEFT + 6, y + 12, "start", name + ": wrong answers");
        }
        double multiple = results.multiple(contender, scenario);
        double length = length(multiple);
        return String.format(
                        Locale.ROOT,
                        "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                        LEFT,
                        y + 1,
                        length,
                        BAR - 3,
                        contender instanceof Clowder ? OURS : OTHERS)
                + label(LEFT + length + 6, y + 12, "start", String.format(Locale.ROOT, "%s %.2f", name, multiple));
    }

    private static double length(double multiple) {
        return WIDTH * Math.log(Math.max(multiple, 1) * 1.05) / Math.log(MOST * 1.05);
    }

    private static String label(double x, double y, String anchor, String text) {
        return String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, text);
    }
}
