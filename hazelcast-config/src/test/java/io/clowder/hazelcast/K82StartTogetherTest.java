/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.RepeatedTest;

/** K8-2: five nodes that start at the same moment, none of which knows the others' ports, become one cluster. */
class K82StartTogetherTest {

    private static final int NODES = 5;
    private static final Duration ONE_CLUSTER = Duration.ofSeconds(60);
    private static final ClusterSettings SETTINGS =
            new ClusterSettings("K82StartTogetherTest", List.of(), null, 8040, null);

    @RepeatedTest(6)
    void becomeOneCluster() throws Exception {
        long began = System.nanoTime();
        List<ClusterMember> members = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(NODES);
        try {
            List<Future<ClusterMember>> starts = new ArrayList<>();
            for (int i = 0; i < NODES; i++) {
                starts.add(threads.submit(() -> ClusterMember.start(SETTINGS)));
            }
            for (Future<ClusterMember> start : starts) {
                members.add(start.get());
            }
            double started = (System.nanoTime() - began) / 1e9;
            await().atMost(ONE_CLUSTER.minusNanos(System.nanoTime() - began))
                    .untilAsserted(() -> assertThat(members)
                            .allMatch(member -> member.addresses().size() == NODES));
            System.out.printf(
                    "K8-2: %d nodes had started after %.1f s, and were one cluster after %.1f s%n",
                    NODES, started, (System.nanoTime() - began) / 1e9);
        } finally {
            threads.shutdown();
            members.forEach(member -> member.instance().getLifecycleService().terminate());
            members.forEach(ClusterMember::close);
        }
    }
}
