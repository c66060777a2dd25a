/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import io.clowder.it.app.Farewell;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** EX-2: sessions whose node died are ended at their timeout by those that live, each announced once, and nothing is left. */
class EX2OrphanedSessionsIT {
    private static final int SESSIONS = 210;
    private static final int TIMEOUT_SECONDS = 20;
    private static final String FAREWELL = "farewell to ";
    private static final Nodes NODES = new Nodes("orphans", 7180);
    private static final List<TomcatNode> ALL = new ArrayList<>();

    @BeforeAll
    static void start() {
        for (String name : List.of("a", "b", "c")) {
            ALL.add(NODES.start(
                    name,
                    builder -> builder,
                    WebApp.probe("probe"),
                    app("sticky", ""),
                    app("roaming", "affinity=\"roaming\"")));
        }
    }

    /** Looks for idle sessions each second. */
    private static WebApp app(String name, String more) {
        return WebApp.probe(name)
                .context("backgroundProcessorDelay=\"1\"")
                .manager(NODES.membership() + " processExpiresFrequency=\"1\" " + more)
                .webXml("<listener><listener-class>" + Farewell.class.getName() + "</listener-class></listener>");
    }

    @BeforeEach
    void settle() {
        NODES.settled();
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/sticky", "/roaming"})
    void theSessionsOfAKilledNodeAreEndedOnceByTheOthers(String app) {
        String tag = "orphan-of" + app + "-";
        TomcatNode a = ALL.get(0);
        long before = reaped(app);
        for (int i = 0; i < SESSIONS; i++) {
            create(a, app, tag + i);
        }
        long last = System.nanoTime();
        a.kill();
        assertThat(announced(tag)).isEmpty();
        await().atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(announced(tag)).hasSize(SESSIONS));
        long took = System.nanoTime() - last;
        // The timeout, a tenth of it, one look each second, 5 ms in each listener; the rest is for a machine that is
        // busy.
        assertThat(Duration.ofNanos(took))
                .isBetween(
                        Duration.ofMillis(TIMEOUT_SECONDS * 1000L),
                        Duration.ofMillis(TIMEOUT_SECONDS * 1100L + 15_000));
        System.out.printf(
                "EX-2 %s: %d sessions of a killed node announced %.1f s after the last was used, timeout %d s%n",
                app, SESSIONS, took / 1e9, TIMEOUT_SECONDS);
        assertAllAnnouncedOnce(tag, 0);
        assertThat(reaped(app) - before).isEqualTo(SESSIONS);
        awaitNothingStored(tag);
    }

    /** Its own sessions, while it announces their ends: those it had claimed, too, are announced. */
    @Test
    void anEndThatTheKilledNodeHadClaimedIsAnnouncedByAnother() {
        String tag = "amid-";
        for (int i = 0; i < SESSIONS; i++) {
            create(ALL.get(i % 3), "/sticky", tag + i);
        }
        TomcatNode a = ALL.get(0);
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> count(a, tag).size() >= 10);
        a.kill();
        int byKilled = count(a, tag).size();
        assertThat(byKilled).as("it was killed amid its expiry").isLessThan(SESSIONS / 3);
        await().atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(announced(tag)).hasSize(SESSIONS));
        awaitNothingStored(tag);
        // One thread announces: at most one end was announced and not yet noted.
        assertAllAnnouncedOnce(tag, 1);
        System.out.printf(
                "EX-2 kill -9 amid expiry: %d sessions, %d announced by the killed node, %d duplicates, %d misses%n",
                SESSIONS,
                byKilled,
                announced(tag).values().stream().mapToInt(times -> times - 1).sum(),
                SESSIONS - announced(tag).size());
    }

    /** The last ends are noted a moment after they were announced. */
    private static void awaitNothingStored(String tag) {
        await().atMost(Duration.ofSeconds(30)).until(() -> Nodes.storedWith(ALL.get(1), tag) == 0);
    }

    private static void create(TomcatNode node, String app, String name) {
        new HttpUser().does(node, app, "interval:" + TIMEOUT_SECONDS, "set:name=" + name, "cart:cart=milk");
    }

    private static void assertAllAnnouncedOnce(String tag, int mayBeTwice) {
        Map<String, Integer> announced = announced(tag);
        assertThat(announced.keySet()).allMatch(line -> line.endsWith(" with milk"));
        assertThat(announced.values().stream().filter(times -> times > 1).toList())
                .as("announced more than once")
                .hasSizeLessThanOrEqualTo(mayBeTwice)
                .allMatch(times -> times == 2);
    }

    /** How often each session was announced, on any node, also one that does not live any more. */
    private static Map<String, Integer> announced(String tag) {
        Map<String, Integer> times = new TreeMap<>();
        ALL.forEach(node -> count(node, tag).forEach(line -> times.merge(line, 1, Integer::sum)));
        return times;
    }

    private static List<String> count(TomcatNode node, String tag) {
        return node.log()
                .lines()
                .filter(line -> line.startsWith(FAREWELL + tag))
                .toList();
    }

    /** By those that are not killed. */
    private static long reaped(String app) {
        return ALL.stream()
                .skip(1)
                .mapToLong(node -> Nodes.counter(node, app, "reaped"))
                .sum();
    }
}
