/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.clowder.store.Deadline;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.RecordingCopies;
import io.clowder.store.SessionRecord;
import io.clowder.store.SessionStore;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoredAttribute;
import io.clowder.store.TestClock;
import io.clowder.store.Version;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * EX-3: a look through 100,000 sessions of 50 KB moves and copies no value. All of them share one array of 50 KB: they fit into
 * the heap as long as that holds, and 5 GB of values would be made if it did not.
 */
@Timeout(180)
class EX3SweepTest {

    private static final String MAP = "clowder:many";
    private static final int MANY = 100_000;
    private static final int KILOBYTE = 1024;
    private static final byte[] VALUE = new byte[50 * KILOBYTE];
    private static final int PARTS = 6;

    private final TestClock clock = new TestClock();

    /** How many entries were made of bytes, on all members. */
    private final LongAdder decoded = new LongAdder();

    @Test
    void aLookFindsTheIdsOfThoseThatAreDueAndMovesNoValue() throws IOException {
        try (StoreMembers members = new StoreMembers(2, this::count)) {
            List<SessionStore> stores = List.of(store(members.get(0)), store(members.get(1)));
            Set<String> due = fill(members.get(0));
            awaitQuiet();
            clock.advance(Duration.ofSeconds(66));
            assertThat(decoded.sum()).isZero();
            for (int round = 0; round < 3; round++) {
                assertThat(looked(stores, 1, "One look")).isEqualTo(due);
                Set<String> inParts = new HashSet<>();
                List<Integer> sizes = new ArrayList<>();
                for (int part = 0; part < PARTS; part++) {
                    Set<String> found = looked(stores, PARTS, "A sixth of a look");
                    inParts.addAll(found);
                    sizes.add(found.size());
                }
                assertThat(inParts).isEqualTo(due);
                assertThat(sizes.stream().mapToInt(size -> size).sum()).isEqualTo(due.size());
                assertThat(sizes).allMatch(size -> size < due.size());
            }
            Set<String> asked = members.get(0).<String, StoredEntry>getMap(MAP).keySet().stream()
                    .limit(10_000)
                    .collect(Collectors.toSet());
            for (int round = 0; round < 3; round++) {
                assertThat(traced(stores.get(0), asked)).isEqualTo(asked);
            }
            assertThat(decoded.sum()).as("entries read from bytes").isZero();
        }
    }

    /** What a node asks every two seconds that has a WebSocket open under each of them; what it costs is printed. */
    private static Set<String> traced(SessionStore store, Set<String> ids) throws IOException {
        long writtenBefore = written();
        long cpuBefore = cpu();
        long begin = System.nanoTime();
        Set<String> found = store.trace(ids, soon()).keySet();
        System.out.printf(
                "What became of %,d sessions on two members: %.1f ms, %.1f ms of CPU in the whole JVM, %,d bytes"
                        + " written to sockets and files, heartbeats included%n",
                ids.size(), (System.nanoTime() - begin) / 1e6, (cpu() - cpuBefore) / 1e6, written() - writtenBefore);
        return found;
    }

    /** One part on each member: what it found. What it costs is printed, it depends on the machine. */
    private Set<String> looked(List<SessionStore> stores, int parts, String what) throws IOException {
        long writtenBefore = written();
        long allocatedBefore = allocated();
        long cpuBefore = cpu();
        long begin = System.nanoTime();
        Set<String> found = new HashSet<>();
        for (SessionStore store : stores) {
            for (String id : store.due(parts, soon())) {
                assertThat(store.isHome(id)).isTrue();
                found.add(id);
            }
        }
        long took = System.nanoTime() - begin;
        long cpu = cpu() - cpuBefore;
        long allocated = allocated() - allocatedBefore;
        long written = written() - writtenBefore;
        System.out.printf(
                "EX-3 %s through %,d idle sessions of %d KB on two members: %.1f ms, %.1f ms of CPU in the whole JVM,"
                        + " %,d bytes written to sockets and files, heartbeats included, %,d KB allocated%n",
                what, MANY, VALUE.length / KILOBYTE, took / 1e6, cpu / 1e6, written, allocated / KILOBYTE);
        assertThat(written).as("bytes sent").isLessThan(50L * VALUE.length / 10);
        assertThat(allocated).as("bytes allocated").isLessThan((long) MANY * KILOBYTE);
        return found;
    }

    /** What the making of so many entries leaves to backups and near caches is not a look's. */
    private static void awaitQuiet() {
        await().atMost(Duration.ofSeconds(60)).pollDelay(Duration.ZERO).until(() -> {
            long writtenBefore = written();
            long allocatedBefore = allocated();
            LockSupport.parkNanos(300_000_000);
            return written() - writtenBefore < 50L * KILOBYTE && allocated() - allocatedBefore < 4_000L * KILOBYTE;
        });
    }

    /** Every thousandth is due after 66 s; their ids. */
    private Set<String> fill(HazelcastInstance member) {
        IMap<String, StoredEntry> map = member.getMap(MAP);
        Set<String> due = ids(MANY / 1000);
        map.executeOnKeys(due, new Plant(clock.millis(), 60));
        map.executeOnKeys(ids(MANY - due.size()), new Plant(clock.millis(), 1800));
        assertThat(map.size()).isEqualTo(MANY);
        return due;
    }

    private static Set<String> ids(int count) {
        Set<String> ids = new HashSet<>();
        while (ids.size() < count) {
            ids.add(UUID.randomUUID().toString());
        }
        return ids;
    }

    /** Makes a session where it lives, so that all share the value. */
    private record Plant(long now, int timeout) implements EntryProcessor<String, StoredEntry, Object> {
        @Override
        public Object process(Map.Entry<String, StoredEntry> entry) {
            OperationId operation = new OperationId(NodeId.random(), 1);
            Version version = new Version(1, operation);
            SessionRecord session = new SessionRecord(
                    version,
                    operation.node(),
                    Map.of(),
                    new SessionTimes(now, now, timeout),
                    Map.of("value", new StoredAttribute(VALUE, version, 1)),
                    Map.of(),
                    0,
                    Map.of(operation.node(), version),
                    List.of(),
                    false);
            StoredEntry.put(entry, session);
            return true;
        }
    }

    private void count(com.hazelcast.config.Config config) {
        ClowderSerialization factory = new ClowderSerialization();
        config.getSerializationConfig().addDataSerializableFactory(ClowderSerialization.FACTORY_ID, type -> {
            if (type == ClowderSerialization.STORED_ENTRY) {
                decoded.increment();
            }
            return factory.create(type);
        });
    }

    private static long cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return LongStream.of(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
                .filter(bytes -> bytes > 0)
                .sum();
    }

    /** What this process has written, as Linux counts it; elsewhere zero. */
    private static long written() throws IOException {
        Path counters = Path.of("/proc/self/io");
        if (!Files.exists(counters)) {
            return 0;
        }
        return Files.readAllLines(counters).stream()
                .filter(line -> line.startsWith("wchar:"))
                .mapToLong(line ->
                        Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
                .sum();
    }

    private SessionStore store(HazelcastInstance instance) {
        return new HazelcastSessionStore(instance, MAP, StoreMembers.nodes(instance), new RecordingCopies(), clock);
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(60));
    }
}
