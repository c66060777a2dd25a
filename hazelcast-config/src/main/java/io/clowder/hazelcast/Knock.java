/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Address;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A connection that is begun to see whether a process listens at an address, and never used: the operating system there
 * accepts it even for a process that stands still, and refuses it where there is none. Nothing blocks. One thread uses it.
 */
final class Knock implements AutoCloseable {

    private static final Logger log = System.getLogger(Knock.class.getName());

    private @Nullable SocketChannel channel;
    private boolean accepted;
    private @Nullable IOException failure;

    /** Begins the connection. */
    Knock(Address address) {
        try {
            SocketChannel opened = SocketChannel.open();
            channel = opened;
            opened.configureBlocking(false);
            accepted = opened.connect(address.getInetSocketAddress());
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Whether a process listens, as far as is known by now. */
    boolean isAccepted() {
        look();
        return accepted;
    }

    /** Whether none does. */
    boolean isRefused() {
        look();
        return failure instanceof ConnectException;
    }

    /** Whether the connection has failed, for whatever reason. */
    boolean hasFailed() {
        look();
        return failure != null;
    }

    private void look() {
        if (channel != null && !accepted && failure == null) {
            try {
                accepted = channel.finishConnect();
            } catch (IOException e) {
                failure = e;
            }
        }
    }

    @Override
    public void close() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            log.log(Level.DEBUG, "A connection that was never used cannot be closed", e);
        }
    }
}
