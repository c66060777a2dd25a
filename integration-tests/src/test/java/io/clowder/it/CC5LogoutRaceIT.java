/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CC-5: a request that is still at work when its session is ended elsewhere neither revives it nor fails. */
@ExtendWith(ThreeNodes.Shared.class)
class CC5LogoutRaceIT {
    private static final int REPETITIONS = 1_000;

    private static final int CLIENTS = 8;

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void theSessionStaysGoneAndWhatWasBoundIsUnbound(String app, ThreeNodes three) {
        long before = stillBound(three, app);
        Clients.work(CLIENTS, (client, connections) -> {
            for (int i = client; i < REPETITIONS; i += CLIENTS) {
                logoutDuringARequest(app, i, three, connections);
            }
            return "";
        });
        // Those that only this node knew of are told on a thread of Tomcat's.
        await("values bound and never unbound")
                .untilAsserted(() -> assertThat(stillBound(three, app)).isEqualTo(before));
    }

    private static void logoutDuringARequest(
            String app, int repetition, ThreeNodes three, KeptConnections connections) {
        HttpUser anyone = new HttpUser();
        HttpUser user = new HttpUser();
        connections.does(user, three.a(), app, "bind:stored", "list:list");
        String id = user.sessionId();
        // On the same connection: Tomcat is through with the first request, whose last save would take along what comes
        // now.
        connections.asks(anyone, three.a(), app, "hello");

        // What it binds is known to nobody else; what it reads looks changed, as it is encoded after the end.
        String gate = "logout" + app + repetition;
        CompletableFuture<Answer> slow = user.getAsync(
                three.a(),
                HttpUser.doing(app, "bind:unsaved", "append:list=1", "bind:replaced", "bind:replaced", "park:" + gate));
        assertThat(connections.asks(anyone, three.a(), app, "parked:" + gate)).isEqualTo("through");
        assertThat(connections.asks(new HttpUser().comesWith(app, id), three.b(), app, "end"))
                .isEqualTo("ended");
        connections.asks(anyone, three.a(), app, "open:" + gate);
        Answer answer = slow.join();
        assertThat(answer.status())
                .as("repetition %d: %s", repetition, answer.body())
                .isEqualTo(200);

        for (TomcatNode node : three.all()) {
            assertThat(connections.asks(new HttpUser().comesWith(app, id), node, app, "found"))
                    .as("repetition %d at %s", repetition, node)
                    .isEqualTo("none");
        }
    }

    /** How many more values the application was told to be bound than unbound. */
    private static long stillBound(ThreeNodes three, String app) {
        long sum = 0;
        for (TomcatNode node : three.all()) {
            String[] counts =
                    new HttpUser().get(node, app + "/node?bindings=all").body().split(" ");
            sum += Long.parseLong(counts[0]) - Long.parseLong(counts[1]);
        }
        return sum;
    }
}
