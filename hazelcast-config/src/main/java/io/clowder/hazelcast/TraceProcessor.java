/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.clowder.store.StoredSession;
import io.clowder.store.Trace;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Asks many entries at once for their {@link StoredSession#trace}: its times, and the id if it is another one. */
final class TraceProcessor
        implements EntryProcessor<String, StoredEntry, byte[]>, ReadOnly, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1;

    /** Null also where there is no entry: Hazelcast leaves such answers out. */
    @Override
    public byte @Nullable [] process(Map.Entry<String, StoredEntry> entry) {
        StoredSession session = StoredEntry.in(entry);
        Trace trace = session == null ? null : session.trace(entry.getKey());
        if (trace == null) {
            return null;
        }
        byte[] id = trace.id().equals(entry.getKey()) ? new byte[0] : trace.id().getBytes(UTF_8);
        return ByteBuffer.allocate(Long.BYTES + Integer.BYTES + id.length)
                .putLong(trace.createdAt())
                .putInt(trace.maxInactiveSeconds())
                .put(id)
                .array();
    }

    /** What the answer for this id says. */
    static Trace read(String asked, byte[] answer) {
        ByteBuffer bytes = ByteBuffer.wrap(answer);
        long createdAt = bytes.getLong();
        int maxInactiveSeconds = bytes.getInt();
        return new Trace(bytes.hasRemaining() ? UTF_8.decode(bytes).toString() : asked, createdAt, maxInactiveSeconds);
    }

    @Override
    public @Nullable EntryProcessor<String, StoredEntry, byte[]> getBackupProcessor() {
        return null;
    }

    @Override
    public void writeData(ObjectDataOutput out) {}

    @Override
    public void readData(ObjectDataInput in) {}

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.TRACE;
    }
}
