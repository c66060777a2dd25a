/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clowder.chaos.Reply.Outcome;
import io.clowder.farm.TomcatDistribution;
import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Three real Tomcats with Clowder, each with a sticky and a roaming application. */
final class TomcatCluster implements Cluster {
    private static final List<String> ROUTES = List.of("a", "b", "c");
    private static final Duration START = Duration.ofSeconds(90);
    private static final Duration SAFE = Duration.ofSeconds(90);
    /** Longer than any freeze and the operation timeout together. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String COOKIE = "JSESSIONID=";
    private static final Pattern TITLE = Pattern.compile("<title>(.*?)</title>");

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final List<TomcatNode> nodes = new ArrayList<>();

    private TomcatCluster() {}

    /**
     * Starts the nodes and waits until they are a cluster.
     *
     * @param lib the jars that go into lib/
     * @param folder where they are laid out; it is emptied
     * @param port the first of the ports that the members try
     */
    static TomcatCluster start(TomcatDistribution tomcat, Path lib, Path folder, int port) throws InterruptedException {
        empty(folder);
        Path sticky = Archive.write(folder.resolve("wars/sticky.war"), "");
        Path roaming = Archive.write(folder.resolve("wars/roaming.war"), "affinity=\"roaming\"");
        TomcatCluster cluster = new TomcatCluster();
        try {
            for (String route : ROUTES) {
                cluster.nodes.add(TomcatNode.builder(tomcat, folder.resolve(route))
                        .route(route)
                        .libs(lib)
                        .app("sticky", sticky)
                        .app("roaming", roaming)
                        // A cluster of its own: other Tomcats of this machine are none of our business.
                        .server("<Listener className=\"io.clowder.tomcat.ServerListener\" clusterName=\"chaos-" + port
                                + "-" + ProcessHandle.current().pid() + "\" port=\"" + port + "\"/>")
                        .context("")
                        // Refuse connections until the applications are up.
                        .connectorAttributes("bindOnInit=\"false\"")
                        .jvmOptions("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
                        .start());
            }
            cluster.awaitSafe();
            return cluster;
        } catch (RuntimeException | InterruptedException e) {
            cluster.close();
            throw e;
        }
    }

    @Override
    public Reply ask(int node, Mode mode, @Nullable String id, Request request, Consumer<@Nullable String> firstByte)
            throws InterruptedException {
        String query = request.steps().stream()
                .map(step -> "s=" + URLEncoder.encode(step.text(), UTF_8))
                .collect(Collectors.joining("&"));
        HttpRequest.Builder builder = HttpRequest.newBuilder(
                        nodes.get(node).url("/" + mode.app() + "/do?shape=" + request.shape() + "&" + query))
                .timeout(PATIENCE)
                // Not a GET, which the client would repeat by itself.
                .POST(BodyPublishers.noBody());
        if (id != null) {
            builder.header("Cookie", COOKIE + id);
        }
        HttpResponse<InputStream> response;
        try {
            response = client.send(builder.build(), BodyHandlers.ofInputStream());
        } catch (ConnectException e) {
            return Reply.without(Outcome.REFUSED, "refused");
        } catch (IOException e) {
            return Reply.without(Outcome.BROKEN, "broken");
        }
        long at = System.nanoTime();
        int status = response.statusCode();
        if (status == 200 || status == 302) {
            firstByte.accept(cookie(response));
        }
        String body = body(response);
        if (status == 503) {
            return Reply.without(Outcome.UNAVAILABLE, "503");
        }
        if (status != 200 && status != 302) {
            return Reply.without(Outcome.FAILED, status + " " + titleOf(body));
        }
        return new Reply(
                Outcome.ANSWERED,
                at,
                response.headers().firstValue("X-Found").map("true"::equals).orElse(false),
                body == null ? null : lines(body, request),
                body == null ? "cut off" : Integer.toString(status));
    }

    /** Null if the connection broke before its end. */
    private static @Nullable String body(HttpResponse<InputStream> response) {
        try (InputStream in = response.body()) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            return null;
        }
    }

    /** The title of Tomcat's error page. */
    private static String titleOf(@Nullable String body) {
        Matcher title = TITLE.matcher(body == null ? "" : body);
        return title.find() ? title.group(1) : "without a title";
    }

    /** Null unless there is one for each step: a redirect has none, nor has a request without a session. */
    private static @Nullable List<String> lines(String body, Request request) {
        List<String> lines = body.lines().toList();
        int steps = request.steps().size();
        return lines.size() < steps ? null : lines.subList(0, steps);
    }

    private static @Nullable String cookie(HttpResponse<?> response) {
        return response.headers().allValues("Set-Cookie").stream()
                .filter(line -> line.startsWith(COOKIE))
                .map(line -> line.substring(COOKIE.length()).split(";", 2)[0])
                .filter(value -> !value.isEmpty())
                .findFirst()
                .orElse(null);
    }

    @Override
    public int home(String id) {
        int dot = id.lastIndexOf('.');
        return dot < 0 ? -1 : ROUTES.indexOf(id.substring(dot + 1));
    }

    @Override
    public void kill(int node) {
        nodes.get(node).kill();
    }

    @Override
    public void start(int node) {
        nodes.get(node).start();
    }

    @Override
    public void freeze(int node) {
        nodes.get(node).freeze();
    }

    @Override
    public void thaw(int node) {
        nodes.get(node).thaw();
    }

    @Override
    public void redeploy(int node) throws InterruptedException {
        for (String app : List.of("roaming", "sticky")) {
            // Asked through the other one.
            String through = app.equals("sticky") ? "roaming" : "sticky";
            node(node, through, "reload=" + app);
        }
    }

    @Override
    public void awaitSafe() throws InterruptedException {
        for (TomcatNode node : nodes) {
            node.awaitReady("/sticky/node", START).awaitReady("/roaming/node", START);
        }
        long deadline = System.nanoTime() + SAFE.toNanos();
        for (int node = 0; node < nodes.size(); node++) {
            String answer = node(node, "sticky", "");
            while (!answer.equals(nodes.size() + " members, safe")) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            nodes.get(node) + " does not see a safe cluster after " + SAFE + ": " + answer);
                }
                Thread.sleep(50);
                answer = node(node, "sticky", "");
            }
        }
    }

    private String node(int node, String app, String query) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(nodes.get(node).url("/" + app + "/node?" + query))
                .timeout(PATIENCE)
                .build();
        try {
            return client.send(request, BodyHandlers.ofString()).body();
        } catch (IOException e) {
            throw new UncheckedIOException(nodes.get(node) + " does not answer " + query, e);
        }
    }

    @Override
    public void pause(Duration time) throws InterruptedException {
        Thread.sleep(time.toMillis());
    }

    @Override
    public void close() {
        for (TomcatNode node : nodes) {
            node.close();
        }
    }

    /** Where the nodes write what they have to say. */
    List<Path> logs() {
        return nodes.stream()
                .map(node -> node.base().resolve("logs/catalina.out"))
                .toList();
    }

    private static void empty(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
