/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ST-2: that a read is not stale does not rest on the events that invalidate near caches. Here none arrives. */
@Tag("any-tomcat")
class ST2LostInvalidationsIT {
    private static final int ROUNDS = 2_000;
    private static final int SESSIONS = 10;
    private static final String BATCHING = "<property name=\"hazelcast.map.invalidation.batch.enabled\">";
    private static final String RECONCILING =
            "<property name=\"hazelcast.invalidation.reconciliation.interval.seconds\">";
    private static final String EVICTION = "<eviction eviction-policy=\"NONE\" max-size-policy=\"PER_NODE\"/>";

    /** Of all applications here, so that evicted sessions come from it, too. */
    private static final String NEAR_CACHE = """
            <near-cache>
              <in-memory-format>OBJECT</in-memory-format>
              <time-to-live-seconds>60</time-to-live-seconds>
            </near-cache>
            """;

    private static final Nodes NODES = new Nodes("st2", 7200);

    private static TomcatNode a;
    private static TomcatNode b;

    @BeforeAll
    static void start() throws IOException {
        Path file = Files.createDirectories(NODES.folder()).resolve("hazelcast.xml");
        String example = Files.readString(Path.of("../conf-examples/hazelcast-config/hazelcast.xml"));
        assertThat(example).contains(BATCHING + "false<", RECONCILING + "30<", EVICTION);
        // Events wait until there are more than will ever be, or for an hour.
        Files.writeString(
                file,
                example.replace("<cluster-name>clowder<", "<cluster-name>" + NODES.cluster() + "<")
                        .replace(">5701<", ">" + NODES.firstPort() + "<")
                        .replace(
                                BATCHING + "false<",
                                "<property name=\"hazelcast.map.invalidation.batch.size\">1000000</property>"
                                        + "<property name=\"hazelcast.map.invalidation.batchfrequency.seconds\">3600"
                                        + "</property>" + BATCHING + "true<")
                        .replace(RECONCILING + "30<", RECONCILING + "3600<")
                        .replace(EVICTION, EVICTION + NEAR_CACHE));
        String config = "config=\"" + file + "\" ";
        a = node("a", config);
        b = node("b", config);
    }

    private static TomcatNode node(String name, String config) {
        return NODES.start(
                name,
                builder -> builder.context("<Manager className=\"" + Nodes.CLASS + "\" " + config + "/>"),
                WebApp.probe("probe"),
                WebApp.probe("roaming").manager(config + "affinity=\"roaming\""),
                WebApp.probe("evicting").manager(config + "affinity=\"roaming\" maxLocalSessions=\"4\""),
                WebApp.probe("near").manager(config + "affinity=\"roaming\" reads=\"near\""));
    }

    @AfterAll
    static void stop() {
        NODES.close();
    }

    /** Without this the others would prove nothing. */
    @Test
    void theEventsAreLost() {
        NODES.settled();
        HttpUser user = new HttpUser();
        user.does(a, "/near", "set:x=1");
        // What is near serves once Hazelcast has heard of the partition's numbering.
        await().until(() -> {
            long before = Nodes.counter(b, "/near", "nearReads");
            user.asks(b, "/near", "get:x");
            return Nodes.counter(b, "/near", "nearReads") > before;
        });
        user.does(a, "/near", "set:x=2");
        Nodes.letPass(Duration.ofSeconds(1));
        assertThat(user.asks(b, "/near", "get:x")).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/probe", "/roaming", "/evicting"})
    void noReadIsStale(String app) {
        NODES.settled();
        assertThat(StaleReads.in(List.of(a, b), app, ROUNDS, SESSIONS)).isEqualTo(StaleReads.NONE);
    }

    @Test
    void soItIsWhereTheContentComesFromAnOutdatedNearCache() {
        NODES.settled();
        long hits = Nodes.counter(b, "/evicting", "nearHits");
        HttpUser[] users = new HttpUser[SESSIONS];
        for (int i = 0; i < SESSIONS; i++) {
            users[i] = new HttpUser();
            users[i].does(a, "/evicting", "set:x=0", "set:y=0");
        }
        for (int round = 1; round <= 20; round++) {
            for (HttpUser user : users) {
                assertThat(user.does(b, "/evicting", "get:x", "get:y")).containsExactly("" + (round - 1), "0");
                user.does(a, "/evicting", "set:x=" + round);
            }
        }
        assertThat(Nodes.counter(b, "/evicting", "nearHits")).isGreaterThan(hits);
    }
}
