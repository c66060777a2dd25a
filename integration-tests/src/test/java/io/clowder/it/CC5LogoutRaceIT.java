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
    /** The case asks for 1,000: {@code -Dclowder.repetitions=1000}. */
    private static final int REPETITIONS = Integer.getInteger("clowder.repetitions", 400);

    private final HttpUser anyone = new HttpUser();

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void theSessionStaysGoneAndWhatWasBoundIsUnbound(String app, ThreeNodes three) {
        long before = stillBound(three, app);
        for (int i = 0; i < REPETITIONS; i++) {
            HttpUser user = new HttpUser();
            user.does(three.a(), app, "bind:stored", "list:list");
            String id = user.sessionId();

            // What it binds is known to nobody else; what it reads looks changed, as it is encoded after the end.
            String gate = "logout" + app + i;
            CompletableFuture<Answer> slow = user.getAsync(
                    three.a(),
                    HttpUser.doing(
                            app, "bind:unsaved", "bind:replaced", "append:list=1", "bind:replaced", "park:" + gate));
            assertThat(anyone.asks(three.a(), app, "parked:" + gate)).isEqualTo("through");
            assertThat(new HttpUser().comesWith(app, id).asks(three.b(), app, "end"))
                    .isEqualTo("ended");
            anyone.asks(three.a(), app, "open:" + gate);
            Answer answer = slow.join();
            assertThat(answer.status())
                    .as("repetition %d: %s", i, answer.body())
                    .isEqualTo(200);

            for (TomcatNode node : three.all()) {
                assertThat(new HttpUser().comesWith(app, id).asks(node, app, "found"))
                        .as("repetition %d at %s", i, node)
                        .isEqualTo("none");
            }
        }
        // Those that only this node knew of are told on a thread of Tomcat's.
        await("values bound and never unbound")
                .untilAsserted(() -> assertThat(stillBound(three, app)).isEqualTo(before));
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
