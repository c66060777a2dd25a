/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * EX-9: the clock of b is ten minutes ahead, by Debian's package {@code faketime}. Sessions end in time on both nodes, whoever
 * used them last, and after a node died; b says once how far its clock is off.
 */
@Tag("any-tomcat")
@MostlyWaits
class EX9ClockSkewIT {
    private static final String WARNING = "The clock of this node is ";
    private static final long OFF_MILLIS = Duration.ofMinutes(10).toMillis();
    private static final int TIMEOUT_SECONDS = 6;
    private static final long TIMEOUT_NANOS =
            Duration.ofSeconds(TIMEOUT_SECONDS).toNanos();
    private static final List<String> APPS = List.of("/sticky", "/roaming");
    private static final Nodes NODES = new Nodes("skew", 7320);
    private static TomcatNode a;
    private static TomcatNode b;

    @BeforeAll
    static void start() {
        a = NODES.start("a", builder -> builder, apps());
        a.awaitReady("/probe/do?q=hello", Nodes.START);
        b = NODES.start(
                "b",
                // The last one: else timed waits of a JVM return at once, and it does nothing but spin.
                builder -> builder.environment("LD_PRELOAD", faketime())
                        .environment("FAKETIME", "+10m")
                        .environment("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                        .environment("FAKETIME_FORCE_MONOTONIC_FIX", "0"),
                apps());
        NODES.settled();
    }

    private static WebApp[] apps() {
        return new WebApp[] {
            WebApp.probe("probe"),
            SweptNodes.swept(NODES, "sticky", ""),
            SweptNodes.swept(NODES, "roaming", "affinity=\"roaming\"")
        };
    }

    /** Where Debian has it, for whichever processor. */
    private static String faketime() {
        try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
            return folders.map(folder -> folder.resolve("faketime/libfaketimeMT.so.1"))
                    .filter(Files::exists)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("This test needs the package faketime"))
                    .toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    /** A session that is used for longer than its timeout, by turns or on one node, and then no more. */
    private record Used(HttpUser user, String app, String name, long last) {}

    @Test
    void sessionsEndInTimeWhicheverNodeUsedThemLast() {
        assertThat(Nodes.linesWith(b.log(), WARNING)).hasSize(1).allMatch(line -> line.contains(" s ahead of that of"));
        assertThat(Nodes.linesWith(a.log(), WARNING)).isEmpty();
        assertSkew(b, OFF_MILLIS);
        assertSkew(a, 0);

        List<HttpUser> users = new ArrayList<>();
        for (String app : APPS) {
            users.add(SweptNodes.create(a, app, "last-on-a" + app, TIMEOUT_SECONDS));
            users.add(SweptNodes.create(b, app, "last-on-b" + app, TIMEOUT_SECONDS));
            users.add(SweptNodes.create(b, app, "idle-on-a" + app, TIMEOUT_SECONDS));
        }
        List<Used> used = new ArrayList<>();
        for (int i = 0; i < 2 * TIMEOUT_SECONDS; i++) {
            Nodes.letPass(Duration.ofSeconds(1));
            used.clear();
            for (int each = 0; each < APPS.size(); each++) {
                String app = APPS.get(each);
                used.add(click(users.get(3 * each), app, "last-on-a", i % 2 == 0 ? b : a));
                used.add(click(users.get(3 * each + 1), app, "last-on-b", i % 2 == 0 ? a : b));
                // It has been on b, and a has it from now on.
                used.add(click(users.get(3 * each + 2), app, "idle-on-a", a));
            }
        }
        assertThat(SweptNodes.announced(List.of(a, b), "last-on-")).isEmpty();
        assertThat(SweptNodes.announced(List.of(a, b), "idle-on-")).isEmpty();
        used.forEach(EX9ClockSkewIT::assertEndsInTime);
        // A look at what is kept, too, has found nothing that another node looks after.
        assertThat(Nodes.linesWith(b.log(), WARNING)).hasSize(1);
    }

    private static Used click(HttpUser user, String app, String name, TomcatNode node) {
        long now = System.currentTimeMillis();
        List<String> found = user.does(node, app, "get:cart", "accessed");
        assertThat(found.get(0)).as("%s%s on %s", name, app, node).isEqualTo("milk");
        assertThat(Long.parseLong(found.get(1)))
                .as("last access, %s%s", name, app)
                .isBetween(now - 5_000, now + 500);
        return new Used(user, app, name + app, System.nanoTime());
    }

    private static void assertEndsInTime(Used one) {
        await(one.name())
                .atMost(SweptNodes.LOOK)
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(SweptNodes.announced(List.of(a, b), one.name()))
                        .isEqualTo(Map.of(SweptNodes.farewell(one.name()), 1)));
        assertThat(System.nanoTime() - one.last())
                .isGreaterThan(TIMEOUT_NANOS - Duration.ofMillis(500).toNanos());
        assertThat(one.user().asks(b, one.app(), "found")).isEqualTo("none");
    }

    /** Sessions of a, which dies; b ends those of them that nobody uses in time, and goes on with the time that a had. */
    @Test
    void theTimeOfTheClusterOutlivesTheNodeItCameFrom() {
        NODES.settled();
        List<HttpUser> users = new ArrayList<>();
        for (String app : APPS) {
            users.add(SweptNodes.create(a, app, "swept-by-b" + app, TIMEOUT_SECONDS));
            users.add(SweptNodes.create(a, app, "saved-by-b" + app, 300));
        }
        long last = System.nanoTime();
        a.kill();
        for (String app : APPS) {
            await(app)
                    .atMost(SweptNodes.LOOK.plusSeconds(TIMEOUT_SECONDS))
                    .pollInterval(Duration.ofMillis(100))
                    .untilAsserted(() -> assertThat(SweptNodes.announced(List.of(a, b), "swept-by-b" + app))
                            .hasSize(1));
        }
        assertThat(System.nanoTime() - last)
                .isGreaterThan(TIMEOUT_NANOS - Duration.ofMillis(500).toNanos());
        NODES.settled(); // a is back, and younger than b
        assertSkew(b, OFF_MILLIS);
        assertSkew(a, 0);
        for (int each = 0; each < APPS.size(); each++) {
            HttpUser user = users.get(2 * each + 1);
            for (TomcatNode node : List.of(b, a)) {
                assertThat(user.asks(node, APPS.get(each), "get:cart")).isEqualTo("milk");
            }
        }
        assertThat(SweptNodes.announced(List.of(a, b), "saved-by-b")).isEmpty();
        assertThat(Nodes.linesWith(a.log(), WARNING)).isEmpty();
    }

    private static void assertSkew(TomcatNode node, long expected) {
        assertThat(Nodes.counter(node, "/sticky", "clockSkew"))
                .as("skew of %s", node)
                .isBetween(expected - 500, expected + 500);
    }
}
