/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** K8-3: the network between five Tomcats splits for a while, and both sides go on. Each Tomcat has a host of its own. */
@Tag("any-tomcat")
@Timeout(300)
@Isolated("its bounds are those of a machine that does nothing else")
class K83SplitIT {
    /** How long two of them do not reach each other: longer than a silent member is waited for. */
    private static final Duration ONE_LINK = Duration.ofSeconds(15);

    private static final Duration CALM = Duration.ofSeconds(3);

    private static Network network;
    private static SplitNodes five;

    @BeforeAll
    static void open() {
        network = new Network(Split.SIZE);
        five = new SplitNodes(network, Split.SIZE, "split", 8600, "");
    }

    @AfterAll
    static void close() throws Exception {
        for (AutoCloseable one : new AutoCloseable[] {five, network}) {
            if (one != null) { // else its start failed
                one.close();
            }
        }
    }

    @Test
    void bothSidesGoOnAndWhatTheyDidIsPutTogether() {
        long before = five.counter(SplitNodes.STICKY, "mergeConflicts");
        try (SteadyTraffic traffic = SteadyTraffic.sticky(five.all(), Split.APPS)) {
            Split split = new Split(network, five, Set.of(0, 1, 2), Set.of(3, 4), false);
            split.begin();
            traffic.phase("the split is not known yet");
            split.cut();
            SplitNodes.awaitCluster(split.larger(), Split.FORMED);
            SplitNodes.awaitCluster(split.smaller(), Split.FORMED);
            System.out.printf("Two sides after %.1f s%n", split.secondsSinceCut());
            traffic.phase("two sides");
            split.goOn();
            traffic.phase("the sides meet");
            split.mend();
            traffic.phase("one cluster again");
            Nodes.letPass(Split.LATER);
            traffic.tell("", "the split is not known yet", "two sides", "the sides meet", "one cluster again");
            traffic.check(five.all());
            split.check();
            assertThat(five.counter(SplitNodes.STICKY, "mergeConflicts"))
                    .as("attributes that both had changed, of all applications")
                    .isEqualTo(before + split.conflicts());
            assertThat(traffic.refused("two sides")).isZero();
            assertThat(traffic.refused("one cluster again")).isZero();
        }
    }

    /**
     * All others reach both, and both stay in the cluster, but for the oldest member, which would drop the other one: nobody sees
     * less than all that was answered before, also who goes from one to the other.
     */
    @Test
    void ofTwoThatCannotReachEachOtherNobodySeesAnythingOld() {
        String oldest = Nodes.cluster(five.all().get(0), "oldest");
        List<Integer> hosts = Network.hosts(0, Split.SIZE).stream()
                .filter(host -> !network.address(host).equals(oldest))
                .toList();
        List<Integer> one = hosts.subList(0, 1);
        List<Integer> other = hosts.subList(1, 2);
        List<TomcatNode> of = five.on(hosts);
        List<List<TomcatNode>> ways = new ArrayList<>();
        five.all().forEach(node -> ways.add(List.of(node)));
        ways.add(List.of(of.get(0), of.get(1), of.get(2)));
        ways.add(List.of(of.get(1), of.get(3), of.get(0)));
        try (SteadyTraffic traffic = new SteadyTraffic(ways, Split.APPS)) {
            Nodes.letPass(Split.LATER);
            traffic.phase("one link is cut");
            network.cut(one, other);
            Nodes.letPass(ONE_LINK);
            traffic.phase("it is mended");
            long mended = System.nanoTime();
            network.mend(one, other);
            await().atMost(Split.MET).until(() -> traffic.calm().compareTo(CALM) > 0);
            System.out.printf("No 503 any more after %.1f s%n", Split.seconds(mended) - CALM.toSeconds());
            SplitNodes.awaitCluster(five.all(), Split.MET);
            traffic.phase("one cluster again");
            Nodes.letPass(Split.LATER);
            traffic.tell("", "one link is cut", "it is mended", "one cluster again");
            traffic.check(five.all());
            assertThat(traffic.refused("one cluster again")).isZero();
        }
    }
}
