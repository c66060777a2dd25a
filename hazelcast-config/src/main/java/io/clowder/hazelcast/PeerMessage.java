/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.RecordFormat;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionTimes;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** What one node's store says to another's, and the answer: bytes whose meaning depends on the kind, or null for none. */
final class PeerMessage implements Callable<byte @Nullable []>, IdentifiedDataSerializable, HazelcastInstanceAware {

    /** What is said. The codes are part of the protocol. */
    enum Kind {
        /** {@link io.clowder.store.LiveCopies#release}; answered by times. */
        RELEASE(1),
        /** {@link io.clowder.store.LiveCopies#changed}. */
        CHANGED(2),
        /** {@link io.clowder.store.LiveCopies#whole}; answered by a delta. */
        WHOLE(3),
        /** {@link io.clowder.store.ProtocolStore#isAtWork(OperationId)}; answered by anything for yes. */
        AT_WORK(4),
        /** {@link io.clowder.store.LiveCopies#remembers}; answered by anything for yes. */
        REMEMBERS(5),
        /** Whether the node has the application; answered by anything for yes. */
        PRESENT(6);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }

        static Kind of(byte code) throws IOException {
            for (Kind kind : KINDS) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new IOException("unknown kind of message: " + code);
        }
    }

    private static final Kind[] KINDS = Kind.values();

    private Kind kind;
    private String map;
    private NodeId node;
    private String id;
    private long counter;
    private OperationId operation;
    private @Nullable HazelcastInstance instance;

    /** For deserialization. */
    @SuppressWarnings("NullAway.Init")
    PeerMessage() {}

    private PeerMessage(Kind kind, Peers.Name to, String id, long counter, OperationId operation) {
        this.kind = kind;
        this.map = to.map();
        this.node = to.node();
        this.id = id;
        this.counter = counter;
        this.operation = operation;
    }

    static PeerMessage release(Peers.Name to, String id, long counter) {
        return new PeerMessage(Kind.RELEASE, to, id, counter, new OperationId(to.node(), 0));
    }

    static PeerMessage changed(Peers.Name to, String id, long counter) {
        return new PeerMessage(Kind.CHANGED, to, id, counter, new OperationId(to.node(), 0));
    }

    static PeerMessage whole(Peers.Name to, String id, OperationId operation) {
        return new PeerMessage(Kind.WHOLE, to, id, 0, operation);
    }

    static PeerMessage atWork(Peers.Name to, OperationId operation) {
        return new PeerMessage(Kind.AT_WORK, to, "", 0, operation);
    }

    static PeerMessage remembers(Peers.Name to, String id) {
        return new PeerMessage(Kind.REMEMBERS, to, id, 0, new OperationId(to.node(), 0));
    }

    static PeerMessage present(Peers.Name to) {
        return new PeerMessage(Kind.PRESENT, to, "", 0, new OperationId(to.node(), 0));
    }

    /** The times in an answer to {@link Kind#RELEASE}. */
    static @Nullable SessionTimes times(byte @Nullable [] answer) {
        if (answer == null) {
            return null;
        }
        ByteBuffer numbers = ByteBuffer.wrap(answer);
        return new SessionTimes(numbers.getLong(), numbers.getLong(), numbers.getInt());
    }

    @Override
    public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
        instance = hazelcastInstance;
    }

    @Override
    public byte @Nullable [] call() {
        return answer(Peers.of(Objects.requireNonNull(instance)));
    }

    /** Delivers the message. Where nobody listens, there is no live copy, and the answer is none. */
    byte @Nullable [] answer(Peers peers) {
        Peers.Peer peer = peers.find(new Peers.Name(map, node));
        if (peer == null) {
            return null;
        }
        switch (kind) {
            case RELEASE -> {
                SessionTimes times = peer.live().release(id, counter);
                return times == null ? null : encoded(times);
            }
            case CHANGED -> peer.live().changed(id, counter);
            case WHOLE -> {
                SessionDelta whole = peer.live().whole(id, operation);
                return whole == null ? null : RecordFormat.write(whole);
            }
            case AT_WORK -> {
                return peer.atWork().test(operation) ? new byte[] {1} : null;
            }
            case PRESENT -> {
                return new byte[] {1};
            }
            case REMEMBERS -> {
                return peer.live().remembers(id) ? new byte[] {1} : null;
            }
        }
        return null;
    }

    private static byte[] encoded(SessionTimes times) {
        return ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES)
                .putLong(times.createdAt())
                .putLong(times.accessedAt())
                .putInt(times.maxInactiveSeconds())
                .array();
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(kind.code);
        out.writeString(map);
        write(out, node.uuid());
        out.writeString(id);
        out.writeLong(counter);
        write(out, operation.node().uuid());
        out.writeLong(operation.sequence());
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        kind = Kind.of(in.readByte());
        map = Objects.requireNonNull(in.readString());
        node = new NodeId(uuid(in));
        id = Objects.requireNonNull(in.readString());
        counter = in.readLong();
        operation = new OperationId(new NodeId(uuid(in)), in.readLong());
    }

    /** For where no class of ours is known. */
    void writeTo(DataOutput out) throws IOException {
        out.writeByte(kind.code);
        out.writeUTF(map);
        write(out, node.uuid());
        out.writeUTF(id);
        out.writeLong(counter);
        write(out, operation.node().uuid());
        out.writeLong(operation.sequence());
    }

    /** What {@link #writeTo} has written. */
    static PeerMessage readFrom(DataInput in) throws IOException {
        Kind kind = Kind.of(in.readByte());
        Peers.Name to = new Peers.Name(in.readUTF(), new NodeId(uuid(in)));
        return new PeerMessage(
                kind, to, in.readUTF(), in.readLong(), new OperationId(new NodeId(uuid(in)), in.readLong()));
    }

    private static void write(DataOutput out, UUID uuid) throws IOException {
        out.writeLong(uuid.getMostSignificantBits());
        out.writeLong(uuid.getLeastSignificantBits());
    }

    private static UUID uuid(DataInput in) throws IOException {
        return new UUID(in.readLong(), in.readLong());
    }

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.PEER_MESSAGE;
    }

    @Override
    public String toString() {
        return "message '" + kind + "' to node " + node;
    }
}
