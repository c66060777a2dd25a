/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Asks a member whether it goes on; the answer is false once it has begun to leave. */
final class Stays implements Callable<Boolean>, IdentifiedDataSerializable, HazelcastInstanceAware {

    static final int CLASS_ID = 101;

    private static final String LEAVING = "io.clowder.leaving";

    private @Nullable HazelcastInstance here;

    /** From now on this member leaves. */
    static void leaves(HazelcastInstance instance) {
        instance.getUserContext().put(LEAVING, true);
    }

    @Override
    public void setHazelcastInstance(HazelcastInstance instance) {
        here = instance;
    }

    @Override
    public Boolean call() {
        return here != null && !here.getUserContext().containsKey(LEAVING);
    }

    @Override
    public int getFactoryId() {
        return Ping.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return CLASS_ID;
    }

    @Override
    public void writeData(ObjectDataOutput out) {
        // The question is the message.
    }

    @Override
    public void readData(ObjectDataInput in) {
        // The question is the message.
    }
}
