/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
    private static final int READS = 50;
    private static final int BATCHES = 11;

    @ParameterizedTest
    @CsvSource({"10, 200", "100, 1024"})
    void aReadMovesNoMoreThanWhatChanged(int attributes, int length, ThreeNodes three) {
        HttpUser user = new HttpUser();
        // The node that creates a session keeps it.
        user.does(three.a(), APP, "fill:p=" + attributes + "x" + length);
        long unchanged = more(three, user, "hello");
        long changed = more(three, user, "fill:p=1x" + length);
        System.out.printf(
                "A roaming read of %d attributes of %d bytes: %d bytes when unchanged, %d after one was changed elsewhere%n",
                attributes, length, unchanged, changed);
        assertThat(unchanged).isBetween(10L, 700L);
        assertThat(changed).isBetween((long) length, length + 1_024L);
    }

    /** How many bytes more all nodes write for a read by b than for one by a, after a has taken that step. */
    private static long more(ThreeNodes three, HttpUser user, String before) {
        List<Long> byA = new ArrayList<>();
        List<Long> byB = new ArrayList<>();
        try (KeptConnections connections = new KeptConnections()) {
            for (int batch = 0; batch < BATCHES; batch++) {
                byA.add(written(three, connections, user, three.a(), before));
                byB.add(written(three, connections, user, three.b(), before));
            }
        }
        // What the nodes do besides (heartbeats, owners and backups compared) only adds: the least has least of it.
        return Collections.min(byB) - Collections.min(byA);
    }

    /** For each read, and for the request before it; each time the reader asks one question. The first read is not counted. */
    private static long written(
            ThreeNodes three, KeptConnections connections, HttpUser user, TomcatNode reader, String before) {
        connections.does(user, three.a(), APP, before);
        connections.does(user, reader, APP, "get:p0");
        long loads = Nodes.counter(reader, APP, "loads");
        long bytes = written(three);
        for (int i = 0; i < READS; i++) {
            connections.does(user, three.a(), APP, before);
            connections.does(user, reader, APP, "get:p0");
        }
        long written = written(three) - bytes;
        // The node a asks itself for each of its own requests.
        int requests = reader.equals(three.a()) ? 2 * READS : READS;
        assertThat(Nodes.counter(reader, APP, "loads") - loads).isEqualTo(requests);
        return written / READS;
    }

    private static long written(ThreeNodes three) {
        return three.all().stream().mapToLong(TrafficIT::written).sum();
    }
}
