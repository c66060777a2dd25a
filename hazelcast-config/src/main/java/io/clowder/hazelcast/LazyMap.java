/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import org.jspecify.annotations.Nullable;

/** A map that is asked for when it is used first: a client that is not connected yet cannot get it. Thread-safe. */
final class LazyMap<V> {

    private final HazelcastInstance instance;
    private final String name;
    private volatile @Nullable IMap<String, V> map;

    LazyMap(HazelcastInstance instance, String name) {
        this.instance = instance;
        this.name = name;
    }

    /** Throws {@link com.hazelcast.client.HazelcastClientOfflineException} when a client has not been connected yet. */
    IMap<String, V> get() {
        IMap<String, V> known = map;
        if (known == null) {
            known = instance.getMap(name); // again by another thread: the same one
            map = known;
        }
        return known;
    }
}
