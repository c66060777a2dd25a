/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static io.clowder.store.Change.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import io.clowder.store.Answer;
import io.clowder.store.Change;
import io.clowder.store.Command;
import io.clowder.store.Deadline;
import io.clowder.store.Loaded;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.RecordingCopies;
import io.clowder.store.Saved;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession;
import io.clowder.store.TestClock;
import io.clowder.store.Version;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a backup has when its owner is gone. */
@Timeout(120)
class HazelcastBackupTest {

    private static final String MAP = "clowder:backups";

    private StoreMembers members;
    private HazelcastInstance owner;
    private HazelcastInstance other;
    private HazelcastSessionStore store;

    @BeforeEach
    void start() {
        members = new StoreMembers(2);
        owner = members.get(0);
        other = members.get(1);
        store = store(other);
    }

    @AfterEach
    void stop() {
        members.close();
    }

    @Test
    void nothingAcknowledgedIsLostWithTheOwnerWhateverTheNumberOfSaves() {
        Map<String, Saved.Applied> last = new LinkedHashMap<>();
        Map<String, Map<String, String>> expected = new HashMap<>();
        for (int saves = 0; saves < 200; saves++) {
            String id = ownedBy(owner);
            Saved.Applied saved = applied(store.save(
                    id, Change.by(store).heldBy(store.node()).set("n0", "0").delta(), soon()));
            Map<String, String> values = new HashMap<>(Map.of("n0", "0"));
            for (int i = 1; i <= saves; i++) {
                String name = "n" + i % 7;
                Change change = Change.by(store).upon(saved.version());
                if (i % 5 == 0) {
                    values.remove(name);
                    change.remove(name);
                } else {
                    values.put(name, "" + i);
                    change.set(name, "" + i);
                }
                saved = applied(store.save(id, change.delta(), soon()));
            }
            last.put(id, saved);
            expected.put(id, values);
        }
        members.terminate(0);
        last.forEach((id, saved) -> {
            Loaded.Found found = found(store.load(id, null, soon()));
            assertThat(found.version()).isEqualTo(saved.version());
            assertThat(values(found.changes().set())).isEqualTo(expected.get(id));
        });
    }

    @Test
    void aBackupThatMissedAChangeDoesNotAcknowledgeTheNextAndGetsAll() {
        String id = ownedBy(owner);
        Version first = create(id, "n", "1");
        Command unheard = new Command.Save(Change.named(new OperationId(NodeId.random(), 1))
                .upon(first)
                .set("m", "2")
                .delta());
        execute(id, unheard);
        long before = System.nanoTime();
        Saved.Applied saved = applied(
                store.save(id, Change.by(store).upon(first).set("k", "3").delta(), soon()));
        assertThat(saved.version().counter()).isEqualTo(3);
        assertThat(values(saved.changes().set())).isEqualTo(Map.of("m", "2"));
        assertThat(Duration.ofNanos(System.nanoTime() - before))
                .as("the backup's acknowledgement was missed first")
                .isGreaterThan(Duration.ofMillis(900));
        members.terminate(0);
        Loaded.Found found = found(store.load(id, null, soon()));
        assertThat(found.version()).isEqualTo(saved.version());
        assertThat(values(found.changes().set())).isEqualTo(Map.of("n", "1", "m", "2", "k", "3"));
    }

    /** The owner waits for the backup, also when a client asks: else a client would call it done. */
    @Test
    void aClientIsNotAnsweredBeforeTheBackupHasAcknowledged() {
        UUID node = UUID.randomUUID();
        HazelcastInstance client = members.client(node);
        MapEntries entries = new MapEntries(client, MAP, BoundedCalls.onOwnThreads(), false);
        String id = ownedBy(owner);
        Version first = create(id, "n", "1");
        execute(
                id,
                new Command.Save(Change.named(new OperationId(NodeId.random(), 1))
                        .upon(first)
                        .set("m", "2")
                        .delta()));
        Command next = new Command.Save(Change.named(new OperationId(new NodeId(node), 1))
                .upon(first)
                .set("k", "3")
                .delta());
        assertThatExceptionOfType(StoreUnavailableException.class)
                .as("the backup refuses it")
                .isThrownBy(() -> entries.execute(id, next, Deadline.in(Duration.ofMillis(900))));
        assertThat(entries.execute(id, next, soon())).isInstanceOf(Answer.Found.class);
        members.terminate(0);
        Loaded.Found found = found(store.load(id, null, soon()));
        assertThat(values(found.changes().set())).isEqualTo(Map.of("n", "1", "m", "2", "k", "3"));
    }

    @Test
    void aBackupThatIsBehindHasWhatWasAcknowledged() {
        String id = ownedBy(owner);
        Version first = create(id, "n", "1");
        Command unheard = new Command.Save(Change.named(new OperationId(NodeId.random(), 1))
                .upon(first)
                .set("n", "2")
                .delta());
        execute(id, unheard);
        members.terminate(0);
        Loaded.Found found = found(store.load(id, null, soon()));
        assertThat(found.version()).isEqualTo(first);
        assertThat(values(found.changes().set())).isEqualTo(Map.of("n", "1"));
    }

    @Test
    void aTombstoneGoesByItselfAndASessionNever() {
        String id = ownedBy(owner);
        String newId = ownedBy(owner);
        create(id, "n", "1");
        assertThat(timeToLive(id)).isEqualTo(Long.MAX_VALUE);
        store.rename(id, newId, soon());
        long hour = StoredSession.Tombstone.LIFE.toMillis();
        assertThat(timeToLive(id)).isEqualTo(hour);
        assertThat(timeToLive(newId)).isEqualTo(Long.MAX_VALUE);

        // A session that follows upon something that would go by itself stays.
        String mortal = ownedBy(owner);
        Version first = create(mortal, "n", "1");
        map().setTtl(mortal, 100, TimeUnit.SECONDS);
        assertThat(timeToLive(mortal)).isEqualTo(100_000);
        store.save(mortal, Change.by(store).upon(first).set("n", "2").delta(), soon());
        assertThat(timeToLive(mortal)).isEqualTo(Long.MAX_VALUE);

        members.terminate(0);
        assertThat(timeToLive(id)).isEqualTo(hour);
        assertThat(timeToLive(newId)).isEqualTo(Long.MAX_VALUE);
        assertThat(timeToLive(mortal)).isEqualTo(Long.MAX_VALUE);
        assertThat(map().get(id).session()).isInstanceOf(StoredSession.Tombstone.class);
    }

    @Test
    void sequencesGoOnInTheNextStoreOfTheSameMember() {
        OperationId last = store.nextOperation();
        store.close();
        HazelcastSessionStore next = store(other);
        assertThat(next.node()).isEqualTo(last.node());
        assertThat(next.nextOperation().sequence()).isGreaterThan(last.sequence());
    }

    @Test
    void homeIsWhereTheOwnerIs() {
        assertThat(store.isHome(ownedBy(other))).isTrue();
        assertThat(store.isHome(ownedBy(owner))).isFalse();
    }

    @Test
    void aClosedStoreHasNoCopiesToRelease() {
        String id = ownedBy(owner);
        RecordingCopies copies = new RecordingCopies();
        HazelcastSessionStore first =
                new HazelcastSessionStore(owner, MAP, StoreMembers.nodes(owner), copies, new TestClock());
        first.save(id, Change.by(first).heldBy(first.node()).set("n", "1").delta(), soon());
        first.close();
        assertThat(found(store.take(id, null, soon())).holder()).isEqualTo(store.node());
        assertThat(copies.told()).isEmpty();
    }

    /** Executes on the owner, and no backup hears of it. */
    private void execute(String id, Command command) {
        EntryProcessor<String, StoredEntry, Void> local = new EntryProcessor<>() {
            @Override
            public Void process(Map.Entry<String, StoredEntry> entry) {
                StoredEntry.put(entry, command.apply(StoredEntry.in(entry)).next());
                return null;
            }

            @Override
            public EntryProcessor<String, StoredEntry, Void> getBackupProcessor() {
                return null;
            }
        };
        owner.<String, StoredEntry>getMap(MAP).executeOnKey(id, local);
    }

    private Version create(String id, String name, String value) {
        return applied(store.save(
                        id,
                        Change.by(store).heldBy(store.node()).set(name, value).delta(),
                        soon()))
                .version();
    }

    private long timeToLive(String id) {
        return map().getEntryView(id).getTtl();
    }

    private IMap<String, StoredEntry> map() {
        return other.getMap(MAP);
    }

    private static HazelcastSessionStore store(HazelcastInstance instance) {
        return new HazelcastSessionStore(
                instance, MAP, StoreMembers.nodes(instance), new RecordingCopies(), new TestClock());
    }

    private String ownedBy(HazelcastInstance instance) {
        while (true) {
            String id = UUID.randomUUID().toString();
            if (instance.getPartitionService().getPartition(id).getOwner().localMember()) {
                return id;
            }
        }
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30));
    }

    private static Saved.Applied applied(Saved saved) {
        assertThat(saved).isInstanceOf(Saved.Applied.class);
        return (Saved.Applied) saved;
    }

    private static Loaded.Found found(Loaded loaded) {
        assertThat(loaded).isInstanceOf(Loaded.Found.class);
        return (Loaded.Found) loaded;
    }
}
