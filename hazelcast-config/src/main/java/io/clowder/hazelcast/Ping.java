/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.core.IExecutorService;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks a member for a sign of life; the answer is the time of the cluster, in milliseconds since the epoch. */
final class Ping implements Callable<Long>, IdentifiedDataSerializable, HazelcastInstanceAware {

    /** Factory of what the life of the member needs; the sessions have their own. */
    static final int FACTORY_ID = 7407;

    /** Where a member keeps its {@link InstantSource} of the time of the cluster. */
    static final String CLOCK = "io.clowder.clock";

    private static final int CLASS_ID = 100;

    private @Nullable HazelcastInstance instance;

    /** Asks members. */
    static Function<Member, Future<Long>> by(Supplier<IExecutorService> executor) {
        return member -> executor.get().submitToMember(new Ping(), member);
    }

    static IdentifiedDataSerializable forClass(int classId) {
        return switch (classId) {
            case CLASS_ID -> new Ping();
            case Stays.CLASS_ID -> new Stays();
            default -> throw new IllegalArgumentException("Factory " + FACTORY_ID + " does not know class " + classId);
        };
    }

    @Override
    public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
        instance = hazelcastInstance;
    }

    /** A member without applications has no time but its own. */
    @Override
    public Long call() {
        Object clock = Objects.requireNonNull(instance).getUserContext().get(CLOCK);
        return clock instanceof InstantSource source ? source.millis() : System.currentTimeMillis();
    }

    @Override
    public int getFactoryId() {
        return FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return CLASS_ID;
    }

    @Override
    public void writeData(ObjectDataOutput out) {
        // Says nothing but hello.
    }

    @Override
    public void readData(ObjectDataInput in) {
        // Says nothing but hello.
    }
}
