/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
    void aWebSocket(String app, ThreeNodes nodes) throws Exception {
        HttpUser user = new HttpUser();
        user.does(nodes.a(), app, "set:before=1", "list:l");
        user.get(nodes.a(), app + "/outside?keep=unused"); // the servlet opens the end point
        Answers answers = new Answers();
        URI address = URI.create(nodes.a().url(app + "/ws").toString().replaceFirst("http", "ws"));
        WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Cookie", user.cookieHeader(app + "/ws"))
                .buildAsync(address, answers)
                .get(20, TimeUnit.SECONDS);
        try {
            socket.sendText("set:n=1", true);
            assertThat(answers.next()).isEqualTo("set");
            socket.sendText("append:l=fish", true);
            assertThat(answers.next()).isEqualTo("1");
            await("seen by b")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(user.does(nodes.b(), app, "get:before", "get:n", "size:l"))
                            .containsExactly("1", "1", "1"));
            assertThat(Nodes.storedWith(nodes.c(), "fish")).isPositive();
        } finally {
            socket.abort();
        }
    }

    private static final class Answers implements WebSocket.Listener {
        private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            received.add(text.toString());
            socket.request(1);
            return null;
        }

        @Nullable
        String next() throws InterruptedException {
            return received.poll(20, TimeUnit.SECONDS);
        }
    }
}
