/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Free TCP ports of the loopback interface that stay ours until this JVM ends, also while a killed node is down: neither
 * another test of this JVM, nor one of another JVM, nor an outgoing connection gets the port in between.
 */
public final class Ports {
    // Below Linux' ephemeral range (32768 up), so no outgoing connection takes them; clear of Hazelcast's 5701.
    private static final int FIRST = 20_000;
    private static final int COUNT = 10_000;

    private Ports() {}

    /** A free port, reserved for this JVM by a lock file in the temporary folder. */
    public static int reserve() {
        for (int i = 0; i < 1_000; i++) {
            int port = FIRST + ThreadLocalRandom.current().nextInt(COUNT);
            if (locked(port) && isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("No free port from " + FIRST + " to " + (FIRST + COUNT - 1));
    }

    /** Whether a server could listen on the port of the loopback interface now. */
    public static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            // Tomcat does the same: connections in TIME_WAIT do not keep a server from its port.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @SuppressWarnings("resource") // The lock lives as long as this JVM: the operating system lets it go.
    private static boolean locked(int port) {
        try {
            Path folder = Path.of(System.getProperty("java.io.tmpdir"), "clowder-ports");
            Files.createDirectories(folder);
            FileChannel channel = FileChannel.open(
                    folder.resolve(Integer.toString(port)), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return true;
                }
            } catch (OverlappingFileLockException e) {
                // Another test of this JVM holds it.
            }
            channel.close();
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
