/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sets a value if the one before is known. A repeat finds the new value and sets it again, so that a backup gets it which
 * missed the first time; backups set whatever the owner has set.
 */
final class ValueSwap implements ValueProcessor {

    private static final long serialVersionUID = 1;

    private byte @Nullable [] before;
    private byte @Nullable [] after;
    private long seconds;
    private boolean onBackup;
    private transient boolean done;

    /** For deserialization. */
    ValueSwap() {}

    /**
     * On the owner.
     *
     * @param before null for none
     * @param after null for none
     * @param seconds lifetime of the new value
     */
    ValueSwap(byte @Nullable [] before, byte @Nullable [] after, long seconds) {
        this.before = before;
        this.after = after;
        this.seconds = seconds;
    }

    @Override
    public byte[] process(Map.Entry<String, byte[]> entry) {
        byte[] value = entry.getValue();
        done = onBackup || Arrays.equals(value, before) || Arrays.equals(value, after);
        if (done) {
            set(entry);
        }
        return ValueProcessor.answer(done);
    }

    @SuppressWarnings("DataFlowIssue") // null removes an entry
    private void set(Map.Entry<String, byte[]> entry) {
        if (after == null) {
            entry.setValue(null);
        } else {
            ((ExtendedMapEntry<String, byte[]>) entry).setValue(after, seconds, TimeUnit.SECONDS);
        }
    }

    /** Hazelcast asks for it after {@link #process}, on the same thread. */
    @Override
    public @Nullable EntryProcessor<String, byte[], byte[]> getBackupProcessor() {
        if (!done) {
            return null;
        }
        ValueSwap same = new ValueSwap(null, after, seconds);
        same.onBackup = true;
        return same;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByteArray(before);
        out.writeByteArray(after);
        out.writeLong(seconds);
        out.writeBoolean(onBackup);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        before = in.readByteArray();
        after = in.readByteArray();
        seconds = in.readLong();
        onBackup = in.readBoolean();
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.VALUE_SWAP;
    }
}
