/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import io.clowder.farm.TomcatDistribution;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All contenders side by side: in each scenario, one window of each, then the next window of each. */
final class Comparison {
    static final int NODES = 2;
    private static final int HEAP_MEGABYTES = 1_024;

    /** Steps of each client in the unmeasured check. */
    private static final int CHECKS = 100;

    private final Settings settings;
    private final TomcatDistribution tomcat;
    private final PrintStream out;

    Comparison(Settings settings, TomcatDistribution tomcat, PrintStream out) {
        this.settings = settings;
        this.tomcat = tomcat;
        this.out = out;
    }

    Results run(Path folder) throws IOException {
        Results results = new Results();
        List<Stand> stands = new ArrayList<>();
        try {
            for (Contender contender : settings.contenders()) {
                String missing = contender.missing();
                if (missing != null) {
                    out.println(contender.title() + ": " + missing);
                    results.missing(contender, missing);
                    continue;
                }
                Stand stand = Stand.start(contender, tomcat, folder, NODES, HEAP_MEGABYTES);
                stands.add(stand);
                stand.awaitReady();
                results.present(contender);
                out.println("Started " + NODES + " nodes of " + contender.title());
            }
            if (settings.heapSessions() > 0) {
                for (Stand stand : stands) {
                    results.add(stand.contender(), heap(stand));
                }
            }
            for (Scenario scenario : settings.scenarios()) {
                compare(stands, scenario, results);
            }
        } finally {
            stands.forEach(Stand::close);
        }
        return results;
    }

    private void compare(List<Stand> stands, Scenario scenario, Results results) throws IOException {
        Map<Stand, Load> loads = new LinkedHashMap<>();
        Script script = scenario.isWrite() ? Script.WRITE : Script.READ;
        try {
            for (Stand stand : stands) {
                boolean roaming = scenario.isRoaming() && stand.contender().isShared();
                String app = roaming ? Stand.ROAMING : Stand.STICKY;
                Load load = new Load(
                        stand.ports(), app, roaming, scenario.isBig(), settings.clients(), settings.clients(), NODES);
                loads.put(stand, load);
                Cell cell = results.cell(stand.contender(), scenario);
                cell.note(load.make());
                cell.note(load.run(script, settings.warmUp(), Long.MAX_VALUE));
            }
            for (int i = 0; i < settings.windows(); i++) {
                for (Map.Entry<Stand, Load> one : loads.entrySet()) {
                    Cell cell = results.cell(one.getKey().contender(), scenario);
                    Window window = Window.of(one.getKey(), one.getValue(), script, settings.window(), cell);
                    cell.add(window);
                    out.println(Report.line(scenario, one.getKey().contender(), window));
                }
            }
            for (Map.Entry<Stand, Load> one : loads.entrySet()) {
                results.cell(one.getKey().contender(), scenario)
                        .note(one.getValue().run(Script.CHECK, Duration.ofMinutes(1), CHECKS));
            }
        } finally {
            for (Load load : loads.values()) {
                load.close();
            }
        }
    }

    /** What small sessions that are made on the first node cost on each. */
    private List<Double> heap(Stand stand) throws IOException {
        int sessions = settings.heapSessions();
        List<Long> before = new ArrayList<>();
        for (int node = 0; node < NODES; node++) {
            before.add(stand.heap(node));
        }
        try (Load load = new Load(stand.ports(), Stand.STICKY, false, false, NODES, sessions, 1)) {
            load.make();
            List<Double> perSession = new ArrayList<>();
            for (int node = 0; node < NODES; node++) {
                perSession.add((double) (stand.heap(node) - before.get(node)) / sessions);
            }
            return perSession;
        }
    }
}
