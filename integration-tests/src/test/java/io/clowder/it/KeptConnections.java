/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Connections that stay open between requests, one to each node: tens of thousands of requests take seconds. For one
 * thread; {@link HttpUser} has the cookies.
 */
final class KeptConnections implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;

    private final Map<TomcatNode, Line> lines = new HashMap<>();

    private record Line(Socket socket, InputStream in) {}

    /** As {@link HttpUser#does}. */
    List<String> does(HttpUser user, TomcatNode node, String app, String... steps) {
        Answer answer;
        try {
            answer = get(user, node, HttpUser.doing(app, steps));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(answer.status())
                .as("%s%s %s: %s", node, app, List.of(steps), answer.body())
                .isEqualTo(200);
        return answer.lines();
    }

    /** As {@link HttpUser#asks}. */
    String asks(HttpUser user, TomcatNode node, String app, String step) {
        return does(user, node, app, step).get(0);
    }

    /**
     * As {@link HttpUser#get}.
     *
     * @throws IOException if the node is dead, or died since it was asked last
     */
    Answer get(HttpUser user, TomcatNode node, String path) throws IOException {
        Line line = lines.get(node);
        if (line == null) {
            Socket socket = new Socket("127.0.0.1", node.port());
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            line = new Line(socket, new BufferedInputStream(socket.getInputStream()));
            lines.put(node, line);
        }
        boolean kept = false;
        try {
            String cookies = user.cookieHeader(path);
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"
                    + (cookies.isEmpty() ? "" : "Cookie: " + cookies + "\r\n") + "\r\n";
            line.socket().getOutputStream().write(request.getBytes(ISO_8859_1));
            Head head = head(line.in());
            byte[] body = line.in().readNBytes(head.length());
            if (body.length < head.length()) {
                throw new EOFException();
            }
            kept = head.kept();
            return user.received(new Answer(head.status(), new String(body, UTF_8), head.setCookies()), path);
        } finally {
            if (!kept) {
                lines.remove(node);
                line.socket().close();
            }
        }
    }

    private record Head(int status, int length, List<String> setCookies, boolean kept) {}

    private static Head head(InputStream in) throws IOException {
        int status = Integer.parseInt(line(in).split(" ")[1]);
        int length = 0;
        boolean kept = true;
        List<String> setCookies = new ArrayList<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            String value = header.substring(colon + 1).trim();
            switch (header.substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "content-length" -> length = Integer.parseInt(value);
                case "set-cookie" -> setCookies.add(value);
                case "connection" -> kept = !value.equalsIgnoreCase("close");
                case "transfer-encoding" -> throw new IOException("Not understood: " + header);
                default -> {}
            }
        }
        return new Head(status, length, setCookies, kept);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            if (next == '\n') {
                return line.toString();
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
    }

    @Override
    public void close() {
        for (Line line : lines.values()) {
            try {
                line.socket().close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        lines.clear();
    }
}
