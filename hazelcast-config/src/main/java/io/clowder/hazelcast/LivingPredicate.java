/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.query.Predicate;
import io.clowder.store.StoredSession;
import java.util.Map;

/** Whether an entry is a session that has not ended yet. The map keeps objects, so nothing is decoded for it. */
final class LivingPredicate implements Predicate<String, StoredEntry>, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1;

    @Override
    public boolean apply(Map.Entry<String, StoredEntry> entry) {
        return !(entry.getValue().session() instanceof StoredSession.Tombstone);
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
        return ClowderSerialization.LIVING;
    }
}
