/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.client.HazelcastClientOfflineException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import org.jspecify.annotations.Nullable;

/** A map, also of a client that is not connected yet: that gets it when it is used first. Thread-safe. */
final class LazyMap<V> {

    private final HazelcastInstance instance;
    private final String name;
    private volatile @Nullable IMap<String, V> map;

    LazyMap(HazelcastInstance instance, String name) {
        this.instance = instance;
        this.name = name;
        try {
            this.map = instance.getMap(name);
        } catch (HazelcastClientOfflineException e) {
            this.map = null; // later
        }
    }

    /** Throws {@link HazelcastClientOfflineException} when a client has not been connected yet. */
    IMap<String, V> get() {
        IMap<String, V> known = map;
        if (known == null) {
            known = instance.getMap(name); // again by another thread: the same one
            map = known;
        }
        return known;
    }
}
