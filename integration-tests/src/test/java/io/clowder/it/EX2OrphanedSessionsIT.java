/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** EX-2: sessions whose node died are ended at their timeout by those that live, each announced once, and nothing is left. */
@Tag("any-tomcat")
@MostlyWaits
@ExtendWith(SweptNodes.Shared.class)
@Timeout(600)
class EX2OrphanedSessionsIT {
    /** More of them with {@code -Dclowder.sessions=10000}. */
    private static final int SESSIONS = Integer.getInteger("clowder.sessions", 210);

    /** Time enough to create them all before the first one ends. */
    private static final int TIMEOUT_SECONDS = 20 + SESSIONS / 100;

    /** For the listener, which takes its time, and a machine that is busy. */
    private static final Duration PATIENCE = Duration.ofSeconds(60 + SESSIONS / 40);

    @ParameterizedTest
    @ValueSource(strings = {SweptNodes.STICKY, SweptNodes.ROAMING})
    void theSessionsOfAKilledNodeAreEndedOnceByTheOthers(String app, SweptNodes nodes) {
        String tag = "orphan-of" + app + "-";
        long before = reaped(nodes, app);
        SweptNodes.inParallel(SESSIONS, i -> SweptNodes.create(nodes.a(), app, tag + i, TIMEOUT_SECONDS));
        long last = System.nanoTime();
        nodes.a().kill();
        assertThat(nodes.announced(tag)).isEmpty();
        long took = awaitAllAnnounced(nodes, tag) - last;
        // The timeout, a tenth of it, one look each second, 5 ms in each listener; the rest is for a machine that is
        // busy. Those created first end first.
        assertThat(Duration.ofNanos(took))
                .isBetween(
                        Duration.ofSeconds(TIMEOUT_SECONDS),
                        Duration.ofMillis(TIMEOUT_SECONDS * 1100L).plus(PATIENCE));
        System.out.printf(
                "EX-2 %s: %d sessions of a killed node announced %.1f s after the last was used, timeout %d s%n",
                app, SESSIONS, took / 1e9, TIMEOUT_SECONDS);
        assertAllAnnouncedOnce(nodes, tag, 0);
        assertThat(reaped(nodes, app) - before).isEqualTo(SESSIONS);
        awaitNothingStored(nodes, tag);
    }

    /** Its own sessions, while it announces their ends: those it had claimed, too, are announced. */
    @Test
    void anEndThatTheKilledNodeHadClaimedIsAnnouncedByAnother(SweptNodes nodes) {
        String tag = "amid-";
        SweptNodes.inParallel(
                SESSIONS, i -> SweptNodes.create(nodes.all().get(i % 3), SweptNodes.STICKY, tag + i, TIMEOUT_SECONDS));
        TomcatNode a = nodes.a();
        await().atMost(Duration.ofSeconds(TIMEOUT_SECONDS + 40L))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> SweptNodes.announcedBy(a, tag).size() >= SESSIONS / 20);
        a.kill();
        int byKilled = SweptNodes.announcedBy(a, tag).size();
        assertThat(byKilled).as("it was killed amid its expiry").isLessThan(SESSIONS / 3);
        awaitAllAnnounced(nodes, tag);
        awaitNothingStored(nodes, tag);
        // One thread announces: at most one end was announced and not yet noted.
        assertAllAnnouncedOnce(nodes, tag, 1);
        Map<String, Integer> announced = nodes.announced(tag);
        System.out.printf(
                "EX-2 kill -9 amid expiry: %d sessions, %d announced by the killed node, %d duplicates, %d misses%n",
                SESSIONS,
                byKilled,
                announced.values().stream().mapToInt(times -> times - 1).sum(),
                SESSIONS - announced.size());
    }

    /** Node c does not have the application, and keeps sessions of it. */
    @Test
    void whatANodeKeepsThatLacksTheApplicationIsEndedByTheOldestThatHasIt(SweptNodes nodes) {
        int count = 90;
        String tag = "kept-by-c-";
        for (int i = 0; i < count; i++) {
            SweptNodes.create(nodes.a(), SweptNodes.SOME, tag + i, 10);
        }
        nodes.a().kill();
        assertThat(Nodes.storedWith(nodes.b(), tag)).isEqualTo(count);
        assertThat(Nodes.owned(nodes.c(), SweptNodes.SOME)).isPositive();
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(nodes.announced(tag)).hasSize(count));
        awaitNothingStored(nodes, tag);
        assertAllAnnouncedOnce(nodes, tag, 0);
        assertThat(SweptNodes.announcedBy(nodes.b(), tag)).hasSize(count);
    }

    /** When the last one was. */
    private static long awaitAllAnnounced(SweptNodes nodes, String tag) {
        await().atMost(Duration.ofSeconds(TIMEOUT_SECONDS * 11L / 10).plus(PATIENCE))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(nodes.announced(tag)).hasSize(SESSIONS));
        return System.nanoTime();
    }

    /** The last ends are noted a moment after they were announced. */
    private static void awaitNothingStored(SweptNodes nodes, String tag) {
        await().atMost(Duration.ofSeconds(30)).until(() -> Nodes.storedWith(nodes.b(), tag) == 0);
    }

    private static void assertAllAnnouncedOnce(SweptNodes nodes, String tag, int mayBeTwice) {
        Map<String, Integer> announced = nodes.announced(tag);
        assertThat(announced.keySet()).allMatch(line -> line.endsWith(" with milk"));
        List<Integer> more =
                announced.values().stream().filter(times -> times > 1).toList();
        assertThat(more)
                .as("announced more than once")
                .hasSizeLessThanOrEqualTo(mayBeTwice)
                .allMatch(times -> times == 2);
    }

    /** By those that are not killed. */
    private static long reaped(SweptNodes nodes, String app) {
        return Nodes.counter(nodes.b(), app, "reaped") + Nodes.counter(nodes.c(), app, "reaped");
    }
}
