/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clowder.farm.TomcatDistribution;
import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The running nodes of one contender. */
final class Stand implements AutoCloseable {
    static final String STICKY = "sticky";
    static final String ROAMING = "roaming";

    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration TOGETHER = Duration.ofMinutes(1);
    private static final String APP = "io/clowder/bench/app";
    private static final String WEB_XML = """
            <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0" metadata-complete="true">
              <absolute-ordering/>
              <distributable/>
              <servlet><servlet-name>do</servlet-name><servlet-class>%s</servlet-class></servlet>
              <servlet>
                <servlet-name>node</servlet-name>
                <servlet-class>io.clowder.bench.app.NodeServlet</servlet-class>
              </servlet>
              <servlet>
                <servlet-name>members</servlet-name>
                <servlet-class>io.clowder.bench.app.MembersServlet</servlet-class>
              </servlet>
              <servlet-mapping><servlet-name>do</servlet-name><url-pattern>/do</url-pattern></servlet-mapping>
              <servlet-mapping><servlet-name>node</servlet-name><url-pattern>/node</url-pattern></servlet-mapping>
              <servlet-mapping><servlet-name>members</servlet-name><url-pattern>/members</url-pattern></servlet-mapping>
            </web-app>
            """;

    private final Contender contender;
    private final List<TomcatNode> nodes = new ArrayList<>();
    private final List<Process> others = new ArrayList<>();

    private Stand(Contender contender) {
        this.contender = contender;
    }

    /**
     * Starts the nodes; they are ready when {@link #awaitReady} returns.
     *
     * @param folder where they are laid out
     * @param heap in MB, of each node
     */
    static Stand start(Contender contender, TomcatDistribution tomcat, Path folder, int count, int heap)
            throws IOException {
        Stand stand = new Stand(contender);
        try {
            for (int i = 0; i < count; i++) {
                Path base = folder.resolve(contender.key()).resolve("node-" + i).toAbsolutePath();
                TomcatLayout.Builder builder = TomcatNode.builder(tomcat, base)
                        .route("n" + i)
                        .host(context(contender, base, STICKY) + context(contender, base, ROAMING))
                        .connectorAttributes("maxKeepAliveRequests=\"-1\" keepAliveTimeout=\"-1\" bindOnInit=\"false\"")
                        .jvmOptions("-Xms" + heap + "m", "-Xmx" + heap + "m");
                contender.layOut(builder, i);
                stand.nodes.add(builder.build());
            }
            stand.others.addAll(contender.prepare(stand.nodes));
            stand.nodes.forEach(TomcatNode::start);
            return stand;
        } catch (IOException | RuntimeException e) {
            stand.close();
            throw e;
        }
    }

    private static String context(Contender contender, Path base, String app) throws IOException {
        Path web = base.resolve("app/WEB-INF");
        copy(APP, web.resolve("classes"));
        Files.writeString(web.resolve("web.xml"), WEB_XML.formatted(contender.servlet()));
        return "<Context path=\"/" + app + "\" docBase=\"" + base.resolve("app") + "\">" + contender.manager(app)
                + "</Context>";
    }

    /** Copies what the build of this module has made of one package, or of one folder of resources. */
    static void copy(String part, Path root) throws IOException {
        Path to = Files.createDirectories(root.resolve(part));
        try (Stream<Path> files = Files.list(classes().resolve(part))) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** Where the classes of this module are. */
    private static Path classes() {
        try {
            return Path.of(Stand.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    Contender contender() {
        return contender;
    }

    List<Integer> ports() {
        return nodes.stream().map(TomcatNode::port).toList();
    }

    /** All that work for it: its Tomcats, and what they store in. */
    List<Long> pids() {
        List<Long> pids = new ArrayList<>(nodes.stream().map(TomcatNode::pid).toList());
        others.forEach(other -> pids.add(other.pid()));
        return pids;
    }

    /** What its nodes have sent each other, or the server that they store in, since they started. */
    @Nullable
    Traffic traffic() {
        return Traffic.at(contender.span()::has);
    }

    /** Waits until the nodes answer and, where sessions are shared, until each sees the sessions of the first. */
    void awaitReady() throws IOException {
        for (TomcatNode node : nodes) {
            node.awaitReady("/" + STICKY + "/do?r0", START).awaitReady("/" + ROAMING + "/do?r0", START);
        }
        if (contender.hasMembers()) {
            await("not one cluster", this::restless);
        }
        if (contender.isShared()) {
            for (String app : List.of(STICKY, ROAMING)) {
                await("sessions are not shared", () -> apart(app));
            }
        }
    }

    /** Something that may be asked again; empty when all is well. */
    private interface Trouble {
        String now() throws IOException;
    }

    private void await(String what, Trouble trouble) throws IOException {
        long deadline = System.nanoTime() + TOGETHER.toNanos();
        String last = trouble.now();
        while (!last.isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(contender.title() + ": " + what + ": " + last + "; see "
                        + nodes.get(0).base());
            }
            pause();
            last = trouble.now();
        }
    }

    /** Whose member lacks others, or still moves partitions; empty if none does. */
    private String restless() throws IOException {
        for (int i = 0; i < nodes.size(); i++) {
            String seen = ask(i, "members");
            if (!seen.equals(nodes.size() + " safe")) {
                return nodes.get(i) + " sees " + seen;
            }
        }
        return "";
    }

    /** What goes wrong when new sessions wander over all nodes; empty if nothing does. */
    private String apart(String app) throws IOException {
        try (Load load = new Load(ports(), app, true, false, nodes.size(), nodes.size(), nodes.size())) {
            load.make();
            pause();
            return load.run(Script.READ, TOGETHER, 2L * nodes.size()).faults();
        }
    }

    private static void pause() {
        try {
            // Asynchronous replication takes a moment.
            Thread.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The bytes in use on a node's heap, after collections. */
    long heap(int node) throws IOException {
        return Long.parseLong(ask(node, "node"));
    }

    /** An attribute of the Manager of an application, added up over all nodes. */
    long counter(String app, String attribute) throws IOException {
        long sum = 0;
        String bean = URLEncoder.encode("Catalina:type=Manager,host=localhost,context=/" + app, UTF_8);
        for (int i = 0; i < nodes.size(); i++) {
            sum += Long.parseLong(ask(i, "node?bean=" + bean + "&attribute=" + attribute));
        }
        return sum;
    }

    private String ask(int node, String path) throws IOException {
        try (InputStream in =
                nodes.get(node).url("/" + STICKY + "/" + path).toURL().openStream()) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    @Override
    public void close() {
        nodes.forEach(TomcatNode::close);
        others.forEach(Process::destroy);
    }
}
