/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.Change;
import io.clowder.store.Deadline;
import io.clowder.store.Loaded;
import io.clowder.store.RecordingCopies;
import io.clowder.store.Saved;
import io.clowder.store.Version;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** While the member that keeps a session is silent, the one that has its backup answers who only asks. */
class BackupReadTest {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static StoreMembers members;

    private final String map = "clowder:" + UUID.randomUUID();
    private HazelcastSessionStore owner;
    private HazelcastSessionStore other;
    private Bulkhead bulkhead;
    private Heard heard;
    private Member silent;
    private String id;
    private Version created;

    @BeforeAll
    static void start() {
        members = new StoreMembers(2);
    }

    @AfterAll
    static void stop() {
        members.close();
    }

    @BeforeEach
    void create() {
        owner = store(members.get(0));
        other = store(members.get(1));
        silent = members.get(0).getCluster().getLocalMember();
        bulkhead = Peers.of(members.get(1)).bulkhead();
        heard = Peers.of(members.get(1)).heard();
        heard.answered(silent, System.nanoTime());
        do {
            id = UUID.randomUUID().toString();
        } while (!owner.isHome(id));
        created = ((Saved.Applied) owner.save(id, change("1").delta(), soon())).version();
    }

    @AfterEach
    void close() {
        bulkhead.silent(List.of());
        owner.close();
        other.close();
    }

    @Test
    void theBackupAnswersForTheSilentOwner() {
        assertThat(other.load(id, created, 2_000L, soon())).isInstanceOf(Loaded.Found.class);
        assertThat(accessedAt()).as("the owner has noted the use").isEqualTo(2_000);
        bulkhead.silent(List.of(silent));
        await("it was not asked").atMost(Duration.ofSeconds(20)).until(() -> {
            long before = accessedAt();
            assertThat(other.load(id, created, before + 1_000, soon())).isInstanceOf(Loaded.Found.class);
            return accessedAt() == before; // else the backup was not read within 50 ms
        });
        bulkhead.silent(List.of());
        assertThat(other.load(id, created, 30_000L, soon())).isInstanceOf(Loaded.Found.class);
        assertThat(accessedAt()).isEqualTo(30_000);
    }

    @Test
    void anOwnerThatMayHaveDroppedThisMemberIsAskedItself() {
        bulkhead.silent(List.of(silent));
        heard.answered(
                silent, System.nanoTime() - MapEntries.trusted(members.get(1)).toNanos());
        assertThat(other.load(id, created, 3_000L, soon())).isInstanceOf(Loaded.Found.class);
        assertThat(accessedAt()).isEqualTo(3_000);
    }

    private long accessedAt() {
        return ((Loaded.Found) owner.load(id, null, soon())).times().accessedAt();
    }

    private Change change(String value) {
        return Change.by(owner).created(1_000).accessed(1_000).timeout(60).set("n", value);
    }

    @Test
    void itHasTheLastChangeAndWhatHasEndedIsAskedForAtTheOwner() {
        bulkhead.silent(List.of(silent));
        Version second =
                ((Saved.Applied) owner.save(id, change("2").upon(created).delta(), soon())).version();
        Loaded.Found found = (Loaded.Found) other.load(id, created, soon());
        assertThat(found.version()).isEqualTo(second);
        assertThat(found.changes().set()).containsOnlyKeys("n");
        assertThat(owner.end(id, null, soon())).isNotNull();
        assertThat(other.load(id, second, soon())).isInstanceOf(Loaded.Gone.class);
    }

    private HazelcastSessionStore store(HazelcastInstance member) {
        return new HazelcastSessionStore(
                member, map, StoreMembers.nodes(member), new RecordingCopies(), InstantSource.system());
    }

    private static Deadline soon() {
        return Deadline.in(PATIENCE);
    }
}
