/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What values are to be told of the travels of their sessions. A sticky session is on one node: when it comes to another, its
 * values are passivated on the one and activated on the other. A roaming session has a copy on each node that served it: what
 * has come to a node newly is activated there, and all of a copy is passivated when the session has ended elsewhere.
 */
final class Travels {
    private static final Pattern MIGRANT = Pattern.compile("Migrant\\((\\w+)\\)");
    private static final Pattern BOUND = Pattern.compile("(un)?bound Migrant\\((\\w+)\\):.* of (\\w{32}).*");
    private static final Pattern CREATED = Pattern.compile("created of (\\w{32}).*");
    private static final Pattern RENAMED = Pattern.compile("id changed from (\\w{32})\\S* of (\\w{32}).*");
    private static final Pattern DESTROYED = Pattern.compile("destroyed with .* of (\\w{32}).*");
    private static final Pattern SET_AGAIN = Pattern.compile("same:\\w+ -> Migrant\\((\\w+)\\)");

    private final boolean sticky;

    /** By session, node and value: which setting of the value is there. */
    private final Map<String, Map<Integer, Map<String, Integer>>> copies = new HashMap<>();

    private final Map<String, Integer> settings = new HashMap<>();
    private final List<String> activated = new ArrayList<>();
    private final List<String> passivated = new ArrayList<>();
    private int moves;
    private int reroutes;

    Travels(boolean sticky) {
        this.sticky = sticky;
    }

    /** How often a session came to a node that had no copy, or did not hold it. */
    int moves() {
        return moves;
    }

    /** How often a request came to another node than its session's route names, and found the session. */
    int reroutes() {
        return reroutes;
    }

    List<String> activated() {
        return activated;
    }

    List<String> passivated() {
        return passivated;
    }

    /**
     * A request.
     *
     * @param presented the session that it named, empty for none
     * @param answer the first line of which says what it found
     */
    void asked(int node, String presented, List<String> answer, List<Play.Told> told) {
        if (!answer.get(0).equals("found [nothing]")) {
            arrive(presented, node, answer.get(0), true);
        }
        told.forEach(one -> heard(one, node, told));
        for (String line : answer) {
            Matcher again = SET_AGAIN.matcher(line);
            if (again.matches()) {
                settings.merge(again.group(1), 1, Integer::sum);
                copies.values().stream()
                        .map(nodes -> nodes.get(node))
                        .filter(there -> there != null && there.containsKey(again.group(1)))
                        .forEach(there -> there.put(again.group(1), settings.get(again.group(1))));
            }
        }
    }

    private void arrive(String session, int node, String valuesIn, boolean asked) {
        Map<Integer, Map<String, Integer>> nodes = copies.computeIfAbsent(session, any -> new TreeMap<>());
        if (!nodes.containsKey(node)) {
            moves++;
            reroutes += sticky && asked ? 1 : 0;
            if (sticky) {
                nodes.forEach((from, values) -> left(from, values.keySet()));
                nodes.clear();
            }
        }
        Map<String, Integer> before = nodes.getOrDefault(node, Map.of());
        Map<String, Integer> now = new TreeMap<>();
        for (Matcher values = MIGRANT.matcher(valuesIn); values.find(); ) {
            now.put(values.group(1), settings.getOrDefault(values.group(1), 0));
        }
        now.forEach((value, setting) -> {
            if (!setting.equals(before.get(value))) {
                activated.add(node + " " + value);
            }
        });
        nodes.put(node, now);
    }

    private void left(int node, Collection<String> values) {
        values.forEach(value -> passivated.add(node + " " + value));
    }

    private void heard(Play.Told one, int asked, List<Play.Told> told) {
        int node = one.node();
        String line = one.line();
        Matcher bound = BOUND.matcher(line);
        if (bound.matches()) {
            Map<String, Integer> there =
                    copies.getOrDefault(bound.group(3), Map.of()).get(node);
            if (there != null && bound.group(1) == null) {
                there.put(bound.group(2), settings.getOrDefault(bound.group(2), 0));
            } else if (there != null) {
                there.remove(bound.group(2));
            }
            return;
        }
        Matcher created = CREATED.matcher(line);
        if (created.matches()) {
            copies.put(created.group(1), new TreeMap<>(Map.of(node, new TreeMap<>())));
        }
        Matcher renamed = RENAMED.matcher(line);
        if (renamed.matches() && !renamed.group(1).equals(renamed.group(2))) {
            Map<Integer, Map<String, Integer>> old = copies.get(renamed.group(1));
            copies.put(renamed.group(2), new TreeMap<>(Map.of(node, old.remove(node))));
        }
        Matcher destroyed = DESTROYED.matcher(line);
        if (destroyed.matches()) {
            ended(destroyed.group(1), one, asked, told);
        }
    }

    /** A node that had no copy, or too old a one, took the last state in to announce the end. */
    private void ended(String session, Play.Told one, int asked, List<Play.Told> told) {
        Map<Integer, Map<String, Integer>> nodes = copies.get(session);
        boolean came = told.stream()
                .anyMatch(other -> other.node() == one.node()
                        && other.line().startsWith("activated ")
                        && other.line().contains(session));
        if (came && one.node() != asked && nodes.containsKey(one.node())) {
            left(one.node(), nodes.remove(one.node()).keySet());
        }
        if (came || !nodes.containsKey(one.node())) {
            arrive(session, one.node(), one.line(), one.node() == asked);
        }
        nodes.remove(one.node());
    }

    /** Copies of sessions that have ended, or go on under another id: session by node. All of them are told now. */
    Map<String, Collection<Integer>> leftovers() {
        Map<String, Collection<Integer>> left = new HashMap<>();
        copies.forEach((session, nodes) -> {
            nodes.forEach((node, values) -> left(node, values.keySet()));
            left.put(session, List.copyOf(nodes.keySet()));
        });
        copies.clear();
        return left;
    }
}
