/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A new session's id is drawn so that the node that draws it owns its partition. */
@Tag("any-tomcat")
@ExtendWith(TwoNodes.Shared.class)
class HomeIT {
    private static final String APP = "/probe";

    @Test
    void aThousandNewSessionsAreAtHome(TwoNodes two) {
        long drawn = Nodes.counter(two.a(), APP, "sessionsDrawn");
        long atHome = Nodes.counter(two.a(), APP, "sessionsAtHome");
        for (int i = 0; i < 1_000; i++) {
            new HttpUser().does(two.a(), APP, "int:n=" + i);
        }
        assertThat(Nodes.counter(two.a(), APP, "sessionsDrawn") - drawn).isEqualTo(1_000);
        assertThat(Nodes.counter(two.a(), APP, "sessionsAtHome") - atHome).isBetween(990L, 1_000L);
    }
}
