/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What requests cost: nothing when nothing changed, the change when something did. */
@Tag("any-tomcat")
@ExtendWith(TwoNodes.Shared.class)
class TrafficIT {
    private static final String APP = "/probe";
    private static final int REQUESTS = 200;
    private static final int BATCHES = 5;

    @Test
    void aRequestThatDoesNotTouchTheSessionSendsNothing(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=1");
        long operations = operations(two);
        for (int i = 0; i < 20; i++) {
            user.does(two.a(), APP, "hello");
            new HttpUser().does(two.a(), APP, "hello");
        }
        assertThat(operations(two)).isEqualTo(operations);
    }

    @Test
    void aReadOnlyRequestAtTheHolderSendsNothing(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=1", "cart:cart=milk");
        user.does(two.a(), APP, "get:x");
        long operations = operations(two);
        long bytes = bytes(two);
        for (int i = 0; i < 20; i++) {
            assertThat(user.does(two.a(), APP, "get:x", "names", "isNew", "found"))
                    .containsExactly("1", "cart,x", "false", "cart,x");
        }
        assertThat(operations(two)).isEqualTo(operations);
        assertThat(bytes(two)).isEqualTo(bytes);
    }

    @Test
    void oneChangedIntegerAmongAHundredKilobytesIsASmallDelta(TwoNodes two) {
        HttpUser user = hundred(two);
        long saves = Nodes.counter(two.a(), APP, "saves");
        long bytes = bytes(two);
        long encoded = Nodes.counter(two.a(), APP, "encodedAttributes");
        for (int i = 1; i <= REQUESTS; i++) {
            assertThat(user.asks(two.a(), APP, "inc:n")).isEqualTo("" + i);
        }
        assertThat(Nodes.counter(two.a(), APP, "saves") - saves).isEqualTo(REQUESTS);
        assertThat(Nodes.counter(two.a(), APP, "encodedAttributes") - encoded).isEqualTo(REQUESTS);
        assertThat((bytes(two) - bytes) / REQUESTS)
                .as("bytes of one write at the store")
                .isBetween(10L, 999L);
    }

    /**
     * The same by the operating system's count of what the processes wrote, to their sockets and elsewhere: requests
     * that only read have the same answers and logs, the difference is what the cluster was told.
     */
    @Test
    void theOperatingSystemCountsFewerThanAThousandBytesToo(TwoNodes two) {
        HttpUser user = hundred(two);
        user.does(two.a(), APP, "inc:n", "get:n");
        // Same number of digits, so that the answers have the same length.
        user.does(two.a(), APP, "int:n=1000");
        // A median: what the nodes do besides (heartbeats, the partition table every few seconds) falls into few of
        // them.
        List<Long> differences = new ArrayList<>();
        for (int batch = 0; batch < BATCHES; batch++) {
            long start = written(two);
            for (int i = 0; i < REQUESTS / BATCHES; i++) {
                user.asks(two.a(), APP, "get:n");
            }
            long read = written(two) - start;
            start = written(two);
            for (int i = 0; i < REQUESTS / BATCHES; i++) {
                user.asks(two.a(), APP, "inc:n");
            }
            long changed = written(two) - start;
            differences.add((changed - read) * BATCHES / REQUESTS);
        }
        System.out.println("Written by both nodes for a change of an Integer, in bytes, by batch: " + differences);
        assertThat(median(differences)).as("bytes of one write on the wire").isBetween(10L, 999L);
    }

    @Test
    void aRequestThatReadsTwoOfAHundredAttributesDecodesTwo(TwoNodes two) {
        HttpUser user = hundred(two);
        long decoded = Nodes.counter(two.b(), APP, "decodedAttributes");
        long encoded = Nodes.counter(two.b(), APP, "encodedAttributes");
        List<String> lines = user.does(two.b(), APP, "get:p3", "get:p97", "get:p3");
        assertThat(lines).allMatch("x".repeat(1024)::equals);
        assertThat(Nodes.counter(two.b(), APP, "decodedAttributes") - decoded).isEqualTo(2);
        assertThat(Nodes.counter(two.b(), APP, "encodedAttributes") - encoded).isZero();
    }

    /** A session at the node a with a hundred attributes of 1 KiB and an Integer. */
    private static HttpUser hundred(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "fill:p=100x1024", "int:n=0");
        return user;
    }

    private static long operations(TwoNodes two) {
        return Nodes.counter(two.a(), APP, "storeOperations") + Nodes.counter(two.b(), APP, "storeOperations");
    }

    private static long bytes(TwoNodes two) {
        return Nodes.counter(two.a(), APP, "storeBytes") + Nodes.counter(two.b(), APP, "storeBytes");
    }

    private static long written(TwoNodes two) {
        return written(two.a()) + written(two.b());
    }

    /** The one in the middle, of an odd number. */
    private static long median(List<Long> batches) {
        return batches.stream().sorted().skip(batches.size() / 2).findFirst().orElseThrow();
    }

    /** What the node's process has written so far, in bytes. */
    static long written(TomcatNode node) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(node.pid()), "io")).stream()
                    .filter(line -> line.startsWith("wchar:"))
                    .mapToLong(line ->
                            Long.parseLong(line.substring("wchar:".length()).trim()))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
