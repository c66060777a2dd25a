/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import io.clowder.store.NodeId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A message between clients, or the answer to one, as plain bytes: members need not know it. */
final class Letter {

    private static final byte FORMAT = 1;
    private static final byte QUESTION = 1;
    private static final byte ANSWER = 2;
    private static final byte NO_ANSWER = 3;

    private final NodeId from;
    private final long number;
    private final @Nullable PeerMessage question;
    private final byte @Nullable [] answer;

    private Letter(NodeId from, long number, @Nullable PeerMessage question, byte @Nullable [] answer) {
        this.from = from;
        this.number = number;
        this.question = question;
        this.answer = answer;
    }

    /** Who asks. */
    NodeId from() {
        return from;
    }

    /** The question's, of those that the asker has asked. */
    long number() {
        return number;
    }

    /** Null in an answer. */
    @Nullable
    PeerMessage question() {
        return question;
    }

    /** Null in a question, and for none. */
    byte @Nullable [] answer() {
        return answer;
    }

    static Letter asks(NodeId from, long number, PeerMessage question) {
        return new Letter(from, number, question, null);
    }

    Letter answered(byte @Nullable [] with) {
        return new Letter(from, number, null, with);
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORMAT);
            out.writeByte(question != null ? QUESTION : answer != null ? ANSWER : NO_ANSWER);
            out.writeLong(from.uuid().getMostSignificantBits());
            out.writeLong(from.uuid().getLeastSignificantBits());
            out.writeLong(number);
            if (question != null) {
                question.writeTo(out);
            } else if (answer != null) {
                out.write(answer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Throws {@link UncheckedIOException} for what is none of this format. */
    static Letter of(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            byte format = in.readByte();
            if (format != FORMAT) {
                throw new IOException("unknown format of a letter: " + format);
            }
            byte kind = in.readByte();
            NodeId from = new NodeId(new UUID(in.readLong(), in.readLong()));
            long number = in.readLong();
            return switch (kind) {
                case QUESTION -> asks(from, number, PeerMessage.readFrom(in));
                case ANSWER -> new Letter(from, number, null, in.readAllBytes());
                case NO_ANSWER -> new Letter(from, number, null, null);
                default -> throw new IOException("unknown kind of letter: " + kind);
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
