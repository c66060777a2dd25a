/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.store.Change;
import io.clowder.store.Deadline;
import io.clowder.store.RecordingCopies;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A map has a near cache, which costs a message to each other member for each change, only where something is kept near. */
@Timeout(120)
class KeepNearTest {

    private static final int PORT = 6970;
    private static final String NEAR = "clowder::localhost:/near";
    private static final String PLAIN = "clowder::localhost:/plain";
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final List<ClusterMember> members = new ArrayList<>();

    @BeforeEach
    void start() {
        started(2);
    }

    @AfterEach
    void close() {
        members.forEach(ClusterMember::close);
    }

    @Test
    void onlyWhatIsKeptNearHasANearCacheOnAllMembers() {
        members.forEach(member -> member.keepNear(NEAR));
        List<HazelcastSessionStore> near = stores(NEAR);
        assertThat(near).allMatch(HazelcastSessionStore::hasNearCache);
        assertThat(stores(PLAIN)).noneMatch(HazelcastSessionStore::hasNearCache);
        await().untilAsserted(() -> {
            assertThat(isKeptNear(NEAR)).containsExactly(true, true);
            assertThat(isKeptNear(PLAIN)).containsExactly(false, false);
        });

        started(3);
        members.get(2).keepNear(NEAR);
        await().untilAsserted(() -> {
            assertThat(isKeptNear(NEAR)).containsExactly(true, true, true);
            assertThat(isKeptNear(PLAIN)).containsExactly(false, false, false);
        });
        assertThat(stores(NEAR)).allMatch(HazelcastSessionStore::hasNearCache);
    }

    @Test
    void whatIsNearIsFoundThere() {
        members.forEach(member -> member.keepNear(NEAR));
        HazelcastSessionStore owner = stores(NEAR).get(0);
        HazelcastSessionStore reader = stores(NEAR).get(1);
        String id;
        do {
            id = UUID.randomUUID().toString();
        } while (!owner.isHome(id));
        owner.save(id, Change.by(owner).set("n", "1").delta(), Deadline.in(PATIENCE));
        String known = id;
        await().until(() -> {
            long hits = reader.nearHits();
            assertThat(Objects.requireNonNull(reader.near(known, null, 0, Deadline.in(PATIENCE)))
                            .changes()
                            .set())
                    .containsOnlyKeys("n");
            return reader.nearHits() > hits;
        });
    }

    @Test
    void aMapThatWasUsedWithoutStaysSo() {
        assertThat(stores(NEAR)).noneMatch(HazelcastSessionStore::hasNearCache);
        members.forEach(member -> member.keepNear(NEAR));
        assertThat(stores(NEAR)).noneMatch(HazelcastSessionStore::hasNearCache);
    }

    private List<HazelcastSessionStore> stores(String map) {
        return members.stream()
                .map(member -> member.sessions(map, new RecordingCopies(), PATIENCE))
                .toList();
    }

    private List<Boolean> isKeptNear(String map) {
        return members.stream()
                .map(member -> member.instance().getMap(map).getLocalMapStats().getNearCacheStats() != null)
                .toList();
    }

    private void started(int number) {
        List<String> addresses = IntStream.range(PORT, PORT + 3)
                .mapToObj(port -> "127.0.0.1:" + port)
                .toList();
        while (members.size() < number) {
            members.add(ClusterMember.start(
                    new ClusterSettings("KeepNearTest", addresses, null, PORT + members.size(), null)));
        }
        await().until(() ->
                members.stream().allMatch(member -> member.addresses().size() == number));
    }
}
