/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** OUT-8: Tomcat stops soon, quietly and by itself, with the other node and without it. */
@ExtendWith(TwoNodes.Shared.class)
class OUT8ShutdownIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Test
    void theShutdownCommandEndsTheProcess(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), "/probe", "set:x=1");

        // No System.exit is involved: a thread that is no daemon would keep the process.
        int logged = two.a().log().length();
        two.nodes().sendShutdown(two.a());
        assertThat(two.a().awaitExit(LIMIT)).as("a ends within %s", LIMIT).isTrue();
        assertThat(two.a().exitCode()).isZero();
        assertQuiet(two.a(), logged);

        assertThat(user.asks(two.b(), "/probe", "get:x")).isEqualTo("1");
        logged = two.b().log().length();
        two.nodes().sendShutdown(two.b());
        assertThat(two.b().awaitExit(LIMIT))
                .as("b, now alone, ends within %s", LIMIT)
                .isTrue();
        assertThat(two.b().exitCode()).isZero();
        assertQuiet(two.b(), logged);
    }

    @Test
    void aSignalEndsTheProcess(TwoNodes two) {
        int logged = two.a().log().length();
        assertThat(two.a().stop(LIMIT)).isLessThan(LIMIT);
        assertQuiet(two.a(), logged);
    }

    @Test
    void aNodeWhoseOtherNodeWasKilledStopsToo(TwoNodes two) {
        new HttpUser().does(two.a(), "/probe", "set:x=1");
        two.a().kill();
        // Until then, Hazelcast tells of its attempts to reach the dead one.
        await().atMost(Duration.ofSeconds(30))
                .until(() -> Nodes.cluster(two.b(), "members").equals("1"));
        int logged = two.b().log().length();
        assertThat(two.b().stop(LIMIT)).isLessThan(LIMIT);
        assertQuiet(two.b(), logged);
    }

    private static void assertQuiet(TomcatNode node, int logged) {
        String log = node.log().substring(logged);
        List<String> loud = Stream.of("SEVERE", "Exception", "leak", "at io.clowder.")
                .flatMap(text -> Nodes.linesWith(log, text).stream())
                .toList();
        assertThat(loud).as("what %s wrote while it stopped", node).isEmpty();
    }
}
