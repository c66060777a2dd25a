/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clowder.chaos.Reply.Outcome;
import io.clowder.farm.TomcatDistribution;
import io.clowder.farm.TomcatLayout;
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
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Three real Tomcats with Clowder, each with a sticky and a roaming application; they keep the sessions, or are clients. */
final class TomcatCluster implements Cluster {
    static final List<String> APPS = List.of("roaming", "sticky");

    private static final List<String> ROUTES = List.of("a", "b", "c");
    private static final String ADMIN = "admin";
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

    /** Where the archives are, if applications are deployed anew and not just reloaded. */
    private final @Nullable Path wars;

    /** What keeps the sessions, if the nodes do not. */
    private final @Nullable DedicatedCluster dedicated;

    private TomcatCluster(@Nullable Path wars, @Nullable DedicatedCluster dedicated) {
        this.wars = wars;
        this.dedicated = dedicated;
    }

    /**
     * Starts the nodes and waits until they are a cluster.
     *
     * @param lib the jars that go into lib/
     * @param folder where they are laid out; it is emptied
     * @param port the first of the ports that the members try
     */
    static TomcatCluster start(TomcatDistribution tomcat, Path lib, Path folder, int port) throws InterruptedException {
        return start(tomcat, lib, folder, port, new Setup("", "", false, builder -> builder), null);
    }

    /**
     * As above, of nodes that are clients of two dedicated members: whose session a node lacks while it is alone is refused, as a
     * balancer does not know which node has the only copy.
     */
    static TomcatCluster startClients(TomcatDistribution tomcat, Path lib, Path folder, int port)
            throws InterruptedException {
        empty(folder);
        DedicatedCluster dedicated = new DedicatedCluster(lib, folder.resolve("members"), name(port), port);
        try {
            dedicated.start();
            Setup setup = new Setup("onOutage=\"fail\"", "", false, builder -> builder);
            return start(tomcat, lib, folder, port, setup, dedicated);
        } catch (RuntimeException | InterruptedException e) {
            dedicated.close();
            throw e;
        }
    }

    /** Of a cluster of its own: other Tomcats of this machine are none of our business. */
    private static String name(int port) {
        return "chaos-" + port + "-" + ProcessHandle.current().pid();
    }

    /**
     * As above, with sessions that last seconds: the nodes look for idle ones each second. There is a login, and an application
     * is redeployed by undeploying it and deploying it anew.
     */
    static TomcatCluster startShortLived(TomcatDistribution tomcat, Path lib, Path folder, int port)
            throws InterruptedException {
        String login = "<login-config><auth-method>BASIC</auth-method></login-config>";
        Setup setup = new Setup(
                "processExpiresFrequency=\"1\"",
                login,
                true,
                builder -> builder.contextAttributes("backgroundProcessorDelay=\"1\"")
                        .user("tom", "cat", "cat")
                        .user(ADMIN, ADMIN, "manager-script")
                        .app("manager", tomcat.home().resolve("webapps/manager"))
                        // What only memory pressure would free is no leak.
                        .jvmOptions("-XX:SoftRefLRUPolicyMSPerMB=0"));
        return start(tomcat, lib, folder, port, setup, null);
    }

    /**
     * What differs between runs.
     *
     * @param manager attributes of the applications' Manager
     * @param webXml what their web.xml has besides the servlets
     * @param deploys whether they are deployed anew, and not just reloaded
     * @param more what the nodes have besides
     */
    private record Setup(String manager, String webXml, boolean deploys, UnaryOperator<TomcatLayout.Builder> more) {}

    private static TomcatCluster start(
            TomcatDistribution tomcat,
            Path lib,
            Path folder,
            int port,
            Setup setup,
            @Nullable DedicatedCluster dedicated)
            throws InterruptedException {
        if (dedicated == null) {
            empty(folder);
        }
        String membership = dedicated == null ? "port=\"" + port + "\"" : dedicated.attributes();
        Path wars = folder.resolve("wars");
        Path sticky = Archive.write(wars.resolve("sticky.war"), setup.manager(), setup.webXml());
        String affinity = " affinity=\"roaming\"";
        Path roaming = Archive.write(wars.resolve("roaming.war"), setup.manager() + affinity, setup.webXml());
        TomcatCluster cluster = new TomcatCluster(setup.deploys() ? wars : null, dedicated);
        try {
            for (String route : ROUTES) {
                TomcatLayout.Builder builder = TomcatNode.builder(tomcat, folder.resolve(route))
                        .route(route)
                        .libs(lib)
                        .app("sticky", sticky)
                        .app("roaming", roaming)
                        .server("<Listener className=\"io.clowder.tomcat.ServerListener\" clusterName=\"" + name(port)
                                + "\" " + membership + "/>")
                        .context("")
                        // Refuse connections until the applications are up.
                        .connectorAttributes("bindOnInit=\"false\"")
                        .jvmOptions("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto");
                cluster.nodes.add(setup.more().apply(builder).start());
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
        if (wars != null) {
            for (String app : APPS) {
                deploy(node, app, wars.resolve(app + ".war"));
            }
            return;
        }
        for (String app : APPS) {
            // Asked through the other one.
            String through = app.equals("sticky") ? "roaming" : "sticky";
            node(node, through, "reload=" + app);
        }
    }

    /** A cluster that does not forget hangs for so long, which the nodes may notice or not. */
    @Override
    public void outage(Duration time, boolean forgets) throws InterruptedException {
        if (dedicated == null) {
            Cluster.super.outage(time, forgets);
        } else if (forgets) {
            dedicated.kill();
            pause(time);
            dedicated.start();
        } else {
            dedicated.freeze();
            try {
                pause(time);
            } finally {
                dedicated.thaw();
            }
        }
        awaitSafe();
    }

    private void deploy(int node, String app, Path war) throws InterruptedException {
        String password = Base64.getEncoder().encodeToString((ADMIN + ":" + ADMIN).getBytes(UTF_8));
        String query = "path=/" + app + "&update=true&war=file:" + URLEncoder.encode(war.toString(), UTF_8);
        HttpRequest request = HttpRequest.newBuilder(nodes.get(node).url("/manager/text/deploy?" + query))
                .timeout(PATIENCE)
                .header("Authorization", "Basic " + password)
                .build();
        String answer = body(nodes.get(node), request);
        if (!answer.startsWith("OK")) {
            throw new IllegalStateException(nodes.get(node) + " does not deploy " + app + ": " + answer);
        }
    }

    /** The nodes themselves, in the order of their numbers. */
    List<TomcatNode> nodes() {
        return nodes;
    }

    @Override
    public void awaitSafe() throws InterruptedException {
        for (TomcatNode node : nodes) {
            node.awaitReady("/sticky/node", START).awaitReady("/roaming/node", START);
        }
        String safe =
                dedicated == null ? nodes.size() + " members, safe" : DedicatedCluster.SIZE + " members, CLUSTERED";
        long deadline = System.nanoTime() + SAFE.toNanos();
        for (int node = 0; node < nodes.size(); node++) {
            String answer = node(node, "sticky", "");
            while (!answer.equals(safe)) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            nodes.get(node) + " does not see a safe cluster after " + SAFE + ": " + answer);
                }
                Thread.sleep(50);
                answer = node(node, "sticky", "");
            }
        }
    }

    /** What the servlet that knows the node says. */
    String node(int node, String app, String query) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(nodes.get(node).url("/" + app + "/node?" + query))
                .timeout(PATIENCE)
                .build();
        return body(nodes.get(node), request);
    }

    private String body(TomcatNode node, HttpRequest request) throws InterruptedException {
        try {
            return client.send(request, BodyHandlers.ofString()).body();
        } catch (IOException e) {
            throw new UncheckedIOException(node + " does not answer " + request.uri(), e);
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
        if (dedicated != null) {
            dedicated.close();
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
