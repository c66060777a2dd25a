/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One client with its own cookies, which asks the node that the test names: a browser behind a load balancer whose
 * choice the test makes. One thread at a time, but for the asynchronous requests.
 */
final class HttpUser {
    static final String COOKIE = "JSESSIONID";

    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    /** By path and name, the longest path first. */
    private final Map<String, Cookie> cookies = new TreeMap<>(
            (one, other) -> one.length() == other.length() ? one.compareTo(other) : other.length() - one.length());

    private final Map<String, String> headers = new LinkedHashMap<>();

    private record Cookie(String path, String name, String value) {
        boolean isFor(String requested) {
            return path.equals("/") || requested.equals(path) || requested.startsWith(path + "/");
        }
    }

    /** The probe's steps at {@code <app>/do}, one line of the answer for each; the status must be 200. */
    List<String> does(TomcatNode node, String app, String... steps) {
        Answer answer = get(node, doing(app, steps));
        assertThat(answer.status())
                .as("%s%s %s: %s", node, app, List.of(steps), answer.body())
                .isEqualTo(200);
        assertThat(answer.lines()).as("%s%s %s", node, app, List.of(steps)).hasSize(steps.length);
        return answer.lines();
    }

    /** As {@link #does}, for one step. */
    String asks(TomcatNode node, String app, String step) {
        return does(node, app, step).get(0);
    }

    /** The path of a request that takes the probe's steps. */
    static String doing(String app, String... steps) {
        return app + "/do" + query(steps);
    }

    static String query(String... steps) {
        return Stream.of(steps)
                .map(step -> "q=" + URLEncoder.encode(step, UTF_8))
                .collect(Collectors.joining("&", "?", ""));
    }

    Answer get(TomcatNode node, String path) {
        return joined(getAsync(node, path));
    }

    /** A form that is sent. */
    Answer post(TomcatNode node, String path, String form) {
        return joined(sent(
                path,
                request(node, path)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form))));
    }

    CompletableFuture<Answer> getAsync(TomcatNode node, String path) {
        return sent(path, request(node, path).GET());
    }

    private HttpRequest.Builder request(TomcatNode node, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.url(path)).timeout(PATIENCE);
        String header = cookieHeader(path);
        if (!header.isEmpty() && !headers.containsKey("Cookie")) {
            request.header("Cookie", header);
        }
        headers.forEach(request::header);
        return request;
    }

    private CompletableFuture<Answer> sent(String path, HttpRequest.Builder request) {
        return CLIENT.sendAsync(request.build(), BodyHandlers.ofString())
                .thenApply(response -> received(Answer.of(response), path));
    }

    /** Opens a connection to a node and prepares a request, which leaves when {@link WaitingRequest#send} is called. */
    WaitingRequest waiting(TomcatNode node, String path) {
        return new WaitingRequest(this, node, path);
    }

    Answer received(Answer answer, String path) {
        answer.setCookies().forEach(line -> keep(line, path));
        return answer;
    }

    private static Answer joined(CompletableFuture<Answer> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw new AssertionError(String.valueOf(e.getCause()), e.getCause());
        }
    }

    private synchronized void keep(String setCookie, String requested) {
        String[] parts = setCookie.split(";");
        int equals = parts[0].indexOf('=');
        String name = parts[0].substring(0, equals).trim();
        String value = parts[0].substring(equals + 1).trim();
        String path = attribute(parts, "Path")
                .orElse(requested.substring(
                        0, Math.max(1, URI.create(requested).getPath().lastIndexOf('/'))));
        String key = path + "=" + name;
        if (isTakenBack(parts)) {
            cookies.remove(key);
        } else {
            cookies.put(key, new Cookie(path, name, value));
        }
    }

    private static Optional<String> attribute(String[] parts, String name) {
        return Stream.of(parts)
                .map(String::trim)
                .filter(part -> part.regionMatches(true, 0, name + "=", 0, name.length() + 1))
                .map(part -> part.substring(name.length() + 1))
                .findFirst();
    }

    /** Tomcat 10.1 says it by Max-Age and Expires, Tomcat 11 by Expires alone. */
    private static boolean isTakenBack(String[] parts) {
        return attribute(parts, "Max-Age")
                .map(age -> age.equals("0"))
                .orElseGet(() -> attribute(parts, "Expires")
                        .map(date -> Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date)))
                        .filter(Instant.now()::isAfter)
                        .isPresent());
    }

    synchronized String cookieHeader(String path) {
        String requested = path.split("[;?]", 2)[0];
        return cookies.values().stream()
                .filter(cookie -> cookie.isFor(requested))
                .map(cookie -> cookie.name() + "=" + cookie.value())
                .collect(Collectors.joining("; "));
    }

    /** The value of the session cookie, with the route. */
    synchronized String sessionId() {
        List<String> found = cookies.values().stream()
                .filter(cookie -> cookie.name().equals(COOKIE))
                .map(Cookie::value)
                .toList();
        assertThat(found).as("session cookies").hasSize(1);
        return found.get(0);
    }

    /** The session cookie of one of several applications. */
    synchronized String sessionIdOf(String app) {
        return Objects.requireNonNull(cookies.get(app + "=" + COOKIE)).value();
    }

    /** The value of a cookie that is not the session's; empty when there is none. */
    synchronized String cookie(String name) {
        return cookies.values().stream()
                .filter(cookie -> cookie.name().equals(name))
                .map(Cookie::value)
                .findFirst()
                .orElse("");
    }

    /** Comes with the user agent of a crawler. */
    HttpUser agent(String name) {
        headers.put("User-Agent", name);
        return this;
    }

    /** The session's id without the route. */
    String base() {
        return sessionId().split("\\.", 2)[0];
    }

    /** The route in the session cookie; empty without one. */
    String route() {
        String[] parts = sessionId().split("\\.", 2);
        return parts.length == 2 ? parts[1] : "";
    }

    /** Puts another value into the session cookie, as an old tab or a careless balancer does. */
    synchronized HttpUser presents(String sessionId) {
        cookies.replaceAll((key, cookie) ->
                cookie.name().equals(COOKIE) ? new Cookie(cookie.path(), cookie.name(), sessionId) : cookie);
        return this;
    }

    /** Comes with a session cookie that this client was never given. */
    synchronized HttpUser comesWith(String path, String sessionId) {
        cookies.put(path + "=" + COOKIE, new Cookie(path, COOKIE, sessionId));
        return this;
    }

    HttpUser basicLogin(String name, String password) {
        return sends(
                "Authorization",
                "Basic " + Base64.getEncoder().encodeToString((name + ":" + password).getBytes(UTF_8)));
    }

    /** From now on sends this header with each request; a {@code Cookie} in place of the cookies it was given. */
    HttpUser sends(String header, String value) {
        headers.put(header, value);
        return this;
    }

    HttpUser sendsNo(String header) {
        headers.remove(header);
        return this;
    }

    HttpUser withoutLogin() {
        return sendsNo("Authorization");
    }

    static String routeOf(TomcatNode node) {
        return Objects.requireNonNull(node.route());
    }
}
