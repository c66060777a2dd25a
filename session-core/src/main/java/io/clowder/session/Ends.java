/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.store.Deadline;
import io.clowder.store.SessionStore;
import io.clowder.store.StoredSession.Tombstone;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sessions that have ended, of which the store has to be told when it comes back: those that this node ended while the store was
 * away; and, for a store that has forgotten everything, those that this node had ended before. Thread-safe.
 */
final class Ends {

    /** Stands for no time. */
    private static final long ANYWAY = -1;

    private final InstantSource clock;

    /** While the store is away; the value is a time at which the session looked idle, or {@link #ANYWAY}. */
    private final Map<String, Long> alone = new ConcurrentHashMap<>();

    /** When each of the sessions ended that the store knows of; oldest first. */
    private final Map<String, Long> lately = new LinkedHashMap<>();

    private volatile int most;

    Ends(InstantSource clock) {
        this.clock = clock;
    }

    /** From now on remembers so many that the store was told of, for as long as the store would remember them. */
    void remember(int ends) {
        most = ends;
    }

    /**
     * Ended without the store.
     *
     * @param idleAt when given, it ended because it looked idle at that time, milliseconds since the epoch
     */
    void alone(String id, @Nullable Long idleAt) {
        alone.put(id, idleAt == null ? ANYWAY : idleAt);
    }

    /** Whether it has ended here, and the store has not been told yet. */
    boolean isAlone(String id) {
        return alone.containsKey(id);
    }

    /** Ended in the store. */
    void told(String id) {
        if (most == 0) {
            return;
        }
        synchronized (lately) {
            lately.put(id, clock.millis());
            long oldest = clock.millis() - Tombstone.LIFE.toMillis();
            var ends = lately.entrySet().iterator();
            while (ends.hasNext() && (ends.next().getValue() < oldest || lately.size() > most)) {
                ends.remove();
            }
        }
    }

    /**
     * Tells the store; throws {@link io.clowder.store.StoreUnavailableException}, and may then be called again.
     *
     * @param lost whether the store has lost everything since
     */
    void replay(SessionStore store, boolean lost, Supplier<Deadline> deadlines) {
        if (lost) {
            for (String id : lately()) {
                store.bury(id, deadlines.get());
            }
        }
        alone.forEach((id, idleAt) -> {
            if (idleAt == ANYWAY) {
                store.bury(id, deadlines.get());
            } else if (store.end(id, idleAt, deadlines.get()) != null) {
                store.announced(id, deadlines.get());
            } // else it was used on another node, and lives on
            alone.remove(id);
        });
    }

    private List<String> lately() {
        synchronized (lately) {
            return List.copyOf(lately.keySet());
        }
    }

    void clear() {
        alone.clear();
        synchronized (lately) {
            lately.clear();
        }
    }
}
