/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Where a client looks for members. */
class ClientStartTest {

    private static List<String> addresses(String... members) {
        ClusterSettings settings = new ClusterSettings(
                "shop", List.of(members), null, ClusterSettings.DEFAULT_PORT, null, Topology.CLIENT);
        return ClientStart.config(settings, UUID.randomUUID())
                .getNetworkConfig()
                .getAddresses();
    }

    @Test
    void atAllPortsOfThisMachineWhenItIsToldNothing() {
        List<String> all = IntStream.rangeClosed(5801, 5820)
                .mapToObj(port -> "127.0.0.1:" + port)
                .toList();
        assertThat(addresses()).containsExactlyElementsOf(all);
        assertThat(addresses("127.0.0.1")).containsExactlyElementsOf(all);
        assertThat(addresses("localhost")).hasSize(20).contains("localhost:5802");
    }

    @Test
    void atThreePortsOfEachMachineAndAtThoseThatAreNamed() {
        assertThat(addresses("db-1", "10.0.0.21", "10.0.0.22:7000", "2001:db8::1", "[2001:db8::2]:7001"))
                .containsExactly(
                        "db-1:5801",
                        "db-1:5802",
                        "db-1:5803",
                        "10.0.0.21:5801",
                        "10.0.0.21:5802",
                        "10.0.0.21:5803",
                        "10.0.0.22:7000",
                        "[2001:db8::1]:5801",
                        "[2001:db8::1]:5802",
                        "[2001:db8::1]:5803",
                        "[2001:db8::2]:7001");
    }
}
