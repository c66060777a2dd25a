/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.Context;
import org.apache.catalina.realm.GenericPrincipal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** WebSockets of a Tomcat whose sessions are used on another one, too. */
class SocketsTest {

    private static final Duration BOUND = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int POLICY = 1008;
    private static final String CLUSTER = "clusterName=\"clowder-unit-sockets\" port=\"7500\" ";
    private static final List<String> SEEN = new CopyOnWriteArrayList<>();

    @TempDir
    private static Path base;

    private static TinyTomcat a;
    private static TinyTomcat b;
    private static ClowderManager managerA;
    private static ClowderManager managerB;
    private static ClowderManager keeping;

    @BeforeAll
    static void start() throws Exception {
        a = new TinyTomcat(base.resolve("a")).route("one").listening();
        a.start();
        b = new TinyTomcat(base.resolve("b")).route("two");
        b.start();
        managerA = withSockets(a.deploy("/app", CLUSTER));
        keeping = withSockets(a.deploy("/keep", CLUSTER + "webSocketKeepAlive=\"true\""));
        managerB = (ClowderManager) b.deploy("/app", CLUSTER).getManager();
    }

    @SuppressWarnings("serial")
    private static ClowderManager withSockets(Context context) throws Exception {
        ServerContainer container =
                (ServerContainer) context.getServletContext().getAttribute("jakarta.websocket.server.ServerContainer");
        container.addEndpoint(
                ServerEndpointConfig.Builder.create(Echo.class, "/ws").build());
        a.servlet(context, "/ws", new HttpServlet() {}); // without one, no filter is asked
        return (ClowderManager) context.getManager();
    }

    @AfterAll
    static void stop() throws Exception {
        a.close();
        b.close();
    }

    /** Answers what it is told. */
    public static final class Echo extends Endpoint {
        @Override
        public void onOpen(Session session, EndpointConfig config) {
            session.addMessageHandler(String.class, (MessageHandler.Whole<String>)
                    text -> session.getAsyncRemote().sendText(text));
        }
    }

    /** What the server says to a browser. */
    private static final class Browser implements WebSocket.Listener, AutoCloseable {

        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final CompletableFuture<String> told = new CompletableFuture<>();
        private final WebSocket socket;

        Browser(String app, ClowderSession session) {
            socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .header("Cookie", "JSESSIONID=" + session.getIdInternal())
                    .buildAsync(URI.create("ws://127.0.0.1:" + a.port() + app + "/ws"), this)
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
            told.complete(text.toString());
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed.complete(code);
            return null;
        }

        /** The server has opened it, and knows it. */
        Browser ready() {
            socket.sendText("ready", true);
            assertThat(told.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo("ready");
            return this;
        }

        void assertClosed() {
            long begin = System.nanoTime();
            assertThat(closed.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo(POLICY);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(BOUND);
        }

        @Override
        public void close() {
            socket.abort();
        }
    }

    private static ClowderSession session(ClowderManager manager, @Nullable String user) {
        ClowderSession session = (ClowderSession) manager.createSession(null);
        if (user != null) {
            session.setAuthType("TEST");
            session.setPrincipal(new GenericPrincipal(user));
        }
        manager.save(session);
        return session;
    }

    private static ClowderSession onB(ClowderSession session) throws Exception {
        return (ClowderSession) managerB.findSession(session.getIdInternal());
    }

    private static void awaitNothingFollowed(ClowderManager manager) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(manager.sockets().followed()).isZero());
    }

    @Test
    void aSessionThatEndsElsewhereClosesTheSocketsOfItsUser() throws Exception {
        ClowderSession session = session(managerA, "tom");
        try (Browser one = new Browser("/app", session).ready();
                Browser two = new Browser("/app", session).ready()) {
            assertThat(managerA.sockets().followed()).isEqualTo(1);
            onB(session).expire();
            one.assertClosed();
            two.assertClosed();
        }
        awaitNothingFollowed(managerA);
    }

    @Test
    void anEndHereClosesAlsoWhatWasOpenedUnderAnEarlierId() {
        ClowderSession session = session(managerA, "tom");
        try (Browser before = new Browser("/app", session).ready()) {
            managerA.changeSessionId(session, "MOVED1");
            try (Browser after = new Browser("/app", session).ready()) {
                session.expire();
                before.assertClosed();
                after.assertClosed();
            }
        }
        awaitNothingFollowed(managerA);
    }

    /** The look for ends comes between the change of the id and the end, or after both. */
    @Test
    void socketsOpenedBeforeAndAfterAChangeElsewhereAreOfOneSession() throws Exception {
        ClowderSession session = session(managerA, "tom");
        try (Browser before = new Browser("/app", session).ready()) {
            ClowderSession there = onB(session);
            managerB.changeSessionId(there, "MOVED2");
            ClowderSession here = (ClowderSession) managerA.findSession("MOVED2.one");
            try (Browser after = new Browser("/app", here).ready()) {
                await("joined")
                        .atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(managerA.sockets().followed()).isEqualTo(1));
                onB(here).expire();
                before.assertClosed();
                after.assertClosed();
            }
        }
        awaitNothingFollowed(managerA);
    }

    @Test
    void anotherSessionThatGotTheIdIsNotTheSame() throws Exception {
        ClowderSession session = session(managerA, "tom");
        String id = session.getIdInternal();
        long created = session.getCreationTimeInternal();
        try (Browser socket = new Browser("/app", session).ready()) {
            await().until(() -> System.currentTimeMillis() > created);
            onB(session).expire();
            managerB.save((ClowderSession) managerB.createSession(id));
            socket.assertClosed();
            assertThat(managerA.findSession(id)).isNotNull();
        }
        awaitNothingFollowed(managerA);
    }

    @Test
    void aSessionWhoseCopyWasEvictedIsFollowed() throws Exception {
        ClowderSession session = session(managerA, "tom");
        try (Browser socket = new Browser("/app", session).ready()) {
            await("evicted").atMost(BOUND).until(() -> {
                managerA.endIdle(session); // refused, as it can still be used; then the copy goes
                return session.live().isEvicted();
            });
            onB(session).expire();
            socket.assertClosed();
        }
        awaitNothingFollowed(managerA);
    }

    /** Tomcat keeps the session's id until the end of the session. */
    @Test
    void aSessionWhoseSocketsAreClosedIsForgottenWhenItEnds() throws Exception {
        ClowderSession session = session(managerA, "tom");
        try (Browser socket = new Browser("/app", session).ready()) {
            assertThat(socket.closed).isNotDone();
        }
        assertThat(managerA.sockets().followed()).isEqualTo(1);
        onB(session).expire();
        assertThat(managerA.findSession(session.getIdInternal())).isNull(); // learns of it
        awaitNothingFollowed(managerA);
    }

    @Test
    void socketsOfNobodyAreFollowedWhileTheyAreOpenAndOnlyIfTheirTrafficCounts() throws Exception {
        try (Browser socket = new Browser("/app", session(managerA, null)).ready()) {
            assertThat(managerA.sockets().followed()).isZero();
            assertThat(socket.closed).isNotDone();
        }
        ClowderSession session = session(keeping, null);
        try (Browser socket = new Browser("/keep", session).ready()) {
            assertThat(keeping.sockets().followed()).isEqualTo(1);
            long before = session.getLastAccessedTimeInternal();
            await("a later time").until(() -> System.currentTimeMillis() > before);
            socket.socket.sendPing(ByteBuffer.allocate(0)).get(20, TimeUnit.SECONDS);
            await("used").atMost(PATIENCE).until(() -> session.getLastAccessedTimeInternal() > before);
        }
        awaitNothingFollowed(keeping);
    }

    /** What later versions of Tomcat bind to a session so as to hear of its end. */
    @Test
    void whatTomcatBindsStaysHereAndHearsOfTheEnd() throws Exception {
        ClowderSession session = session(managerA, null);
        HttpSession http = session.getSession();
        Tracker tracker = new Tracker();
        http.setAttribute(Sockets.TRACKER, tracker);
        assertThat(http.getAttribute(Sockets.TRACKER)).isSameAs(tracker);
        assertThat(Collections.list(http.getAttributeNames())).isEmpty();
        managerA.save(session);
        HttpSession there = onB(session).getSession();
        assertThat(there.getAttribute(Sockets.TRACKER)).isNull();
        there.invalidate();
        assertThat(managerA.findSession(session.getIdInternal())).isNull(); // learns of it
        await().atMost(BOUND).until(() -> !SEEN.isEmpty());
        assertThat(SEEN).containsExactly(Sockets.TRACKER + " of an ended session in /app");
        assertThatIllegalStateException().isThrownBy(() -> http.setAttribute(Sockets.TRACKER, tracker));
        assertThatIllegalStateException().isThrownBy(() -> http.getAttribute(Sockets.TRACKER));
        awaitNothingFollowed(managerA);
    }

    private static final class Tracker implements HttpSessionBindingListener {
        @Override
        public void valueUnbound(HttpSessionBindingEvent event) {
            HttpSession session = event.getSession();
            try {
                session.getCreationTime();
            } catch (IllegalStateException e) {
                SEEN.add(event.getName() + " of an ended session in "
                        + session.getServletContext().getContextPath());
            }
        }
    }

    @Test
    void otherUpgradesAreLeftAlone() throws Exception {
        Context context = a.deploy("/other", CLUSTER);
        a.servlet(context, "/up", new HttpServlet() {
            private static final long serialVersionUID = 1;

            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
                try {
                    request.getSession();
                    response.setHeader("Upgrade", "other");
                    response.setHeader("Connection", "Upgrade");
                    request.upgrade(Other.class);
                } catch (jakarta.servlet.ServletException e) {
                    throw new IOException(e);
                }
            }
        });
        try (RawRequest request = RawRequest.upgrading(a.port(), "/other/up", "other")) {
            assertThat(request.until("\r\n\r\n")).startsWith("HTTP/1.1 101").contains("Upgrade: other");
        }
        assertThat(((ClowderManager) context.getManager()).sockets().followed()).isZero();
    }

    /** A protocol that has nothing to do with WebSockets. */
    public static final class Other implements HttpUpgradeHandler {
        @Override
        public void init(WebConnection connection) {}

        @Override
        public void destroy() {}
    }
}
