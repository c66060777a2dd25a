/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import io.clowder.it.app.OutsideServlet;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The WebSocket of a user's browser to the probe on one node, opened with the user's cookies: see {@link OutsideServlet}. */
final class UserSocket implements AutoCloseable {
    /** What a server says that closes a socket because of a rule. */
    static final int POLICY = 1008;

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final int PATIENCE_SECONDS = 20;

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final CompletableFuture<Closed> closed = new CompletableFuture<>();
    private final WebSocket socket;

    /**
     * How the server closed a socket.
     *
     * @param code of RFC 6455
     * @param nanoTime when
     */
    record Closed(int code, long nanoTime) {
        Duration since(long begin) {
            return Duration.ofNanos(nanoTime - begin);
        }
    }

    private UserSocket(HttpUser user, TomcatNode node, String app) {
        URI address = URI.create(node.url(app + "/ws").toString().replaceFirst("http", "ws"));
        socket = CLIENT.newWebSocketBuilder()
                .header("Cookie", user.cookieHeader(app + "/ws"))
                .buildAsync(address, new Listener())
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    static UserSocket open(HttpUser user, TomcatNode node, String app) {
        user.get(node, app + "/outside?keep=unused"); // the servlet opens the end point
        return new UserSocket(user, node, app);
    }

    private final class Listener implements WebSocket.Listener {
        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
            received.add(text.toString());
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed.complete(new Closed(code, System.nanoTime()));
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.completeExceptionally(error);
        }
    }

    /** The answer to a step. */
    String asks(String step) {
        socket.sendText(step, true);
        try {
            String answer = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(answer).as("answer to %s", step).isNotNull();
            return String.valueOf(answer);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As {@link #asks}, but the server may be closing the socket: nobody waits for an answer. */
    void sends(String step) {
        socket.sendText(step, true);
    }

    /** Sends what the application never sees. */
    void sendsPong() {
        socket.sendPong(ByteBuffer.allocate(0));
    }

    boolean isClosed() {
        return closed.isDone();
    }

    /** Waits until the server closes it. */
    Closed awaitClosed(Duration patience) {
        try {
            return closed.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("not closed after " + patience + ": " + e, e);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }
}
