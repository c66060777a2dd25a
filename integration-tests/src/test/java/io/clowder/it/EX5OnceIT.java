/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** EX-5: each session is announced once when it begins and once when it ends, on whichever nodes that happens. */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
class EX5OnceIT {
    private static final int SESSIONS = 500;
    private static final int CLIENTS = 4;
    private static final long SEED = Long.getLong("clowder.seed", 1);

    /** Of the first listener; each session has its name in an attribute. */
    private static final Pattern CREATED = Pattern.compile("created of ([0-9A-F]{32})(\\.\\w)? new true");

    private static final Pattern DESTROYED = Pattern.compile("destroyed with \\{name=(\\w+), passport=.*");

    /** What the nodes were told, name by name, with the numbers of the nodes. */
    private record Told(Map<String, List<Integer>> created, Map<String, List<Integer>> destroyed) {}

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.JOURNAL, ThreeNodes.ROAMING_JOURNAL})
    void eachSessionIsCreatedOnceAndDestroyedOnce(String app, ThreeNodes three) throws Exception {
        Told told = new Told(new TreeMap<>(), new TreeMap<>());
        take(three, app, new Told(new TreeMap<>(), new TreeMap<>()));
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        Map<String, String> ids = new TreeMap<>();
        try {
            List<Future<Map<String, String>>> running = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                int number = client;
                running.add(clients.submit(() -> lives(three, app, number)));
            }
            for (Future<Map<String, String>> one : running) {
                ids.putAll(one.get());
            }
        } finally {
            clients.shutdownNow();
        }
        assertThat(ids).hasSize(SESSIONS);
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            take(three, app, told);
            assertThat(told.destroyed()).hasSize(SESSIONS);
        });
        // Who would announce an end again does so at its next look, a second or two later.
        Nodes.letPass(Duration.ofSeconds(3));
        take(three, app, told);
        assertThat(told.created().keySet()).containsExactlyInAnyOrderElementsOf(Set.copyOf(ids.values()));
        assertThat(told.destroyed().keySet()).containsExactlyInAnyOrderElementsOf(ids.keySet());
        assertThat(told.created().values()).allMatch(nodes -> nodes.size() == 1);
        assertThat(told.destroyed().values()).allMatch(nodes -> nodes.size() == 1);
        long elsewhere = ids.keySet().stream()
                .filter(name -> !told.created()
                        .get(ids.get(name))
                        .equals(told.destroyed().get(name)))
                .count();
        assertThat(elsewhere).as("ended on another node than they began").isGreaterThan(SESSIONS / 3);
        System.out.printf(
                "EX-5 %s: %d sessions, each created once and destroyed once, %d of them on another node%n",
                app, SESSIONS, elsewhere);
    }

    /** The sessions of one client; the first id of each, by its name. */
    private static Map<String, String> lives(ThreeNodes three, String app, int client) {
        SplittableRandom random = new SplittableRandom(SEED * CLIENTS + client);
        Map<String, String> ids = new TreeMap<>();
        for (int i = 0; i < SESSIONS / CLIENTS; i++) {
            String name = "c" + client + "s" + i;
            HttpUser user = new HttpUser();
            use(user, three, app, random, "create", "set:name=" + name);
            ids.put(name, user.base());
            for (int moves = random.nextInt(6); moves > 0; moves--) {
                use(user, three, app, random, random.nextInt(5) == 0 ? "change" : "same:name");
            }
            end(user, three, app, random);
        }
        return ids;
    }

    /** A logout, two logouts at once on two nodes, or nothing more than a short timeout. */
    private static void end(HttpUser user, ThreeNodes three, String app, SplittableRandom random) {
        int how = random.nextInt(10);
        if (how < 6) {
            use(user, three, app, random, "end");
        } else if (how < 8) {
            int node = random.nextInt(3);
            List<CompletableFuture<Answer>> logouts = Stream.of(node, node + 1)
                    .map(one -> user.getAsync(three.turn(one), app + "/journal?end=1"))
                    .toList();
            logouts.forEach(logout -> assertThat(logout.join().status()).isEqualTo(200));
        } else {
            use(user, three, app, random, "interval:1");
        }
    }

    private static void use(HttpUser user, ThreeNodes three, String app, SplittableRandom random, String... steps) {
        Answer answer = user.get(three.turn(random.nextInt(3)), app + "/journal" + HttpUser.query(steps));
        assertThat(answer.status()).as("%s: %s", List.of(steps), answer.body()).isEqualTo(200);
    }

    private static void take(ThreeNodes three, String app, Told told) {
        List<TomcatNode> nodes = three.all();
        for (int i = 0; i < nodes.size(); i++) {
            int node = i;
            Answer answer = new HttpUser().get(nodes.get(i), app + "/journal?take=1");
            for (String line : answer.lines()) {
                note(CREATED, line, told.created(), node);
                note(DESTROYED, line, told.destroyed(), node);
            }
        }
    }

    private static void note(Pattern pattern, String line, Map<String, List<Integer>> told, int node) {
        Matcher matcher = pattern.matcher(line);
        if (matcher.matches()) {
            told.computeIfAbsent(matcher.group(1), any -> new ArrayList<>()).add(node);
        }
    }
}
