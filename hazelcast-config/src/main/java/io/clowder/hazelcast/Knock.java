/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Address;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A connection that is begun to see whether a process listens at an address, and whether it is at work, and never used otherwise:
 * the operating system there accepts it even for a process that stands still, and refuses it where there is none. Nothing blocks.
 * One thread uses it.
 */
final class Knock implements AutoCloseable {

    private static final Logger log = System.getLogger(Knock.class.getName());

    /** What members begin a connection with, each to the other. */
    private static final byte[] GREETING = "HZC".getBytes(StandardCharsets.US_ASCII);

    private @Nullable SocketChannel channel;
    private boolean accepted;
    private boolean greeted;
    private boolean answered;
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

    /** Greets as a member does, and tells whether there was an answer by now. */
    boolean isAnswered() {
        if (isAccepted() && channel != null && !answered && failure == null) {
            try {
                if (!greeted) {
                    greeted = true;
                    channel.write(ByteBuffer.wrap(GREETING)); // the buffer of a new connection has room for that
                }
                answered = channel.read(ByteBuffer.allocate(GREETING.length)) != 0; // who hangs up is at work, too
            } catch (IOException e) {
                failure = e;
            }
        }
        return answered;
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
