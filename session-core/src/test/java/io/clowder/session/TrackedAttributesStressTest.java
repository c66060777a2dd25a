/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.codec.AttributeCodec;
import io.clowder.store.Changes;
import io.clowder.store.HybridClock;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoredAttribute;
import io.clowder.store.TestClock;
import io.clowder.store.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

/**
 * Writers, readers, a drainer and a merger on one map, for {@code -Dclowder.stress.seconds=N}. Writers write every name, merges
 * come from another node that writes names of its own and some of the shared ones. As in a session, what was drained is in the
 * store before anything is merged.
 */
class TrackedAttributesStressTest {

    private static final int WRITERS = 4;
    private static final int READERS = 2;
    private static final int NAMES = 8;
    private static final Version SOME = new Version(7, new OperationId(NodeId.random(), 1));

    private final AttributeCodec codec = new AttributeCodec(getClass().getClassLoader(), null, value -> false);
    private final TrackedAttributes attributes = new TrackedAttributes(new TrackedAttributes.Kind(
            "", codec, Detection.ON_READ, new HybridClock(new TestClock()), new SessionStatistics(), (name, reason) -> {
                throw new AssertionError(name, reason);
            }));

    /** What applications see. */
    private final ConcurrentMap<String, Object> map = attributes;

    private final Map<String, Object> store = new HashMap<>();
    private final Map<String, Long> stamps = new HashMap<>();

    /** The number of the newest write of a name that only one writer writes, as that writer knows it. */
    private final AtomicLongArray own = new AtomicLongArray(WRITERS);

    private final Object conversation = new Object();
    private final long seed = Long.getLong("clowder.seed", System.nanoTime());
    private final long end =
            System.nanoTime() + TimeUnit.SECONDS.toNanos(Integer.getInteger("clowder.stress.seconds", 5));
    private long drained;
    private long merged;

    private void drain(Map<String, SessionDelta.Write> set, Map<String, Long> removed) {
        attributes.drain(set, removed, () -> -1);
    }

    private boolean merge(Changes changes) {
        return attributes.merge(changes);
    }

    @Test
    void nothingIsLostAndNothingIsOverwritten() throws Exception {
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int writer = i;
            threads.add(start(i, random -> write(writer, random)));
        }
        for (int i = 0; i < READERS; i++) {
            threads.add(start(10 + i, this::read));
        }
        threads.add(start(20, random -> save()));
        threads.add(start(21, this::mergeOther));
        for (CompletableFuture<Void> thread : threads) {
            thread.get(100, TimeUnit.SECONDS);
        }
        save();
        assertThat(attributes.isDirty()).as("seed %s", seed).isFalse();
        assertThat(store).as("seed %s", seed).isEqualTo(Map.copyOf(map));
        for (int i = 0; i < WRITERS; i++) {
            assertThat(store.get("own" + i)).as("seed %s", seed).isEqualTo(own.get(i));
        }
        assertThat(drained).isPositive();
        assertThat(merged).isPositive();
    }

    private interface Turn {
        void with(Random random);
    }

    private CompletableFuture<Void> start(int number, Turn turn) {
        Random random = new Random(seed + number);
        return CompletableFuture.runAsync(
                () -> {
                    while (System.nanoTime() < end) {
                        turn.with(random);
                    }
                },
                Threads.NEW);
    }

    private void write(int writer, Random random) {
        String name = "n" + random.nextInt(NAMES);
        long value = random.nextInt(1000);
        switch (random.nextInt(8)) {
            case 0 -> map.remove(name);
            case 1 -> map.putIfAbsent(name, value);
            case 2 -> map.replace(name, value);
            case 3 -> {
                Object present = map.get(name);
                boolean done = present != null && map.replace(name, present, value);
            }
            case 4 -> {
                Object present = map.get(name);
                boolean done = present != null && map.remove(name, present);
            }
            case 5 -> map.put(name, value);
            default -> {
                // Nobody else writes it; a merge that came with an older value must not be seen.
                long next = own.get(writer) + 1;
                Object before = map.put("own" + writer, next);
                if (next > 1 && !Long.valueOf(next - 1).equals(before)) {
                    throw new AssertionError("seed " + seed + ": wrote " + (next - 1) + ", then found " + before);
                }
                own.set(writer, next);
            }
        }
    }

    private void read(Random random) {
        int writer = random.nextInt(WRITERS);
        long written = own.get(writer);
        Object seen = map.get("own" + writer);
        if (written > 0 && (seen == null || (Long) seen < written)) {
            throw new AssertionError("seed " + seed + ": after " + written + " was written, " + seen + " was read");
        }
        for (Map.Entry<String, Object> entry : map.entrySet()) {
            if (!(entry.getValue() instanceof Long)) {
                throw new AssertionError("seed " + seed + ": " + entry);
            }
        }
    }

    /** Drains, and puts what was drained where the store would have it. */
    private void save() {
        synchronized (conversation) {
            Map<String, SessionDelta.Write> set = new HashMap<>();
            Map<String, Long> removed = new HashMap<>();
            drain(set, removed);
            set.forEach((name, write) -> {
                store.put(name, codec.decode(name, write.bytes()));
                once(name, write.writtenAt());
            });
            removed.forEach((name, at) -> {
                store.remove(name);
                once(name, at);
            });
            drained += set.size() + removed.size();
        }
    }

    /** A stamp is of one write, and a write is drained once. */
    private void once(String name, long stamp) {
        Long last = stamps.put(name, stamp);
        if (last != null && last == stamp) {
            throw new AssertionError("seed " + seed + ": " + name + " was drained twice at " + stamp);
        }
    }

    /** Another node writes a name of its own, or one that is written here, too; or all there is comes back. */
    private void mergeOther(Random random) {
        synchronized (conversation) {
            int kind = random.nextInt(4);
            String name = kind == 0 ? "n" + random.nextInt(NAMES) : "other" + random.nextInt(NAMES);
            Changes changes;
            if (kind == 1) {
                store.remove(name);
                changes = new Changes(false, Map.of(), Set.of(name), new SessionTimes(0, 0, 0));
            } else {
                store.put(name, (long) -random.nextInt(1000));
                boolean whole = random.nextInt(4) == 0;
                Map<String, StoredAttribute> set = new HashMap<>();
                store.forEach((each, value) -> {
                    if (whole || each.equals(name)) {
                        set.put(each, new StoredAttribute(codec.encode(each, value), SOME, 1));
                    }
                });
                changes = new Changes(whole, set, Set.of(), new SessionTimes(0, 0, 0));
            }
            if (merge(changes)) {
                merged++;
            }
        }
    }
}
