/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What it costs in roaming mode that a node asks before it answers, by the operating system's count of what the processes
 * wrote to their sockets and elsewhere: a read by the node that keeps the session needs no other, a read by another node has
 * the same answer, and the difference is what the nodes told each other.
 */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
class RoamingTrafficIT {
    private static final String APP = ThreeNodes.ROAMING;
    private static final int READS = 500;

    @ParameterizedTest
    @CsvSource({"10, 200", "100, 1024"})
    void aReadMovesNoMoreThanWhatChanged(int attributes, int length, ThreeNodes three) {
        HttpUser user = new HttpUser();
        // The node that creates a session keeps it.
        user.does(three.a(), APP, "fill:p=" + attributes + "x" + length);
        String fill = "fill:p=1x" + length;
        try (KeptConnections connections = new KeptConnections()) {
            Cost unchangedHome = reads(three, connections, user, three.a(), "hello");
            Cost unchanged = reads(three, connections, user, three.b(), "hello");
            Cost changedHome = reads(three, connections, user, three.a(), fill);
            Cost changed = reads(three, connections, user, three.b(), fill);
            System.out.printf(
                    "A roaming read of %d attributes of %d bytes: %d bytes when unchanged, %d after one was changed"
                            + " elsewhere; %.2f and %.2f questions%n",
                    attributes,
                    length,
                    unchanged.bytes() - unchangedHome.bytes(),
                    changed.bytes() - changedHome.bytes(),
                    unchanged.questions(),
                    changed.questions());
            assertThat(unchanged.questions()).isEqualTo(1);
            assertThat(changed.questions()).isEqualTo(1);
            assertThat(unchanged.bytes() - unchangedHome.bytes()).isBetween(10L, 700L);
            assertThat(changed.bytes() - changedHome.bytes()).isBetween((long) length, length + 1_024L);
        }
    }

    /** Of one read: bytes that all nodes wrote for it and for the request before, and questions that the reader asked. */
    private record Cost(long bytes, double questions) {}

    /** Before each read the node a takes the step; the first read is not counted. */
    private static Cost reads(
            ThreeNodes three, KeptConnections connections, HttpUser user, TomcatNode reader, String before) {
        connections.does(user, three.a(), APP, before);
        connections.does(user, reader, APP, "get:p0");
        long bytes = written(three);
        long loads = Nodes.counter(reader, APP, "loads");
        for (int i = 0; i < READS; i++) {
            connections.does(user, three.a(), APP, before);
            connections.does(user, reader, APP, "get:p0");
        }
        long written = written(three) - bytes;
        long asked = Nodes.counter(reader, APP, "loads") - loads;
        // The node a asks itself for each of its own requests.
        return new Cost(written / READS, (double) asked / READS - (reader.equals(three.a()) ? 1 : 0));
    }

    private static long written(ThreeNodes three) {
        return three.all().stream().mapToLong(TrafficIT::written).sum();
    }
}
