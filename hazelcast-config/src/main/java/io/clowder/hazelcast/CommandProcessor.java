/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.clowder.store.Command;
import io.clowder.store.RecordFormat;
import io.clowder.store.StoredSession;
import io.clowder.store.Version;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link Command} where the entry lives, and gives the backups what they need to follow.
 *
 * <p>On the owner itself this object is not serialized: the values in the command become those in the map, and nobody changes
 * them. Hazelcast asks for the backup's part after {@code process}, on the same thread, hence the field.
 */
final class CommandProcessor implements EntryProcessor<String, StoredEntry, byte[]>, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1;

    private transient @Nullable Command command;
    private byte[] encoded;
    private transient @Nullable BackupProcessor backup;

    /** For deserialization. */
    CommandProcessor() {
        encoded = new byte[0];
    }

    /**
     * Runs the command.
     *
     * @param encoded the command's binary form
     */
    CommandProcessor(Command command, byte[] encoded) {
        this.command = command;
        this.encoded = encoded;
    }

    @Override
    public byte[] process(Map.Entry<String, StoredEntry> entry) {
        StoredSession before = StoredEntry.in(entry);
        Command.Outcome outcome = Objects.requireNonNull(command).apply(before);
        backup = backup(before, outcome);
        if (backup != null) {
            StoredEntry.put(entry, Objects.requireNonNull(outcome.next()));
        }
        return RecordFormat.write(outcome.answer());
    }

    private @Nullable BackupProcessor backup(@Nullable StoredSession before, Command.Outcome outcome) {
        Version upon = before == null ? null : before.stamp();
        return switch (outcome.effect()) {
            case NONE, NOTED -> null;
            case CHANGED -> BackupProcessor.following(encoded, upon);
            case REPLACED -> BackupProcessor.replacing(Objects.requireNonNull(outcome.next()));
        };
    }

    @Override
    public @Nullable BackupProcessor getBackupProcessor() {
        return backup;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByteArray(encoded);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        encoded = Objects.requireNonNull(in.readByteArray());
        command = RecordFormat.readCommand(encoded);
    }

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.COMMAND;
    }
}
