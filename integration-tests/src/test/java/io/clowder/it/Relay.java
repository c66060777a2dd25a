/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A port of this machine behind which a server answers that listens on a Unix domain socket: it may be in another network. */
final class Relay implements AutoCloseable {
    private static final int BUFFER = 16 * 1024;

    private final ServerSocketChannel door;
    private final UnixDomainSocketAddress server;

    Relay(int port, Path socket) {
        server = UnixDomainSocketAddress.of(socket);
        try {
            door = ServerSocketChannel.open();
            door.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        started("relay-" + port, this::admit);
    }

    private void admit() throws IOException {
        while (true) {
            SocketChannel client = door.accept();
            SocketChannel line = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                client.setOption(StandardSocketOptions.TCP_NODELAY, true);
                line.connect(server);
            } catch (IOException e) { // nobody listens yet: the client may try again
                line.close();
                client.close();
                continue;
            }
            started("relay-to", () -> pass(client, line));
            started("relay-from", () -> pass(line, client));
        }
    }

    /** When one side ends, both do. */
    private static void pass(SocketChannel from, SocketChannel to) throws IOException {
        try (from;
                to) {
            ByteBuffer bytes = ByteBuffer.allocate(BUFFER);
            while (from.read(bytes) >= 0) {
                bytes.flip();
                while (bytes.hasRemaining()) {
                    to.write(bytes);
                }
                bytes.clear();
            }
        }
    }

    /** Part of it that ends when what it passes on does. */
    private interface Work {
        void run() throws IOException;
    }

    private static void started(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // A side has gone.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
