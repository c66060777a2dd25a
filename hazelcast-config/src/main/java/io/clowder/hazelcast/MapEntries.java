/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.aggregation.Aggregators;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.DistributedObject;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import com.hazelcast.query.Predicates;
import io.clowder.store.Answer;
import io.clowder.store.Command;
import io.clowder.store.Deadline;
import io.clowder.store.ProtocolStore;
import io.clowder.store.RecordFormat;
import io.clowder.store.SessionRecord;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession;
import io.clowder.store.Trace;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The entries of an {@link IMap}: bounded calls, repeated while that can help. Commands are idempotent. */
final class MapEntries implements SessionEntries {

    private static final Logger log = System.getLogger(MapEntries.class.getName());

    /** Longer than it takes to read what this member keeps. */
    private static final Duration LOCAL = Duration.ofMillis(50);

    private final HazelcastInstance instance;
    private final LazyMap<StoredEntry> map;
    private final BoundedCalls calls;
    private final Bulkhead bulkhead;
    private final Heard heard;
    private final boolean hasNearCache;
    /** How lately a silent owner must have answered for its backup to be read; zero if none is. */
    private final Duration trusted;

    private final OwnThreads threads;
    private final LongAdder operations = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder nearHits = new LongAdder();
    private final LongAdder nearMisses = new LongAdder();

    /** Of a member, with a near cache if the map has one, and backups that may be read if its configuration says so. */
    MapEntries(HazelcastInstance instance, String mapName, BoundedCalls calls) {
        this(
                instance,
                mapName,
                calls,
                hasNearCache(instance, mapName),
                instance.getConfig().findMapConfig(mapName).isReadBackupData() ? trusted(instance) : Duration.ZERO);
    }

    /** A map that was used before it was configured has none. */
    private static boolean hasNearCache(HazelcastInstance instance, String mapName) {
        return instance.getConfig().findMapConfig(mapName).getNearCacheConfig() != null
                && instance.getMap(mapName).getLocalMapStats().getNearCacheStats() != null;
    }

    /** Of a client: what {@code hasNearCache} says, and no backups. */
    MapEntries(HazelcastInstance instance, String mapName, BoundedCalls calls, boolean hasNearCache) {
        this(instance, mapName, calls, hasNearCache, Duration.ZERO);
    }

    private MapEntries(
            HazelcastInstance instance, String mapName, BoundedCalls calls, boolean hasNearCache, Duration trusted) {
        this.instance = instance;
        this.calls = calls;
        this.bulkhead = Peers.of(instance).bulkhead();
        this.heard = Peers.of(instance).heard();
        this.map = new LazyMap<>(instance, mapName);
        this.hasNearCache = hasNearCache;
        this.trusted = trusted;
        this.threads = Peers.of(instance).threads();
    }

    @Override
    public boolean hasNearCache() {
        return hasNearCache;
    }

    @Override
    public long nearHits() {
        return nearHits.sum();
    }

    @Override
    public long nearMisses() {
        return nearMisses.sum();
    }

    @Override
    public @Nullable StoredSession nearby(String id, Deadline deadline) {
        if (!hasNearCache || deadline.isOver()) {
            return null;
        }
        // Hazelcast says in no other way whether it was a hit: that is complete at once.
        CompletableFuture<StoredEntry> entry = map.get().getAsync(id).toCompletableFuture();
        (entry.isDone() ? nearHits : nearMisses).increment();
        try {
            long patience =
                    Math.min(Bulkhead.PATIENCE.toNanos(), deadline.remaining().toNanos());
            StoredEntry found = entry.get(patience, TimeUnit.NANOSECONDS);
            return found == null ? null : found.session();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null; // the next call says so
        } catch (ExecutionException | TimeoutException e) {
            log.log(Level.DEBUG, () -> "Session " + ProtocolStore.shortened(id) + ": not got for the near cache: " + e);
            return null; // whoever keeps it is asked next, and says what is the matter
        }
    }

    /** Runs on the query threads of their owners, beside the threads that change entries, and hands over ids only. */
    @Override
    public Set<String> due(Set<String> keys, long millis) {
        if (keys.isEmpty()) {
            return Set.of();
        }
        try {
            return map.get().keySet(Predicates.multiPartitionPredicate(keys, DuePredicate.due(millis)));
        } catch (RuntimeException e) { // Hazelcast has no common type, and the next look makes up for any failure
            throw new StoreUnavailableException("Entries could not be looked through", e);
        }
    }

    /** One message to each member that has some of them. */
    @Override
    public Map<String, Trace> traces(Set<String> ids, Deadline deadline) {
        Map<String, byte[]> answers = Calls.repeat(
                () -> map.get()
                        .submitToKeys(ids, new TraceProcessor())
                        .toCompletableFuture()
                        .get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS),
                instance,
                () -> "A look at " + ids.size() + " sessions",
                deadline);
        Map<String, Trace> traces = new HashMap<>();
        answers.forEach((id, answer) -> traces.put(id, TraceProcessor.read(id, answer)));
        return traces;
    }

    @Override
    public Set<String> living() {
        try {
            return map.get().keySet(new LivingPredicate());
        } catch (RuntimeException e) { // Hazelcast has no common type
            throw new StoreUnavailableException("The sessions of the cluster could not be listed", e);
        }
    }

    /** Every member counts its own; no entry is moved. */
    @Override
    public long livingCount() {
        try {
            return map.get().aggregate(Aggregators.count(), new LivingPredicate());
        } catch (RuntimeException e) { // Hazelcast has no common type
            throw new StoreUnavailableException("The sessions of the cluster could not be counted", e);
        }
    }

    /** The maps of sessions that this member knows, of all applications, whichever nodes have them. */
    static List<IMap<String, StoredEntry>> sessionMaps(HazelcastInstance instance) {
        return instance.getDistributedObjects().stream()
                .filter(IMap.class::isInstance)
                .map(DistributedObject::getName)
                .filter(name -> name.startsWith(MemberConfig.SESSION_MAP))
                .map(instance::<String, StoredEntry>getMap)
                .toList();
    }

    /** How many of this member's own entries are sessions that have not ended. */
    static int livingHere(IMap<String, StoredEntry> map) {
        return map.localKeySet(new LivingPredicate()).size();
    }

    @Override
    public long operations() {
        return operations.sum();
    }

    /** Those of the commands. */
    @Override
    public long bytes() {
        return bytes.sum();
    }

    @Override
    public Answer execute(String id, Command command, Deadline deadline) {
        operations.increment();
        if (command instanceof Command.Load load
                && hasTrustedBackup(id)
                && backup(id, deadline) instanceof SessionRecord record
                && !record.incomplete()
                && hasTrustedBackup(id)) { // a pause of this process would make it old
            return load.apply(record).answer();
        }
        byte[] encoded = command instanceof Command.Load ? new byte[0] : RecordFormat.write(command);
        bytes.add(encoded.length);
        try (Bulkhead.Wait wait = bulkhead.waiting(() -> Calls.owner(id, instance), deadline)) {
            return Calls.repeat(
                    () -> RecordFormat.readAnswer(
                            wait.on(() -> calls.begin(map.get(), id, processor(command, encoded)))),
                    instance,
                    () -> "Session " + ProtocolStore.shortened(id) + ": its "
                            + command.getClass().getSimpleName(),
                    deadline);
        }
    }

    /**
     * So lately that the owner cannot have dropped this member, however late a heartbeat was: nothing is acknowledged that the backup here
     * lacks. A silent owner may be cut off, and go on without it.
     */
    static Duration trusted(HazelcastInstance instance) {
        return ClusterMember.longestPause(instance.getConfig()).dividedBy(2);
    }

    /** Whether the owner is silent, and a backup that is here has every change that was acknowledged. */
    private boolean hasTrustedBackup(String id) {
        if (trusted.isZero() || !bulkhead.isSilent(() -> Calls.owner(id, instance))) {
            return false;
        }
        Member owner = Calls.owner(id, instance);
        return owner != null && heard.isLately(owner, trusted);
    }

    /** What this member keeps as the backup of one that is silent; null if it does not. A use cannot be noted then. */
    private @Nullable StoredSession backup(String id, Deadline deadline) {
        long patience = Math.min(LOCAL.toNanos(), deadline.remaining().toNanos());
        try {
            // Hazelcast does not say who has a backup. What is here comes at once; else it would ask the silent member.
            Future<StoredEntry> asked = threads.begin(() -> map.get().get(id));
            try {
                StoredEntry found = asked.get(patience, TimeUnit.NANOSECONDS);
                return found == null ? null : found.session();
            } finally {
                Calls.giveUp(asked);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null; // the next call says so
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            return null; // the owner is asked, and who waits for it says what is the matter
        }
    }

    /** A new object each time: an earlier one that timed out may still be on its way. */
    private static EntryProcessor<String, StoredEntry, byte[]> processor(Command command, byte[] encoded) {
        return command instanceof Command.Load load ? new LoadProcessor(load) : new CommandProcessor(command, encoded);
    }
}
