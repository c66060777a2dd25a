/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.clowder.store.Command;
import io.clowder.store.RecordFormat;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link Command.Load} where the entry lives, and notes the use in place: the map is not told, so backups and near
 * caches do not hear of it. On the thread of the partition, as all that changes an entry.
 */
final class LoadProcessor implements EntryProcessor<String, StoredEntry, byte[]>, ReadOnly, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1;

    private transient Command.@Nullable Load load;

    /** For deserialization. */
    LoadProcessor() {}

    LoadProcessor(Command.Load load) {
        this.load = load;
    }

    @Override
    public byte[] process(Map.Entry<String, StoredEntry> entry) {
        Command.Outcome outcome = Objects.requireNonNull(load).apply(StoredEntry.in(entry));
        if (outcome.effect() == Command.Effect.NOTED) {
            entry.getValue().note(Objects.requireNonNull(outcome.next()));
        }
        return RecordFormat.write(outcome.answer());
    }

    @Override
    public @Nullable EntryProcessor<String, StoredEntry, byte[]> getBackupProcessor() {
        return null;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByteArray(RecordFormat.write(Objects.requireNonNull(load)));
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        Command command = RecordFormat.readCommand(Objects.requireNonNull(in.readByteArray()));
        if (!(command instanceof Command.Load read)) {
            throw new IOException("not a load");
        }
        load = read;
    }

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.LOAD;
    }
}
