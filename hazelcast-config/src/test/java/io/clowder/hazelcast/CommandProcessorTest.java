/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.map.ExtendedMapEntry;
import io.clowder.store.Answer;
import io.clowder.store.Change;
import io.clowder.store.Command;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.RecordFormat;
import io.clowder.store.Version;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What crosses the wire for a change of one attribute among a hundred of 1 KiB. */
class CommandProcessorTest {

    private final InternalSerializationService serialization = new DefaultSerializationServiceBuilder()
            .addDataSerializableFactory(ClowderSerialization.FACTORY_ID, new ClowderSerialization())
            .build();
    private final NodeId node = NodeId.random();
    private final Entry owner = new Entry();
    private final Entry backup = new Entry();
    private final Version first = createHundred();

    @AfterEach
    void dispose() {
        serialization.dispose();
    }

    @Test
    void aChangeIsSmallOnBothWays() {
        CommandProcessor change = save(change("n5", new byte[5]));
        int toOwner = serialization.toData(change).totalSize();
        run(change);
        int toBackup = serialization
                .toData(Objects.requireNonNull(change.getBackupProcessor()))
                .totalSize();
        assertThat(toOwner + toBackup).isLessThan(400);
        assertThat(RecordFormat.write(backup.value.session())).hasSameSizeAs(RecordFormat.write(owner.value.session()));
    }

    @Test
    void aRepeatBringsTheBackupAll() {
        Command command = change("n5", new byte[5]);
        run(save(command));
        CommandProcessor again = save(command);
        run(again);
        assertThat(serialization
                        .toData(Objects.requireNonNull(again.getBackupProcessor()))
                        .totalSize())
                .isGreaterThan(100_000);
    }

    @Test
    void whatChangesNothingReachesNoBackup() {
        StoredEntry before = owner.value;
        CommandProcessor unknown = save(new Command.Unseal(operation(1001)));
        run(unknown);
        assertThat(unknown.getBackupProcessor()).isNull();
        assertThat(new LoadProcessor(new Command.Load(first)).getBackupProcessor())
                .isNull();
        assertThat(owner.value).isSameAs(before);
    }

    @Test
    void whatWasSentIsExecuted() {
        CommandProcessor sent = serialization.toObject(serialization.toData(save(change("n5", new byte[] {7}))));
        run(sent);
        LoadProcessor load = serialization.toObject(serialization.toData(new LoadProcessor(new Command.Load(first))));
        Answer.Found found = (Answer.Found) RecordFormat.readAnswer(load.process(backup));
        assertThat(found.changes().set()).containsOnlyKeys("n5");
        assertThat(found.changes().set().get("n5").bytes()).containsExactly(7);
    }

    private Version createHundred() {
        Change creation = Change.named(operation(1)).heldBy(node);
        for (int i = 0; i < 100; i++) {
            creation.set("n" + i, new byte[1024]);
        }
        Command command = new Command.Save(creation.delta());
        run(save(command));
        return owner.value.session().stamp();
    }

    private Command change(String name, byte[] value) {
        return new Command.Save(
                Change.named(operation(2)).upon(first).set(name, value).delta());
    }

    private static CommandProcessor save(Command command) {
        return new CommandProcessor(command, RecordFormat.write(command));
    }

    private OperationId operation(long sequence) {
        return new OperationId(node, sequence);
    }

    private void run(CommandProcessor processor) {
        processor.process(owner);
        BackupProcessor follower = processor.getBackupProcessor();
        if (follower != null) {
            BackupProcessor arrived = serialization.toObject(serialization.toData(follower));
            arrived.process(backup);
        }
    }

    /** An entry of a map. */
    private static final class Entry implements ExtendedMapEntry<String, StoredEntry> {

        private @Nullable StoredEntry value;

        @Override
        public StoredEntry setValue(StoredEntry next, long ttl, TimeUnit ttlUnit) {
            value = next;
            return next;
        }

        @Override
        public StoredEntry setValueWithoutChangingExpiryTime(StoredEntry next) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String getKey() {
            return "id";
        }

        @Override
        public @Nullable StoredEntry getValue() {
            return value;
        }

        @Override
        public StoredEntry setValue(StoredEntry next) {
            throw new UnsupportedOperationException();
        }
    }
}
