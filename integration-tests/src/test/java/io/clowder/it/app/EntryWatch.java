/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import com.hazelcast.core.EntryEvent;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import com.hazelcast.map.listener.EntryEvictedListener;
import com.hazelcast.map.listener.EntryExpiredListener;
import com.hazelcast.map.listener.EntryRemovedListener;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** Counts the entries of one map of sessions that come and go, anywhere in the cluster. */
final class EntryWatch
        implements EntryAddedListener<Object, Object>,
                EntryRemovedListener<Object, Object>,
                EntryEvictedListener<Object, Object>,
                EntryExpiredListener<Object, Object> {
    private static final EntryWatch WATCH = new EntryWatch();

    private final LongAdder came = new LongAdder();
    private final LongAdder went = new LongAdder();

    private EntryWatch() {}

    /** From now on, for the maps whose names end with the text; their number. */
    static long begin(Stream<IMap<?, ?>> maps, String suffix) {
        return maps.filter(map -> map.getName().endsWith(suffix))
                .peek(map -> map.addEntryListener(WATCH, false))
                .count();
    }

    /** How many entries came, and how many went. */
    static String seen() {
        return WATCH.came.sum() + " " + WATCH.went.sum();
    }

    @Override
    public void entryAdded(EntryEvent<Object, Object> event) {
        came.increment();
    }

    @Override
    public void entryRemoved(EntryEvent<Object, Object> event) {
        went.increment();
    }

    @Override
    public void entryEvicted(EntryEvent<Object, Object> event) {
        went.increment();
    }

    @Override
    public void entryExpired(EntryEvent<Object, Object> event) {
        went.increment();
    }
}
