/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static io.clowder.store.Change.values;
import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.sun.management.OperatingSystemMXBean;
import io.clowder.store.Change;
import io.clowder.store.Deadline;
import io.clowder.store.RecordingCopies;
import io.clowder.store.SessionRecord;
import io.clowder.store.SessionStore;
import io.clowder.store.TestClock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Members that look through their own entries for sessions that nobody looks after. */
@Timeout(180)
class SweepTest {

    private static final String MAP = "clowder:sweeps";
    private static final int MANY = 100_000;

    private final TestClock clock = new TestClock();

    @Test
    void theSessionsOfAMemberThatDiedAreEndedOnceByTheOwnersOfTheirEntries() {
        try (StoreMembers members = new StoreMembers(3)) {
            List<SessionStore> stores = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                stores.add(store(members.get(i)));
            }
            SessionStore dying = stores.get(2);
            Set<String> ids = new HashSet<>();
            for (int i = 0; i < 200; i++) {
                String id = UUID.randomUUID().toString();
                dying.save(id, idle(dying, 1800).set("n", id).delta(), soon());
                ids.add(id);
            }
            // Two ends that the dying member claims and does not live to announce.
            List<String> claimed = ids.stream().limit(2).toList();
            claimed.forEach(id -> assertThat(dying.end(id, null, soon())).isNotNull());
            clock.advance(Duration.ofSeconds(1980));
            for (SessionStore living : stores.subList(0, 2)) {
                for (String id : claimed) {
                    assertThat(living.reap(id, soon())).isNull();
                }
            }
            members.terminate(2);
            members.awaitSafe();
            Set<String> left = new HashSet<>(ids);
            List<String> announced = new ArrayList<>();
            List<Integer> perNode = new ArrayList<>();
            for (SessionStore living : stores.subList(0, 2)) {
                int before = announced.size();
                for (String id : living.due(soon())) {
                    SessionRecord last = living.reap(id, soon());
                    assertThat(last).isNotNull();
                    assertThat(values(last.attributes())).containsEntry("n", id);
                    announced.add(id);
                    left.remove(id);
                    living.announced(id, soon());
                }
                perNode.add(announced.size() - before);
            }
            assertThat(left).isEmpty();
            assertThat(announced).hasSize(200).doesNotHaveDuplicates();
            assertThat(perNode).as("both owners have a part").allMatch(count -> count > 0);
            assertThat(stores.get(0).due(soon())).isEmpty();
            assertThat(stores.get(1).due(soon())).isEmpty();
        }
    }

    /** What it costs is printed: it depends on the machine. */
    @Test
    void aLookThroughAHundredThousandIdleSessionsOfTwoMembersFindsThoseThatAreDue() throws IOException {
        try (StoreMembers members = new StoreMembers(2)) {
            List<SessionStore> stores = List.of(store(members.get(0)), store(members.get(1)));
            IMap<String, StoredEntry> map = members.get(0).getMap(MAP);
            byte[] value = new byte[200];
            Set<String> due = new HashSet<>();
            for (int i = 0; i < MANY; i++) {
                SessionStore holder = stores.get(i % 2);
                String id = UUID.randomUUID().toString();
                boolean over = i % 10_000 == 0;
                if (over) {
                    due.add(id);
                }
                holder.save(id, idle(holder, over ? 60 : 1800).set("n", value).delta(), soon());
            }
            clock.advance(Duration.ofSeconds(66));
            assertThat(map.size()).isEqualTo(MANY);
            for (int round = 0; round < 5; round++) {
                long writtenBefore = written();
                long cpuBefore = cpu();
                long begin = System.nanoTime();
                Set<String> found = new HashSet<>();
                for (int i = 0; i < 2; i++) {
                    for (String id : stores.get(i).due(soon())) {
                        assertThat(stores.get(i).isHome(id)).isTrue();
                        found.add(id);
                    }
                }
                long took = System.nanoTime() - begin;
                assertThat(found).isEqualTo(due);
                System.out.printf(
                        "One look through %,d idle sessions on two members: %.1f ms, %.1f ms of CPU in the whole JVM,"
                                + " %,d bytes written to sockets and files, heartbeats included%n",
                        MANY, took / 1e6, (cpu() - cpuBefore) / 1e6, written() - writtenBefore);
            }
            assertAllTraced(stores.get(0), map.keySet().stream().limit(10_000).collect(Collectors.toSet()));
        }
    }

    /** As a node does every two seconds that has a WebSocket open under each of them. */
    private static void assertAllTraced(SessionStore store, Set<String> ids) throws IOException {
        for (int round = 0; round < 5; round++) {
            long writtenBefore = written();
            long cpuBefore = cpu();
            long begin = System.nanoTime();
            assertThat(store.trace(ids, soon()).keySet()).isEqualTo(ids);
            System.out.printf(
                    "What became of %,d sessions on two members: %.1f ms, %.1f ms of CPU in the whole JVM, %,d bytes"
                            + " written to sockets and files, heartbeats included%n",
                    ids.size(),
                    (System.nanoTime() - begin) / 1e6,
                    (cpu() - cpuBefore) / 1e6,
                    written() - writtenBefore);
        }
    }

    private static long cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
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

    private Change idle(SessionStore holder, int timeout) {
        long now = clock.millis();
        return Change.by(holder)
                .heldBy(holder.node())
                .created(now)
                .accessed(now)
                .timeout(timeout);
    }

    private SessionStore store(HazelcastInstance instance) {
        return new HazelcastSessionStore(instance, MAP, StoreMembers.nodes(instance), new RecordingCopies(), clock);
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(60));
    }
}
