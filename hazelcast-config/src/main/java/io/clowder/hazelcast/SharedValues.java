/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.clowder.store.Deadline;
import io.clowder.store.ProtocolStore;
import io.clowder.store.StoreUnavailableException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Small values that all nodes share: each under its key, with the backups that sessions have, and changed only by who knows
 * the value before. Each goes by itself when nobody has set it for its lifetime. Thread-safe.
 *
 * <p>Each call but {@link #here} ends by its deadline, and then throws {@link StoreUnavailableException}: the outcome is
 * unknown, and the same call may be repeated.
 */
public final class SharedValues {

    private final HazelcastInstance instance;
    private final Supplier<@Nullable String> obstacle;
    private final LazyMap<byte[]> map;
    private final ValueCalls calls;
    private final Bulkhead bulkhead;
    private final Function<IMap<String, byte[]>, Set<String>> own;

    /** As a member sees them. */
    SharedValues(HazelcastInstance instance, String mapName, Supplier<@Nullable String> obstacle, BoundedCalls calls) {
        this(instance, mapName, obstacle, ValueCalls.where(calls), IMap::localKeySet);
    }

    /**
     * As a node sees them.
     *
     * @param obstacle why what this node has may not be taken for the cluster's; null when it may
     * @param own the keys of those that it looks after
     */
    SharedValues(
            HazelcastInstance instance,
            String mapName,
            Supplier<@Nullable String> obstacle,
            ValueCalls calls,
            Function<IMap<String, byte[]>, Set<String>> own) {
        this.instance = instance;
        this.obstacle = obstacle;
        this.map = new LazyMap<>(instance, mapName);
        this.calls = calls;
        this.bulkhead = Peers.of(instance).bulkhead();
        this.own = own;
    }

    /** The value, not to be changed; null when there is none. */
    public byte @Nullable [] get(String key, Deadline deadline) {
        byte[] found = call(key, "reading", () -> calls.get(map.get(), key, deadline), deadline);
        return found.length == 0 ? null : found;
    }

    /**
     * Sets the value if it is the one that the caller knows. Idempotent.
     *
     * @param before null for none
     * @param after null for none; not empty
     * @param lifetime after which the new value goes if nobody sets another
     * @return whether the value is the new one now
     */
    public boolean swap(
            String key, byte @Nullable [] before, byte @Nullable [] after, Duration lifetime, Deadline deadline) {
        Supplier<Future<byte[]>> swap = () -> calls.swap(map.get(), key, before, after, lifetime, deadline);
        return call(key, "change", swap, deadline).length > 0;
    }

    /** The values that this node looks after, by key: those that it keeps, or which it is its turn to look through. */
    public Map<String, byte[]> here() {
        Calls.checkStanding(obstacle.get(), "No value is looked for");
        try {
            return map.get().getAll(own.apply(map.get()));
        } catch (RuntimeException e) { // Hazelcast has no common type, and the next look makes up for any failure
            throw new StoreUnavailableException("The values of this node could not be looked through", e);
        }
    }

    private byte[] call(String key, String what, Supplier<Future<byte[]>> call, Deadline deadline) {
        Calls.awaitStanding(obstacle, () -> "Value " + ProtocolStore.shortened(key), deadline);
        try (Bulkhead.Wait wait = bulkhead.waiting(() -> Calls.owner(key, instance), deadline)) {
            return Calls.repeat(
                    () -> wait.on(call),
                    instance,
                    () -> "Value " + ProtocolStore.shortened(key) + ": its " + what,
                    deadline);
        }
    }
}
