/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What async work changes is in the cluster when its response is complete. */
@ExtendWith(TwoNodes.Shared.class)
class AW1AsyncIT {
    private static final String APP = "/probe";
    private static final HttpClient H2C =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();

    @ParameterizedTest
    @ValueSource(strings = {"complete", "virtual", "start", "dispatch", "timeout", "write"})
    void asyncWorkIsSavedBeforeItsResponseIsComplete(String how, TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=before");
        long saves = Nodes.counter(two.a(), APP, "saves");

        Answer answer = user.get(two.a(), path(how));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(Nodes.counter(two.a(), APP, "saves") - saves).isEqualTo(1);
        assertThat(user.asks(two.b(), APP, "get:x")).isEqualTo("after");
    }

    @ParameterizedTest
    @ValueSource(strings = {"complete", "dispatch", "timeout", "write"})
    void overHttp2Too(String how, TwoNodes two) throws IOException, InterruptedException {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=before");
        // The first request of a connection asks for the upgrade; the second one is HTTP/2 from the beginning.
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> answer = H2C.send(
                    HttpRequest.newBuilder(two.a().url(path(how)))
                            .header("Cookie", user.cookieHeader(APP))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(user.does(two.b(), APP, "get:x", "set:x=before")).containsExactly("after", "ok");
            user.does(two.a(), APP, "get:x");
        }
    }

    /** Tomcat finishes the response of the error page before it tells the listeners; what these change is saved after it. */
    @Test
    void anErrorPageIsSavedBeforeItLeavesAndItsListenersAfterwards(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=before");

        Answer answer = user.get(two.a(), path("error"));

        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.body()).isEqualTo("oops");
        assertThat(user.asks(two.b(), APP, "get:lastError")).isEqualTo("after startAsync");
        await().untilAsserted(() -> assertThat(user.asks(two.b(), APP, "get:x")).isEqualTo("after"));
    }

    @Test
    void ourValvesSupportAsyncRequests(TwoNodes two) {
        List<String> valves = Nodes.bean(two.a(), "Catalina:type=Valve,host=localhost,name=ClowderValve*", "")
                .lines()
                .toList();
        assertThat(valves).hasSizeGreaterThan(1);
        assertThat(valves)
                .allSatisfy(name ->
                        assertThat(Nodes.bean(two.a(), name, "asyncSupported")).isEqualTo("true"));
    }

    private static String path(String how) {
        return APP + "/async?value=after&how=" + how;
    }
}
