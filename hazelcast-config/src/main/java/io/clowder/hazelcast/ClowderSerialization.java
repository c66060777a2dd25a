/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.nio.serialization.DataSerializableFactory;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import org.jspecify.annotations.Nullable;

/** Makes the objects that our members send to each other. The numbers are part of the protocol and never change. */
final class ClowderSerialization implements DataSerializableFactory {

    static final int FACTORY_ID = 7406;

    static final int STORED_ENTRY = 1;
    static final int COMMAND = 2;
    static final int LOAD = 3;
    static final int BACKUP = 4;
    static final int PEER_MESSAGE = 5;
    static final int DUE = 6;
    static final int MERGE_POLICY = 20;
    static final int ASK_SETTLED = 21;
    static final int REUNION = 22;
    static final int ASK_CONNECTED = 23;
    static final int TRACE = 9;
    static final int LIVING = 7;
    static final int VALUE_READ = 30;
    static final int VALUE_SWAP = 31;

    /** Makes a member know our classes. */
    static void register(Config config) {
        config.getSerializationConfig().addDataSerializableFactory(FACTORY_ID, new ClowderSerialization());
    }

    @Override
    public @Nullable IdentifiedDataSerializable create(int typeId) {
        return switch (typeId) {
            case STORED_ENTRY -> new StoredEntry();
            case COMMAND -> new CommandProcessor();
            case LOAD -> new LoadProcessor();
            case BACKUP -> new BackupProcessor();
            case PEER_MESSAGE -> new PeerMessage();
            case DUE -> new DuePredicate();
            case MERGE_POLICY -> new ReunionMergePolicy();
            case ASK_SETTLED -> new AskSettled();
            case REUNION -> new ReunionProcessor();
            case ASK_CONNECTED -> new AskConnected();
            case TRACE -> new TraceProcessor();
            case LIVING -> new LivingPredicate();
            case VALUE_READ -> new ValueRead();
            case VALUE_SWAP -> new ValueSwap();
            default -> null;
        };
    }
}
