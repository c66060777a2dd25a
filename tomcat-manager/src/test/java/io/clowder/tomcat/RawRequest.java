/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;

/** One GET on a connection of its own, whose answer can be looked at byte by byte. */
final class RawRequest implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 20_000;

    /** On this machine a byte that was sent takes some microseconds. */
    private static final int GLANCE_MILLIS = 50;

    private final Socket socket;

    /** Sends it; the connection ends with the answer. */
    RawRequest(int port, String path, String sessionId) {
        this(port, path, sessionId, "Connection: close\r\n");
    }

    private RawRequest(int port, String path, String sessionId, String header) {
        try {
            socket = new Socket("127.0.0.1", port);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "Cookie: JSESSIONID="
                                    + sessionId + "\r\n\r\n")
                            .getBytes(ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends it; the answer comes in chunks, if its length is not known before, and the connection stays open. */
    static RawRequest keepingAlive(int port, String path, String sessionId) {
        return new RawRequest(port, path, sessionId, "");
    }

    /** Asks for another protocol on this connection. */
    static RawRequest upgrading(int port, String path, String protocol) {
        return new RawRequest(port, path, "none", "Connection: Upgrade\r\nUpgrade: " + protocol + "\r\n");
    }

    /** Whether no byte has arrived. */
    boolean isSilent() {
        try {
            socket.setSoTimeout(GLANCE_MILLIS);
            return socket.getInputStream().read() < -1;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What arrives until the text is complete. */
    String until(String text) {
        StringBuilder received = new StringBuilder();
        try {
            socket.setSoTimeout(PATIENCE_MILLIS);
            InputStream in = socket.getInputStream();
            while (received.indexOf(text) < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new IllegalStateException("Ended after: " + received);
                }
                received.append((char) next);
            }
            return received.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that arrives until the connection ends. */
    String answer() {
        try {
            socket.setSoTimeout(PATIENCE_MILLIS);
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
