/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a visitor of one web application uses: keeps cookies, follows redirects. It sends its cookies to any address
 * that it is told to ask, so that a test can present them to the node of its choice.
 */
public final class Browser {
    private static final String SESSION_COOKIE = "JSESSIONID";
    private static final int REDIRECTS = 5;

    private final HttpClient client;
    private final Duration timeout;
    private final Map<String, String> cookies = new LinkedHashMap<>();

    public Browser(Duration timeout) {
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .build();
        this.timeout = timeout;
    }

    /** An answer, after redirects. */
    public record Page(URI uri, int status, String body) {}

    public Page get(URI uri) {
        return follow(HttpRequest.newBuilder(uri).GET());
    }

    public Page post(URI uri, Map<String, String> form) {
        String body = form.entrySet().stream()
                .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
                .collect(Collectors.joining("&"));
        return follow(HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** The whole session id that the browser holds, with its route. */
    public @Nullable String sessionId() {
        return cookies.get(SESSION_COOKIE);
    }

    /** Makes the browser present another session id; null makes it forget. */
    public void sessionId(@Nullable String id) {
        if (id == null) {
            cookies.remove(SESSION_COOKIE);
        } else {
            cookies.put(SESSION_COOKIE, id);
        }
    }

    private Page follow(HttpRequest.Builder first) {
        HttpResponse<String> response = send(first);
        for (int i = 0; i < REDIRECTS && response.statusCode() / 100 == 3; i++) {
            String location = response.headers().firstValue("Location").orElseThrow();
            response = send(HttpRequest.newBuilder(response.uri().resolve(location)));
        }
        return new Page(response.uri(), response.statusCode(), response.body());
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        if (!cookies.isEmpty()) {
            String header = cookies.entrySet().stream()
                    .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                    .collect(Collectors.joining("; "));
            request.header("Cookie", header);
        }
        try {
            HttpResponse<String> response =
                    client.send(request.timeout(timeout).build(), HttpResponse.BodyHandlers.ofString(UTF_8));
            response.headers().allValues("Set-Cookie").forEach(this::keep);
            return response;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }

    private void keep(String setCookie) {
        List<String> parts = List.of(setCookie.split(";"));
        String[] pair = parts.get(0).trim().split("=", 2);
        boolean ended = parts.stream().anyMatch(part -> part.trim().equalsIgnoreCase("Max-Age=0"));
        if (ended) {
            cookies.remove(pair[0]);
        } else {
            cookies.put(pair[0], pair.length == 2 ? pair[1] : "");
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8);
    }
}
