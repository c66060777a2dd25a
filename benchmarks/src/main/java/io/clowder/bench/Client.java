/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One client that waits for each answer before it asks again: it has some sessions, which it uses in turn, and a connection
 * to each node. It is driven by the one thread of {@link Load}.
 */
final class Client {
    private static final int MOST = 64 * 1024;
    private static final byte[] HOST = " HTTP/1.1\r\nHost: localhost\r\n".getBytes(ISO_8859_1);
    private static final byte[] COOKIE = "Cookie: JSESSIONID=".getBytes(ISO_8859_1);
    private static final byte[] LINE = "\r\n".getBytes(ISO_8859_1);

    private final Selector selector;
    private final List<Integer> ports;
    private final boolean roaming;
    private final byte[] begin;
    private final List<Kept> sessions = new ArrayList<>();
    private final @Nullable SocketChannel[] connections;
    private final ByteBuffer out = ByteBuffer.allocateDirect(MOST);
    private final ByteBuffer in = ByteBuffer.allocate(MOST);

    private Script script = Script.MAKE;
    private long turn;
    private long last;
    private long askedAt;
    private char asked;
    private boolean waiting;

    /**
     * A client without sessions.
     *
     * @param ports where the nodes listen
     * @param app the web application
     * @param roaming whether each request of a session goes to the node after the one that answered last
     */
    Client(Selector selector, List<Integer> ports, String app, boolean roaming) {
        this.selector = selector;
        this.ports = ports;
        this.roaming = roaming;
        this.begin = ("GET /" + app + "/do?").getBytes(ISO_8859_1);
        this.connections = new SocketChannel[ports.size()];
    }

    /** Has one session more, which it makes when it is its turn. */
    void add(Kept session) {
        sessions.add(session);
    }

    /** How many sessions it has. */
    int size() {
        return sessions.size();
    }

    /** From now on it does this, from the first step on, and no more often than that. */
    void follow(Script next, long most) {
        script = next;
        turn = 0;
        last = most;
    }

    /** Whether it has not asked as often as it may. */
    boolean hasMore() {
        return turn < last;
    }

    boolean isWaiting() {
        return waiting;
    }

    private Kept session() {
        return sessions.get((int) (turn % sessions.size()));
    }

    /** Sends the next request. */
    void ask() throws IOException {
        Kept session = session();
        asked = script.step(turn / sessions.size());
        if (session.id() == null || asked == 'm') {
            asked = session.isBig() ? 'b' : 's';
            session.id(null);
        }
        out.clear().put(begin).put((byte) asked);
        digits(session.nextAttribute());
        out.put(HOST);
        String id = session.id();
        if (id != null) {
            out.put(COOKIE).put(id.getBytes(ISO_8859_1)).put(LINE);
        }
        out.put(LINE).flip();
        waiting = true;
        askedAt = System.nanoTime();
        SocketChannel connection = connection(session.node());
        while (out.hasRemaining()) {
            connection.write(out);
        }
    }

    private void digits(int number) {
        if (number >= 10) {
            out.put((byte) ('0' + number / 10));
        }
        out.put((byte) ('0' + number % 10));
    }

    private SocketChannel connection(int node) throws IOException {
        SocketChannel present = connections[node];
        if (present != null) {
            return present;
        }
        SocketChannel fresh =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(node)));
        fresh.setOption(StandardSocketOptions.TCP_NODELAY, true);
        fresh.configureBlocking(false);
        fresh.register(selector, SelectionKey.OP_READ, this);
        connections[node] = fresh;
        return fresh;
    }

    private void disconnect(int node) throws IOException {
        SocketChannel present = connections[node];
        if (present != null) {
            present.close();
            connections[node] = null;
        }
    }

    /** Reads what has come; true when that completes the answer, which the tally then has. */
    boolean read(SocketChannel connection, Tally tally) throws IOException {
        int count = connection.read(in);
        int node = session().node();
        if (connection != connections[node] || !waiting) {
            // A server may close a connection that nobody uses.
            drop(connection);
            return false;
        }
        if (count < 0) {
            disconnect(node);
            answered(null, tally);
            return true;
        }
        Reply reply = Reply.of(in.array(), in.position());
        if (reply == null) {
            return false;
        }
        if (reply.ends()) {
            disconnect(node);
        }
        answered(reply, tally);
        return true;
    }

    private void drop(SocketChannel connection) throws IOException {
        for (int node = 0; node < connections.length; node++) {
            if (connections[node] == connection) {
                disconnect(node);
            }
        }
        in.clear();
    }

    /** Nobody waits for the answer any longer. */
    void giveUp(Tally tally) throws IOException {
        disconnect(session().node());
        answered(null, tally);
    }

    private void answered(@Nullable Reply reply, Tally tally) {
        long nanos = System.nanoTime() - askedAt;
        waiting = false;
        in.clear();
        Kept session = session();
        if (reply == null) {
            tally.add(nanos, Tally.Fault.UNANSWERED);
        } else {
            tally.add(nanos, judge(session, reply));
        }
        turn++;
        if (roaming) {
            session.moveTo((session.node() + 1) % ports.size());
        }
    }

    private Tally.@Nullable Fault judge(Kept session, Reply reply) {
        String known = session.id();
        if (reply.session() != null) {
            session.id(reply.session());
        }
        if (reply.status() != 200) {
            return Tally.Fault.REFUSED;
        }
        if (known == null) {
            session.begin();
        } else if (reply.body().equals("none")) {
            session.id(null);
            return Tally.Fault.LOST;
        }
        return session.fits(reply.body(), asked == 'w') ? null : Tally.Fault.STALE;
    }

    void close() throws IOException {
        for (int node = 0; node < connections.length; node++) {
            disconnect(node);
        }
    }
}
