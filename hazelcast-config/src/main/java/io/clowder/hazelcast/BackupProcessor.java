/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.RecordFormat;
import io.clowder.store.StoredSession;
import io.clowder.store.Version;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a backup does after a command changed the owner's entry: the same command upon the same state, or the owner's entry as
 * it is.
 */
final class BackupProcessor implements EntryProcessor<String, StoredEntry, byte[]>, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1;

    private byte @Nullable [] command;
    private transient @Nullable Version upon;
    private byte @Nullable [] replacement;

    /** For deserialization. */
    BackupProcessor() {}

    /**
     * The command again.
     *
     * @param command its binary form
     * @param upon the stamp of the owner's entry before, null when there was none
     */
    static BackupProcessor following(byte[] command, @Nullable Version upon) {
        BackupProcessor processor = new BackupProcessor();
        processor.command = command;
        processor.upon = upon;
        return processor;
    }

    /** The owner's entry. */
    static BackupProcessor replacing(StoredSession entry) {
        BackupProcessor processor = new BackupProcessor();
        processor.replacement = RecordFormat.write(entry);
        return processor;
    }

    @Override
    public byte @Nullable [] process(Map.Entry<String, StoredEntry> entry) {
        if (command != null) {
            StoredEntry.put(entry, RecordFormat.readCommand(command).onBackup(StoredEntry.in(entry), upon));
        } else if (replacement != null) {
            StoredEntry.put(entry, RecordFormat.readSession(replacement));
        }
        return null;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByteArray(command);
        out.writeByteArray(replacement);
        out.writeBoolean(upon != null);
        if (upon != null) {
            UUID node = upon.operation().node().uuid();
            out.writeLong(upon.counter());
            out.writeLong(node.getMostSignificantBits());
            out.writeLong(node.getLeastSignificantBits());
            out.writeLong(upon.operation().sequence());
        }
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        command = in.readByteArray();
        replacement = in.readByteArray();
        if (in.readBoolean()) {
            long counter = in.readLong();
            NodeId node = new NodeId(new UUID(in.readLong(), in.readLong()));
            upon = new Version(counter, new OperationId(node, in.readLong()));
        }
    }

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.BACKUP;
    }
}
