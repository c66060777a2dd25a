/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a dedicated member is told; that it runs, and ends in order, is seen in integration-tests and conf-examples. */
class DedicatedMemberTest {

    private static ClusterSettings settings(Map<String, String> environment, String... arguments) {
        return DedicatedMember.settings(arguments, environment, Path.of(""));
    }

    @Test
    void saysNothing() {
        assertThat(settings(Map.of())).isEqualTo(ClusterSettings.defaults());
        assertThat(settings(Map.of("CLOWDER_MEMBERS", " "))).isEqualTo(ClusterSettings.defaults());
    }

    @Test
    void argumentsGoBeforeTheEnvironment() {
        Map<String, String> environment = Map.of(
                "CLOWDER_CLUSTER_NAME", "shop",
                "CLOWDER_MEMBERS", "10.0.0.21, 10.0.0.22",
                "CLOWDER_INTERFACE", "10.0.0.*",
                "CLOWDER_PORT", "6000");
        assertThat(settings(environment, "port=7000"))
                .isEqualTo(new ClusterSettings("shop", List.of("10.0.0.21", "10.0.0.22"), "10.0.0.*", 7000, null));
    }

    @Test
    void whatItDoesNotKnowIsRefused() {
        for (String wrong : List.of("colour=red", "clusterName", "=x", "topology=client")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> settings(Map.of(), wrong))
                    .withMessage("arguments must be name=value, with the names clusterName, members, interface, port,"
                            + " config; was '" + wrong + "'");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(Map.of("CLOWDER_PORT", "none")))
                .withMessageStartingWith("port must be between 1024 and 65516");
    }
}
