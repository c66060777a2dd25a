/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CC-1: requests that change different attributes keep each other's work, on whichever nodes they run. */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
class CC1LostUpdateIT {
    private static final int INTERLEAVINGS = 500;
    private static final int SESSIONS = 4;
    private static final int REQUESTS = 4;

    private final HttpUser anyone = new HttpUser();

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void aSlowReaderPutsNothingBack(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "int:x=1", "list:list");

        String gate = "reader" + app;
        CompletableFuture<Answer> slow =
                user.getAsync(three.a(), HttpUser.doing(app, "get:x", "size:list", "park:" + gate));
        assertThat(anyone.asks(three.a(), app, "parked:" + gate)).isEqualTo("through");
        user.does(three.b(), app, "int:x=2");
        user.does(three.c(), app, "int:y=3");
        anyone.asks(three.a(), app, "open:" + gate);
        assertThat(slow.join().lines()).containsExactly("1", "0", "through");

        for (TomcatNode node : three.all()) {
            assertThat(user.does(node, app, "get:x", "get:y")).containsExactly("2", "3");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void noneOfManyInterleavingsLosesAWrite(String app, ThreeNodes three) {
        Clients.work(SESSIONS, (session, connections) -> {
            Random random = new Random(session);
            HttpUser user = new HttpUser();
            user.does(three.turn(session), app, "int:x=0");
            for (int i = 0; i < INTERLEAVINGS / SESSIONS; i++) {
                List<CompletableFuture<Answer>> requests = new ArrayList<>();
                for (int r = 0; r < REQUESTS; r++) {
                    requests.add(user.getAsync(
                            three.turn(random.nextInt(3)),
                            HttpUser.doing(
                                    app,
                                    "get:w" + random.nextInt(REQUESTS),
                                    "sleep:" + random.nextInt(4),
                                    "int:w" + r + "=" + i,
                                    "sleep:" + random.nextInt(4))));
                }
                for (CompletableFuture<Answer> request : requests) {
                    assertThat(request.join().status()).isEqualTo(200);
                }
                String[] reads =
                        IntStream.range(0, REQUESTS).mapToObj(r -> "get:w" + r).toArray(String[]::new);
                for (TomcatNode node : three.all()) {
                    assertThat(connections.does(user, node, app, reads))
                            .as("interleaving %d of session %d, read at %s", i, session, node)
                            .containsOnly("" + i);
                }
            }
            return user;
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void ofOneAttributeTheLastWriteStaysWhoeverSavesLastAndTheConflictIsCounted(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "set:x=first");
        long conflicts = three.counter(app, "conflicts");

        String gate = "conflict" + app;
        CompletableFuture<Answer> slow =
                user.getAsync(three.a(), HttpUser.doing(app, "set:x=saved last", "park:" + gate));
        assertThat(anyone.asks(three.a(), app, "parked:" + gate)).isEqualTo("through");
        user.does(three.b(), app, "set:x=written last");
        anyone.asks(three.a(), app, "open:" + gate);
        assertThat(slow.join().status()).isEqualTo(200);

        for (TomcatNode node : three.all()) {
            assertThat(user.asks(node, app, "get:x")).isEqualTo("written last");
        }
        assertThat(three.counter(app, "conflicts") - conflicts).isEqualTo(1);
    }
}
