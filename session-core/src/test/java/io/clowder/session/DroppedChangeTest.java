/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.store.InMemoryCluster;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.RepeatedTest;

/** Two objects of one attribute, both changed in place on one node: one of them wins, and the other one is out for good. */
class DroppedChangeTest {
    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = new Node(cluster, false);
    private final Node b = new Node(cluster, false);

    // The order in which the objects are looked at is that of their identity hashes.
    @RepeatedTest(10)
    void aChangeThatLostNeverComesBack() {
        a.create("s", Map.of("l", new CopyOnWriteArrayList<>(List.of("start"))));
        LiveSession slow = b.open("s");
        add(slow, "slow");
        add(a, "other");
        add(b, "quick");

        add(a, "later");
        b.read("s", "n");
        assertThat((List<?>) a.read("s", "l")).asList().contains("later");
        b.end(slow);
        assertThat((List<?>) a.read("s", "l")).asList().contains("later");
    }

    private static void add(Node node, String element) {
        node.change("s", live -> add(live, element));
    }

    @SuppressWarnings("unchecked")
    private static void add(LiveSession live, String element) {
        ((List<String>) live.attributes().get("l")).add(element);
    }
}
