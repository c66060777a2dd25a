/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import io.clowder.store.Deadline;
import io.clowder.store.ProtocolStore;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The entries that a member takes along when its cluster gives itself up to join a larger one. One thread uses it.
 */
/* Hazelcast puts them together with those of the larger cluster, too (ReunionMergePolicy), but ends at its first call that
 * fails, and drops the rest (AbstractMergeRunnable of 5.7). With fail.on.indeterminate.state that is one backup that does not
 * acknowledge within a second, just when partitions move and members start anew. So this does it once more, and each entry
 * until it is done. What has been put together is recognised. */
final class CarriedEntries {

    private static final Logger log = System.getLogger(CarriedEntries.class.getName());

    /** As long as the cluster works at all, an entry is put together in milliseconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Entries that fail, before the rest is given up: the cluster is gone, and each would take as long. */
    private static final int MAX_FAILURES = 3;

    private final HazelcastInstance instance;
    private final BoundedCalls calls;
    private List<Carried> carried = List.of();

    /**
     * An entry of this member.
     *
     * @param map the name of its map
     */
    private record Carried(String map, String id, StoredSession entry) {}

    /** Nothing yet. */
    CarriedEntries(HazelcastInstance instance, BoundedCalls calls) {
        this.instance = instance;
        this.calls = calls;
    }

    /** Takes what this member keeps now, as its owner; refers to it, and copies nothing. */
    void take() {
        List<Carried> taken = new ArrayList<>();
        MapEntries.sessionMaps(instance).forEach(map -> take(map, taken));
        carried = taken;
    }

    private void take(IMap<String, StoredEntry> map, List<Carried> taken) {
        Set<String> keys = map.localKeySet();
        int missed = 0;
        for (String id : keys) {
            Look look = new Look();
            try {
                calls.call(map, id, look, PATIENCE.toNanos());
            } catch (ExecutionException | TimeoutException | RuntimeException e) { // Hazelcast's own merge may have it
                missed++;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            StoredSession seen = look.seen;
            if (seen != null) { // else it has moved to another member, which takes it along
                taken.add(new Carried(map.getName(), id, seen));
            }
        }
        if (missed > 0) {
            log.log(
                    Level.WARNING,
                    "{0}: {1} of {2} entries could not be taken along",
                    map.getName(),
                    missed,
                    keys.size());
        }
    }

    /** Puts all of it together with what the cluster has now, and keeps nothing. */
    void reunite() {
        List<Carried> all = carried;
        carried = List.of();
        int failures = 0;
        for (int i = 0; i < all.size(); i++) {
            Carried one = all.get(i);
            try {
                reunite(one, Deadline.in(PATIENCE));
            } catch (StoreUnavailableException e) {
                failures++;
                log.log(
                        Level.ERROR,
                        "{0}: what this side of a split had of a session may be lost: {1}",
                        one.map,
                        e.getMessage());
                if (failures == MAX_FAILURES) {
                    log.log(Level.ERROR, "This may hold of another {0} sessions", all.size() - i - 1);
                    return;
                }
            }
        }
    }

    private void reunite(Carried one, Deadline deadline) {
        IMap<String, StoredEntry> map = instance.getMap(one.map);
        Calls.repeat(
                () -> calls.call(
                        map,
                        one.id,
                        new ReunionProcessor(one.entry),
                        deadline.remaining().toNanos()),
                instance,
                () -> "Session " + ProtocolStore.shortened(one.id) + ": its reunion",
                deadline);
    }

    /** Sees the entry as it is in the map; only on the member that keeps it, where this object is not serialized. */
    private static final class Look implements EntryProcessor<String, StoredEntry, byte[]>, ReadOnly {

        private static final long serialVersionUID = 1;
        private static final byte[] SEEN = {};

        private transient volatile @Nullable StoredSession seen;

        @Override
        public byte[] process(Map.Entry<String, StoredEntry> entry) {
            seen = StoredEntry.in(entry);
            return SEEN;
        }

        @Override
        public @Nullable EntryProcessor<String, StoredEntry, byte[]> getBackupProcessor() {
            return null;
        }
    }
}
