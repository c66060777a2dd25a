/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.List;

/**
 * A request on a connection that is open already: hundreds leave within milliseconds, where a client library would take
 * its time for each.
 */
final class WaitingRequest {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final String SET_COOKIE = "set-cookie:";

    private final HttpUser user;
    private final String path;
    private final Socket socket;
    private final byte[] request;

    WaitingRequest(HttpUser user, TomcatNode node, String path) {
        this.user = user;
        this.path = path;
        // HTTP/1.0: the answer ends where the connection does.
        this.request = ("GET " + path + " HTTP/1.0\r\nHost: localhost\r\nCookie: " + user.cookieHeader(path)
                        + "\r\n\r\n")
                .getBytes(ISO_8859_1);
        try {
            this.socket = new Socket("127.0.0.1", node.port());
            socket.setSoTimeout(PATIENCE_MILLIS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void send() {
        try {
            socket.getOutputStream().write(request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Answer answer() {
        try (socket) {
            String all = new String(socket.getInputStream().readAllBytes(), UTF_8);
            int end = all.indexOf("\r\n\r\n");
            List<String> head = all.substring(0, end).lines().toList();
            List<String> cookies = head.stream()
                    .filter(line -> line.regionMatches(true, 0, SET_COOKIE, 0, SET_COOKIE.length()))
                    .map(line -> line.substring(SET_COOKIE.length()).trim())
                    .toList();
            int status = Integer.parseInt(head.get(0).split(" ")[1]);
            return user.received(new Answer(status, all.substring(end + 4), cookies), path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
