/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The balancer in front of two Tomcats whose only page makes a session and says which route served it. */
class FrontDoorTest {
    private static final Duration START = Duration.ofSeconds(60);
    private static final String PAGE = "<%@ page session=\"true\" %>"
            + "${pageContext.request.method} ${pageContext.request.localPort} ${param.text}";

    @TempDir
    static Path dir;

    private static TomcatNode a;
    private static TomcatNode b;
    private static FrontDoor door;

    private final Browser browser = new Browser(Duration.ofSeconds(10));

    @BeforeAll
    static void open() throws Exception {
        Path app = Files.createDirectories(dir.resolve("app"));
        Files.writeString(app.resolve("index.jsp"), PAGE);
        a = node("a", app);
        b = node("b", app);
        door = FrontDoor.open(0, a, b);
    }

    @AfterAll
    static void close() {
        door.close();
        a.close();
        b.close();
    }

    @BeforeEach
    void bothRun() {
        for (TomcatNode node : new TomcatNode[] {a, b}) {
            if (!node.isAlive()) {
                node.start();
            }
            node.awaitReady("/", START);
        }
    }

    @Test
    void spreadsNewSessionsAndKeepsOldOnesWhereTheirCookieSays() {
        assertThat(IntStream.range(0, 6).map(i -> servedBy(new Browser(START).get(door.url()))))
                .containsOnly(a.port(), b.port());
        int first = servedBy(browser.get(door.url()));
        assertThat(IntStream.range(0, 6).map(i -> servedBy(browser.get(door.url()))))
                .containsOnly(first);
    }

    @Test
    void readsTheRouteFromThePathToo() {
        for (TomcatNode node : new TomcatNode[] {a, b, a, b}) {
            URI uri = URI.create(door.url() + "/index.jsp;jsessionid=0123456789ABCDEF." + node.route() + "?text=x");
            Browser.Page page = new Browser(START).get(uri);
            assertThat(page.body()).isEqualTo("GET " + node.port() + " x");
        }
    }

    @Test
    void asksTheOtherNodeWhenOneIsGoneAndTheFirstAgainWhenItIsBack() {
        TomcatNode served = servedBy(browser.get(door.url())) == a.port() ? a : b;
        TomcatNode other = served == a ? b : a;
        String id = Objects.requireNonNull(browser.sessionId());

        served.kill();
        for (int i = 0; i < 5; i++) {
            browser.sessionId(id);
            assertThat(browser.get(door.url()).body()).isEqualTo("GET " + other.port() + " ");
            browser.sessionId(id);
            assertThat(browser.post(door.url(), Map.of("text", "carried")).body())
                    .isEqualTo("POST " + other.port() + " carried");
        }

        served.start().awaitReady("/", START);
        long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        int port;
        do {
            browser.sessionId(id);
            port = servedBy(browser.get(door.url()));
        } while (port != served.port() && System.nanoTime() < deadline);
        assertThat(port).isEqualTo(served.port());
    }

    @Test
    void drainsANodeAndAdmitsItAgain() {
        String id = "0123456789ABCDEF." + a.route();
        door.drain(a);
        try {
            browser.sessionId(id);
            assertThat(servedBy(browser.get(door.url()))).isEqualTo(b.port());
        } finally {
            door.admit(a);
        }
        browser.sessionId(id);
        assertThat(servedBy(browser.get(door.url()))).isEqualTo(a.port());
    }

    @Test
    void refusesABusyPort() {
        assertThatThrownBy(() -> FrontDoor.open(door.port(), a, b)).isInstanceOf(BindException.class);
    }

    private static TomcatNode node(String route, Path app) {
        return TomcatNode.builder(TomcatDistribution.ofMajor(10), dir.resolve(route))
                .route(route)
                .app("ROOT", app)
                .connectorAttributes("bindOnInit=\"false\"")
                .start();
    }

    private static int servedBy(Browser.Page page) {
        assertThat(page.status()).isEqualTo(200);
        return Integer.parseInt(page.body().split(" ")[1]);
    }
}
