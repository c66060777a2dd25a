/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A browser that goes to another node as soon as it has the first byte of an answer finds there what the request changed. */
@ExtendWith(TwoNodes.Shared.class)
class CC3RedirectIT {
    private static final String APP = "/probe";
    private static final int REDIRECTS = 2_000;
    private static final String[] ATTRIBUTES = {"get:a0", "get:a1", "get:a2", "get:a3", "get:a4"};
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void aRedirectIsNeverFasterThanItsSession(TwoNodes two) {
        HttpUser user = new HttpUser();
        for (int i = 0; i < REDIRECTS; i++) {
            TomcatNode here = i % 2 == 0 ? two.a() : two.b();
            Answer redirect = user.get(here, path("redirect", "r" + i));
            assertThat(redirect.status()).isEqualTo(302);
            seesAll(user, i % 4 < 2 ? two.b() : two.a(), "r" + i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "error", "page"})
    void nothingThatEndsTheAnswerIsFasterThanItsSession(String how, TwoNodes two) {
        HttpUser user = new HttpUser();
        for (int i = 0; i < 20; i++) {
            Answer answer = user.get(two.a(), path(how, how + i));
            assertThat(answer.status()).isEqualTo(how.equals("forward") ? 200 : how.equals("error") ? 404 : 500);
            seesAll(user, two.b(), how + i);
            if (how.equals("page")) {
                assertThat(user.asks(two.b(), APP, "get:lastError")).isEqualTo(how + i);
            }
        }
    }

    /** The answer has begun, and its request goes on until the test lets it. */
    @ParameterizedTest
    @ValueSource(strings = {"flush", "stream", "chunked", "text", "length", "include"})
    void theFirstByteIsNotFasterThanTheSession(String how, TwoNodes two) throws IOException, InterruptedException {
        HttpUser user = new HttpUser();
        for (int i = 0; i < 10; i++) {
            String value = how + i;
            user.does(two.a(), APP, "set:before=" + value);
            HttpRequest request = HttpRequest.newBuilder(two.a().url(path(how, value) + "&wait=true"))
                    .header("Cookie", user.cookieHeader(APP))
                    .build();
            HttpResponse<InputStream> answer = CLIENT.send(request, BodyHandlers.ofInputStream());
            try (InputStream body = answer.body()) {
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(body.read()).isPositive();
                seesAll(user, two.b(), value);
                assertThat(new HttpUser()
                                .get(two.a(), APP + "/first?open=" + value)
                                .status())
                        .isEqualTo(200);
                assertThat(new String(body.readAllBytes(), UTF_8)).matches("egun|x+");
            }
        }
    }

    private static String path(String how, String value) {
        return APP + "/first?how=" + how + "&value=" + value;
    }

    private static void seesAll(HttpUser user, TomcatNode node, String value) {
        String[] expected = new String[ATTRIBUTES.length];
        Arrays.fill(expected, value);
        assertThat(user.does(node, APP, ATTRIBUTES)).containsExactly(expected);
    }
}
