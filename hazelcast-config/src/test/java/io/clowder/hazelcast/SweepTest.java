/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static io.clowder.store.Change.values;
import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.clowder.store.Change;
import io.clowder.store.Deadline;
import io.clowder.store.RecordingCopies;
import io.clowder.store.SessionRecord;
import io.clowder.store.SessionStore;
import io.clowder.store.TestClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Members that look through their own entries for sessions that nobody looks after. */
@Timeout(180)
class SweepTest {

    private static final String MAP = "clowder:sweeps";

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
                for (String id : living.due(1, soon())) {
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
            assertThat(stores.get(0).due(1, soon())).isEmpty();
            assertThat(stores.get(1).due(1, soon())).isEmpty();
        }
    }

    @Test
    void theEntriesOfAMemberWithoutTheApplicationAreLookedThroughByTheOldestThatHasIt() {
        try (StoreMembers members = new StoreMembers(3)) {
            SessionStore oldest = store(members.get(0));
            SessionStore younger = store(members.get(2));
            HazelcastInstance without = members.get(1);
            Map<Member, Set<String>> kept = new HashMap<>();
            for (int i = 0; i < 200; i++) {
                String id = UUID.randomUUID().toString();
                oldest.save(id, idle(oldest, 1800).delta(), soon());
                kept.computeIfAbsent(ownerOf(id, without), any -> new HashSet<>())
                        .add(id);
            }
            assertThat(kept).hasSize(3);
            clock.advance(Duration.ofSeconds(1980));
            Set<String> ofOldest = new HashSet<>(kept.get(local(members.get(0))));
            ofOldest.addAll(kept.get(local(without)));
            assertThat(oldest.due(1, soon())).containsExactlyInAnyOrderElementsOf(ofOldest);
            assertThat(younger.due(1, soon())).containsExactlyInAnyOrderElementsOf(kept.get(local(members.get(2))));

            members.terminate(0);
            members.awaitSafe();
            Set<String> all = new HashSet<>();
            kept.values().forEach(all::addAll);
            assertThat(younger.due(1, soon())).containsExactlyInAnyOrderElementsOf(all);
            SessionStore added = store(without);
            assertThat(younger.due(1, soon()))
                    .doesNotContainAnyElementsOf(added.due(1, soon()))
                    .isNotEmpty();
        }
    }

    @Test
    void sessionsOfAnApplicationThatNoNodeHasAreDroppedAnHourAfterTheirTimeout() {
        try (StoreMembers members = new StoreMembers(2)) {
            HazelcastSessionStore first = store(members.get(0), "clowder:gone");
            HazelcastSessionStore second = store(members.get(1), "clowder:gone");
            HazelcastSessionStore other = store(members.get(0));
            for (int i = 0; i < 50; i++) {
                first.save(UUID.randomUUID().toString(), idle(first, 1800).delta(), soon());
            }
            String endless = UUID.randomUUID().toString();
            first.save(endless, idle(first, -1).delta(), soon());
            String claimed = UUID.randomUUID().toString();
            first.save(claimed, idle(first, 1800).delta(), soon());
            assertThat(first.end(claimed, null, soon())).isNotNull();
            String fresh = UUID.randomUUID().toString();
            first.save(fresh, idle(first, 7200).delta(), soon());
            first.close();
            IMap<String, StoredEntry> entries = members.get(1).getMap("clowder:gone");

            clock.advance(Duration.ofSeconds(1980).plus(Orphans.GRACE)); // another node may have used it a tenth later
            assertThat(other.due(1, soon())).isEmpty();
            assertThat(entries.keySet()).as("one node has the application").hasSize(53);
            second.close();
            clock.advance(Duration.ofMillis(-1));
            assertThat(other.due(1, soon())).isEmpty();
            assertThat(entries.keySet()).as("it may come back").hasSize(53);
            clock.advance(Duration.ofMillis(1));
            assertThat(other.due(1, soon())).isEmpty();
            assertThat(entries.keySet()).containsExactlyInAnyOrder(endless, fresh);
        }
    }

    private static Member ownerOf(String id, HazelcastInstance member) {
        return member.getPartitionService().getPartition(id).getOwner();
    }

    private static Member local(HazelcastInstance member) {
        return member.getCluster().getLocalMember();
    }

    private Change idle(SessionStore holder, int timeout) {
        long now = clock.millis();
        return Change.by(holder)
                .heldBy(holder.node())
                .created(now)
                .accessed(now)
                .timeout(timeout);
    }

    private HazelcastSessionStore store(HazelcastInstance instance) {
        return store(instance, MAP);
    }

    private HazelcastSessionStore store(HazelcastInstance instance, String map) {
        return new HazelcastSessionStore(instance, map, StoreMembers.nodes(instance), new RecordingCopies(), clock);
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(60));
    }
}
