/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import io.clowder.store.Deadline;
import io.clowder.store.StoredSession;
import io.clowder.store.Trace;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The entries of one map of sessions, one by one and many at once. */
interface SessionEntries extends Entries {

    /** Whether {@link #nearby} can have anything. */
    default boolean hasNearCache() {
        return false;
    }

    /** How many entries the near cache had; also one that came so fast that it was there before it was looked for. */
    default long nearHits() {
        return 0;
    }

    /** How many entries the near cache had to get whole from their owners. */
    default long nearMisses() {
        return 0;
    }

    /** The entry as the near cache has it, or gets it whole; null when that does not succeed in time. */
    default @Nullable StoredSession nearby(String id, Deadline deadline) {
        return null;
    }

    /**
     * The ids of the entries of these partitions that are due at that time. One thread asks.
     *
     * @param keys one of each partition
     * @throws io.clowder.store.StoreUnavailableException if they cannot be looked through
     */
    Set<String> due(Set<String> keys, long millis);

    /** What these entries say about their sessions. */
    Map<String, Trace> traces(Set<String> ids, Deadline deadline);

    /** The ids of all sessions that have not ended, wherever they are kept. */
    Set<String> living();

    /** How many sessions have not ended, wherever they are kept. */
    long livingCount();

    /** How many commands were executed. */
    long operations();

    /** How many bytes were sent to change something. */
    long bytes();
}
