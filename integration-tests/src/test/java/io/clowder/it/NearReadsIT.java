/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What {@code reads="near"} spares and gives up; see docs/consistency.md. */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
class NearReadsIT {
    private static final String APP = ThreeNodes.NEAR;

    @Test
    void readsAskNobodyUntilSomebodyWrites(ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), APP, "int:n=1");
        // The session is kept where it was created, so b reads it from its near cache.
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            long misses = Nodes.counter(three.b(), APP, "nearMisses");
            user.asks(three.b(), APP, "get:n");
            long operations = Nodes.counter(three.b(), APP, "storeOperations");
            assertThat(user.asks(three.b(), APP, "get:n")).isEqualTo("1");
            return Nodes.counter(three.b(), APP, "nearMisses") == misses
                    && Nodes.counter(three.b(), APP, "storeOperations") == operations;
        });
        long operations = Nodes.counter(three.b(), APP, "storeOperations");
        long reads = Nodes.counter(three.b(), APP, "nearReads");
        long misses = Nodes.counter(three.b(), APP, "nearMisses");
        for (int i = 0; i < 200; i++) {
            assertThat(user.asks(three.b(), APP, "get:n")).isEqualTo("1");
        }
        assertThat(Nodes.counter(three.b(), APP, "storeOperations")).isEqualTo(operations);
        assertThat(Nodes.counter(three.b(), APP, "nearReads")).isEqualTo(reads + 200);
        // A record is near for a minute at most.
        assertThat(Nodes.counter(three.b(), APP, "nearMisses")).isBetween(misses, misses + 1);

        user.does(three.c(), APP, "int:n=2");
        await().atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> user.asks(three.b(), APP, "get:n").equals("2"));
    }

    @Test
    void aNodeSeesItsOwnWritesAtOnce(ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), APP, "int:n=0");
        await().atMost(Duration.ofSeconds(5))
                .until(() -> user.asks(three.b(), APP, "get:n").equals("0"));
        for (int i = 1; i <= 300; i++) {
            assertThat(user.asks(three.b(), APP, "inc:n")).isEqualTo("" + i);
            assertThat(user.asks(three.b(), APP, "get:n")).isEqualTo("" + i);
        }
    }

    @Test
    void anEndIsHeardOf(ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), APP, "int:n=1");
        String id = user.sessionId();
        HttpUser other = new HttpUser().comesWith(APP, id);
        await().atMost(Duration.ofSeconds(5))
                .until(() -> other.asks(three.b(), APP, "found").equals("n"));
        user.does(three.a(), APP, "end");
        await().atMost(Duration.ofSeconds(5))
                .until(() -> other.asks(three.b(), APP, "found").equals("none"));
    }
}
