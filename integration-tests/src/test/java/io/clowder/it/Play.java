/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One run of a {@link Script} on nodes that are drawn, and what answers and listeners said, without ids and nodes. */
final class Play {
    private static final Pattern ID = Pattern.compile("([0-9A-F]{32})(\\.\\w+)?");
    private static final Pattern NEW_ROUTE = Pattern.compile(".*id changed from ([0-9A-F]{32})\\.\\w of \\1\\.\\w .*");
    private static final Pattern ALIAS = Pattern.compile("<id (\\d+)>");
    private static final Pattern TRAVEL =
            Pattern.compile("(activated|passivated) Migrant\\((\\w+)\\) reads (\\S+) was open (\\w+) of .*");
    private static final Pattern REMOVAL =
            Pattern.compile("(?:second: removed|removed|unbound \\w+\\(.*?\\):) (.+?)=.*");
    private static final Pattern ATTRIBUTE = Pattern.compile("[{ ][^{}=,]+=");
    private static final Duration IDLE = Duration.ofMillis(1_250);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<TomcatNode> nodes;
    private final String app;
    private final SplittableRandom random;
    private final List<HttpUser> users =
            Stream.generate(HttpUser::new).limit(Script.USERS).toList();
    private final Map<String, String> aliases = new HashMap<>();
    private final List<String> lines = new ArrayList<>();
    private final List<String> activated = new ArrayList<>();
    private final List<String> passivated = new ArrayList<>();
    private final Travels expected;
    private int reroutes;
    private int step;

    /**
     * A line of a node's journal.
     *
     * @param node its number
     */
    record Told(int node, String line) {}

    Play(List<TomcatNode> nodes, String app, boolean sticky, long seed) {
        this.expected = new Travels(sticky);
        this.nodes = nodes;
        this.app = app;
        this.random = new SplittableRandom(seed);
        take();
    }

    List<String> lines() {
        return lines;
    }

    /** How often a session came to another node. */
    int moves() {
        return expected.moves();
    }

    void play(Script.Step request) {
        int node = random.nextInt(nodes.size());
        HttpUser user = users.get(request.user());
        String presented = user.cookieHeader(app).isEmpty() ? "" : user.base();
        Answer answer = user.get(nodes.get(node), app + "/journal" + request.query());
        assertThat(answer.status()).as("%s: %s", request, answer.body()).isEqualTo(200);
        List<Told> told = new ArrayList<>(take());
        if (request.then() == Script.Then.AWAIT_END) {
            await().atMost(PATIENCE).until(() -> {
                told.addAll(take());
                return isEndTold(told);
            });
        } else if (request.then() == Script.Then.BE_IDLE) {
            Nodes.letPass(IDLE);
        }
        lines.add("step " + step++ + " of user " + request.user() + ": " + request.steps());
        answer.lines().forEach(line -> lines.add(plain(line)));
        inOrder(told.stream().map(Told::line).filter(line -> !isTravel(line)).toList()).stream()
                .map(this::plain)
                .sorted(Comparator.comparingInt(Play::session))
                .forEach(lines::add);
        expected.asked(node, presented, answer.lines(), told);
        travelled(told);
        assertThat(activated)
                .as("%s at node %d", request, node)
                .containsExactlyInAnyOrderElementsOf(expected.activated());
    }

    /** Whether the end of a session was told to the last of its values. */
    private static boolean isEndTold(List<Told> told) {
        List<String> lines = told.stream()
                .map(Told::line)
                .dropWhile(line -> !line.startsWith("second: destroyed"))
                .toList();
        if (lines.isEmpty()) {
            return false;
        }
        long attributes = ATTRIBUTE.matcher(lines.get(0)).results().count()
                + lines.stream()
                        .filter(line -> line.startsWith("second: added"))
                        .count();
        return lines.stream().filter(line -> line.startsWith("second: removed")).count() == attributes;
    }

    /** Ends what is left, and lets each node learn which of its copies are of sessions that have ended. */
    void end() {
        for (int user = 0; user < users.size(); user++) {
            play(new Script.Step(user, List.of("create", "end"), "", Script.Then.NEXT));
        }
        expected.leftovers()
                .forEach((session, left) -> left.forEach(node -> assertThat(new HttpUser()
                                .comesWith(app, session)
                                .get(nodes.get(node), app + "/journal")
                                .body())
                        .isEqualTo("found [nothing]")));
        await().atMost(PATIENCE).untilAsserted(() -> {
            travelled(take());
            assertThat(passivated).containsExactlyInAnyOrderElementsOf(expected.passivated());
        });
        assertThat(activated).containsExactlyInAnyOrderElementsOf(expected.activated());
        assertThat(reroutes).isEqualTo(2 * expected.reroutes()); // each of the two listeners is told
    }

    /** What values were told of their travels, each when it was its turn, with a session that can be read. */
    private void travelled(List<Told> told) {
        for (Told one : told) {
            Matcher travel = TRAVEL.matcher(one.line());
            if (travel.matches()) {
                boolean came = travel.group(1).equals("activated");
                assertThat(travel.group(3)).as(one.line()).isEqualTo("Migrant(passport)");
                assertThat(travel.group(4)).as(one.line()).isEqualTo(String.valueOf(!came));
                (came ? activated : passivated).add(one.node() + " " + travel.group(2));
            } else if (isTravel(one.line())) {
                reroutes++;
            }
        }
    }

    private static boolean isTravel(String line) {
        return line.startsWith("passivated ")
                || line.startsWith("activated ")
                || NEW_ROUTE.matcher(line).matches();
    }

    /** An end removes the attributes in whatever order their map has. */
    private static List<String> inOrder(List<String> told) {
        List<String> ordered = new ArrayList<>();
        List<String> removals = new ArrayList<>();
        for (String line : told) {
            if (REMOVAL.matcher(line).matches()) {
                removals.add(line);
            } else {
                flush(removals, ordered);
                ordered.add(line);
            }
        }
        flush(removals, ordered);
        return ordered;
    }

    private static void flush(List<String> removals, List<String> ordered) {
        removals.sort(Comparator.comparing(line -> REMOVAL.matcher(line).replaceAll("$1")));
        ordered.addAll(removals);
        removals.clear();
    }

    private List<Told> take() {
        List<Told> told = new ArrayList<>();
        for (int node = 0; node < nodes.size(); node++) {
            String body =
                    new HttpUser().get(nodes.get(node), app + "/journal?take=1").body();
            for (String line : body.isEmpty() ? List.<String>of() : body.lines().toList()) {
                told.add(new Told(node, line));
            }
        }
        return told;
    }

    /** Another node may end an idle session while a request begins the next one: each of both has its own order only. */
    private static int session(String line) {
        Matcher alias = ALIAS.matcher(line);
        return alias.find() ? Integer.parseInt(alias.group(1)) : -1;
    }

    /** With names for the ids, in the order in which they appear, and without routes. */
    private String plain(String line) {
        Matcher ids = ID.matcher(line);
        return ids.replaceAll(id -> aliases.computeIfAbsent(id.group(1), any -> "<id " + aliases.size() + ">"));
    }
}
