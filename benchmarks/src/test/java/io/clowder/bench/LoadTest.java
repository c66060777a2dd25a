/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.clowder.bench.app.Texts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nothing that a server may do wrong passes as an answer. */
class LoadTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int CLIENTS = 4;

    private final Map<String, Integer> counters = new ConcurrentHashMap<>();
    private final List<HttpServer> servers = new ArrayList<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile Manner manner = Manner.RIGHT;

    private enum Manner {
        RIGHT,
        FORGETS_WRITES,
        FORGETS_SESSIONS,
        WRONG_VALUE,
        FAILS
    }

    @BeforeEach
    void start() throws IOException {
        for (int i = 0; i < 2; i++) {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/app/do", this::answer);
            server.setExecutor(threads);
            server.start();
            servers.add(server);
        }
    }

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
        threads.shutdownNow();
    }

    @Test
    void rightAnswersAreRight() throws IOException {
        try (Load load = load(true)) {
            Tally made = load.make();
            assertThat(made.requests()).isEqualTo(8);
            assertThat(made.wrong()).isZero();

            Tally written = load.run(Script.WRITE, LONG, 100);
            assertThat(written.requests()).isEqualTo(400);
            assertThat(written.wrong()).isZero();
            assertThat(counters.values()).hasSize(8).allMatch(counter -> counter == 50);
            assertThat(load.run(Script.READ, LONG, 10).wrong()).isZero();
        }
    }

    @Test
    void checksMakeSessionsAnew() throws IOException {
        try (Load load = load(true)) {
            load.make();
            assertThat(load.run(Script.CHECK, LONG, 40).wrong()).isZero();
            // 4 clients with 2 sessions each, 20 steps of each session, each tenth of which makes it anew.
            assertThat(counters).hasSize(8 + 16);
        }
    }

    @Test
    void aLostWriteIsStale() throws IOException {
        assertThat(faults(Manner.FORGETS_WRITES, Script.WRITE)).isEqualTo("40 stale");
    }

    @Test
    void anotherValueIsStale() throws IOException {
        assertThat(faults(Manner.WRONG_VALUE, Script.READ)).isEqualTo("40 stale");
    }

    @Test
    void aSessionThatIsNotThereIsLost() throws IOException {
        // Every second request of a session makes it again.
        assertThat(faults(Manner.FORGETS_SESSIONS, Script.READ)).isEqualTo("24 lost");
    }

    @Test
    void anErrorIsRefused() throws IOException {
        assertThat(faults(Manner.FAILS, Script.READ)).isEqualTo("40 refused");
    }

    private String faults(Manner wrong, Script script) throws IOException {
        try (Load load = load(false)) {
            load.make();
            manner = wrong;
            return load.run(script, LONG, 10).faults();
        }
    }

    private Load load(boolean roaming) throws IOException {
        List<Integer> ports =
                servers.stream().map(server -> server.getAddress().getPort()).toList();
        return new Load(ports, "app", roaming, false, CLIENTS, 2 * CLIENTS, 2);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getQuery();
        int number = requests.incrementAndGet();
        String cookie = exchange.getRequestHeaders().getFirst("Cookie");
        String id = cookie == null ? null : cookie.replace("JSESSIONID=", "");
        if (query.charAt(0) == 's') {
            id = "id-" + number;
            counters.put(id, 0);
            exchange.getResponseHeaders().add("Set-Cookie", "JSESSIONID=" + id + "; Path=/app; HttpOnly");
        } else if (query.charAt(0) == 'w' && manner != Manner.FORGETS_WRITES) {
            counters.merge(id, 1, Integer::sum);
        }
        boolean forgotten = manner == Manner.FORGETS_SESSIONS && query.charAt(0) != 's';
        String body = forgotten ? "none" : line(counters.get(id), Integer.parseInt(query.substring(1)));
        byte[] bytes = body.getBytes(US_ASCII);
        exchange.sendResponseHeaders(manner == Manner.FAILS ? 500 : 200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private String line(int counter, int attribute) {
        int value = manner == Manner.WRONG_VALUE ? attribute + 1 : attribute;
        return counter + " " + Texts.of(counter, Texts.SMALL).hashCode() + " "
                + Texts.of(value, Texts.SMALL).hashCode();
    }
}
