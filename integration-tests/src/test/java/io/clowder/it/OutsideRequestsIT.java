/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application does to a session where no request does: other nodes hear of it soon, and it survives its node. */
@ExtendWith(ThreeNodes.Shared.class)
class OutsideRequestsIT {
    /** The product says a quarter of a second; the rest is for the machine. */
    private static final Duration SOON = Duration.ofSeconds(5);

    @ParameterizedTest
    @CsvSource({
        ThreeNodes.STICKY + ", keep",
        ThreeNodes.ROAMING + ", keep",
        ThreeNodes.STICKY + ", accessor",
        ThreeNodes.ROAMING + ", accessor"
    })
    void aThreadOfTheApplication(String app, String way, ThreeNodes nodes) {
        HttpUser user = new HttpUser();
        user.does(nodes.a(), app, "set:before=1", "list:l");
        String name = "thread-" + System.nanoTime();
        assertThat(user.get(nodes.a(), app + "/outside?" + way + "=" + name).status())
                .isEqualTo(200);
        HttpUser nobody = new HttpUser();
        assertThat(nobody.get(nodes.a(), app + "/outside?use=" + name + "&do=set:n=1")
                        .body())
                .isEqualTo("set");
        assertThat(nobody.get(nodes.a(), app + "/outside?use=" + name + "&do=append:l=fish")
                        .body())
                .isEqualTo("1");
        await("seen by b")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(user.does(nodes.b(), app, "get:before", "get:n", "size:l"))
                        .containsExactly("1", "1", "1"));
        // Another node has it now, and the thread goes on.
        assertThat(nobody.get(nodes.a(), app + "/outside?use=" + name + "&do=set:n=2")
                        .body())
                .isEqualTo("set");
        await("seen by c")
                .atMost(SOON)
                .untilAsserted(
                        () -> assertThat(user.asks(nodes.c(), app, "get:n")).isEqualTo("2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void aWebSocket(String app, ThreeNodes nodes) {
        HttpUser user = new HttpUser();
        user.does(nodes.a(), app, "set:before=1", "list:l");
        try (UserSocket socket = UserSocket.open(user, nodes.a(), app)) {
            assertThat(socket.asks("set:n=1")).isEqualTo("set");
            assertThat(socket.asks("append:l=fish")).isEqualTo("1");
            await("seen by b")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(user.does(nodes.b(), app, "get:before", "get:n", "size:l"))
                            .containsExactly("1", "1", "1"));
            assertThat(Nodes.storedWith(nodes.c(), "fish")).isPositive();
        }
    }
}
