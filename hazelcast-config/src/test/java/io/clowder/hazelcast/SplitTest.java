/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static io.clowder.store.Change.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.Config;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.merge.MergingEntry;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import io.clowder.store.Change;
import io.clowder.store.Deadline;
import io.clowder.store.Loaded;
import io.clowder.store.RecordingCopies;
import io.clowder.store.Saved;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.Version;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two members that cannot reach each other for a while go on alone, and become one cluster again that has both sides' work. */
@Timeout(180)
class SplitTest {

    private static final int PORT = 6360;
    private static final String MAP = "clowder:split";
    private static final int SESSIONS = 40;
    private static final int PARTITIONS = 31;

    /** How long a request waits for an acknowledgement. */
    private static final Duration REQUEST = Duration.ofSeconds(5);

    private final List<AutoCloseable> open = new ArrayList<>();
    private volatile boolean failing;
    private final CutProxy doorOfA = opened(new CutProxy(PORT));
    private final CutProxy doorOfB = opened(new CutProxy(PORT + 1));

    private final class Side {

        final RecordingCopies copies = new RecordingCopies();
        final ClusterMember member;
        final HazelcastSessionStore store;

        Side(CutProxy door, int port) {
            this(door, port, 1);
        }

        Side(CutProxy door, int port, int minimumSize) {
            member = opened(ClusterMember.start(
                    new ClusterSettings("SplitTest", List.of(), null, port, null, Topology.EMBEDDED, minimumSize),
                    config -> behind(door, port, config),
                    InstantSource.system()));
            store = opened(member.sessions(MAP, copies, Duration.ofSeconds(5)));
        }

        int members() {
            return member.instance().getCluster().getMembers().size();
        }

        boolean isMerging() {
            return System.nanoTime() - store.lastContact() < 0
                    || System.nanoTime() - store.lastContact()
                            > Duration.ofDays(1).toNanos();
        }
    }

    /** Cannot put anything together. */
    private static final class FailingPolicy
            implements SplitBrainMergePolicy<Object, MergingEntry<String, Object>, Object>, IdentifiedDataSerializable {
        @Override
        public Object merge(MergingEntry<String, Object> merging, @Nullable MergingEntry<String, Object> existing) {
            throw new IllegalStateException("this merge is to fail");
        }

        @Override
        public int getFactoryId() {
            return ClowderSerialization.FACTORY_ID;
        }

        @Override
        public int getClassId() {
            return ClowderSerialization.MERGE_POLICY;
        }

        @Override
        public void writeData(ObjectDataOutput out) {}

        @Override
        public void readData(ObjectDataInput in) {}
    }

    private void behind(CutProxy door, int port, Config config) {
        ClowderSerialization factory = new ClowderSerialization();
        config.getSerializationConfig()
                .addDataSerializableFactory(
                        ClowderSerialization.FACTORY_ID,
                        type -> failing && type == ClowderSerialization.MERGE_POLICY
                                ? new FailingPolicy()
                                : factory.create(type));
        config.getNetworkConfig()
                .setPort(port)
                .setPortAutoIncrement(false)
                .setPublicAddress("127.0.0.1:" + door.port());
        config.getNetworkConfig()
                .getJoin()
                .getTcpIpConfig()
                .setMembers(List.of("127.0.0.1:" + doorOfA.port(), "127.0.0.1:" + doorOfB.port()));
        config.setProperty("hazelcast.merge.first.run.delay.seconds", "2");
        config.setProperty("hazelcast.merge.next.run.delay.seconds", "2");
        config.setProperty("hazelcast.partition.count", "" + PARTITIONS);
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.add(0, resource);
        return resource;
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable resource : open) {
            resource.close();
        }
    }

    /** Also when Hazelcast's own merge ends at an entry, as it does when a backup does not acknowledge. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bothSidesWorkIsThereAfterwards(boolean mergeFails) {
        failing = mergeFails;
        Side a = new Side(doorOfA, PORT);
        Side b = new Side(doorOfB, PORT + 1);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> a.members() == 2
                        && b.members() == 2
                        && a.member.instance().getPartitionService().isClusterSafe());
        List<String> ids = new ArrayList<>();
        Map<String, Version> known = new HashMap<>();
        for (int i = 0; i < SESSIONS; i++) {
            String id = UUID.randomUUID().toString();
            ids.add(id);
            known.put(
                    id,
                    saved(a, id, Change.by(a.store).heldBy(a.store.node()).at(1).set("base", "0")));
        }

        cut(a, b);
        for (String id : ids) {
            saved(
                    a,
                    id,
                    Change.by(a.store).upon(known.get(id)).at(10).set("a", "1").set("both", "a"));
            saved(
                    b,
                    id,
                    Change.by(b.store).upon(known.get(id)).at(20).set("b", "1").set("both", "b"));
        }
        // Ended on one side, and changed on the other.
        for (Side side : List.of(a, b)) {
            String id = side == a ? ids.get(0) : ids.get(1);
            assertThat(side.store.end(id, null, soon())).isNotNull();
            side.store.announced(id, soon());
        }
        String onlyB = UUID.randomUUID().toString();
        saved(b, onlyB, Change.by(b.store).at(1).set("only", "b"));
        a.copies.clear();
        b.copies.clear();

        AtomicBoolean met = new AtomicBoolean();
        List<CompletableFuture<Void>> readers = List.of(
                CompletableFuture.runAsync(() -> seesItsOwnWork(a, "a", ids.subList(2, SESSIONS), met)),
                CompletableFuture.runAsync(() -> seesItsOwnWork(b, "b", ids.subList(2, SESSIONS), met)));
        doorOfA.mend();
        doorOfB.mend();
        await("until then nobody says that there is no such session")
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> found(a, onlyB));
        awaitMet(a, b);
        met.set(true);
        readers.forEach(CompletableFuture::join);

        for (Side side : List.of(a, b)) {
            for (String id : ids.subList(2, SESSIONS)) {
                Loaded.Found found = (Loaded.Found) side.store.load(id, null, soon());
                assertThat(values(found.changes().set()))
                        .isEqualTo(Map.of("base", "0", "a", "1", "b", "1", "both", "b"));
                // Whoever has a copy of before, or of one side, gets all of it.
                assertThat(((Loaded.Found) side.store.load(id, known.get(id), soon()))
                                .changes()
                                .whole())
                        .isTrue();
            }
            for (String id : ids.subList(0, 2)) {
                assertThat(side.store.load(id, null, soon())).isInstanceOf(Loaded.Gone.class);
            }
            assertThat(side.store.load(onlyB, null, soon())).isInstanceOf(Loaded.Found.class);
        }
        if (!mergeFails) { // else an entry of which one side is ended is not told from one that was merged before
            assertThat(a.store.merged() + b.store.merged()).isEqualTo(SESSIONS);
        }
        assertThat(a.store.mergeConflicts() + b.store.mergeConflicts()).isEqualTo(SESSIONS - 2);
        assertThat(a.copies.told()).contains("doubt");
        assertThat(b.copies.told()).contains("doubt");
    }

    /**
     * Hazelcast keeps the replica versions of a member that gave way, and drops the backup of a write whose version is lower,
     * until owner and backup are compared.
     */
    @Test
    void aNewSessionIsAcknowledgedInTimeWhereTheOtherSideHadAnotherOne() {
        Side a = new Side(doorOfA, PORT);
        Side b = new Side(doorOfB, PORT + 1);
        await().atMost(Duration.ofSeconds(30)).until(() -> a.members() == 2 && b.members() == 2);
        cut(a, b);
        for (int used = 0; used < PARTITIONS; used++) {
            Side side = used % 2 == 0 ? a : b;
            String id = idIn(used, side);
            Version version = saved(side, id, Change.by(side.store).at(1).set("n", "0"));
            for (int i = 1; i < 30; i++) {
                version = saved(
                        side, id, Change.by(side.store).upon(version).at(1).set("n", "" + i));
            }
            side.member.instance().getMap(MAP).delete(id);
        }
        doorOfA.mend();
        doorOfB.mend();
        awaitMet(a, b);

        for (int used = 0; used < PARTITIONS; used++) {
            for (Side side : List.of(a, b)) {
                Change first = Change.by(side.store).at(2).set("n", "0");
                assertThat(side.store.save(idIn(used, side), first.delta(), Deadline.in(REQUEST)))
                        .isInstanceOf(Saved.Applied.class);
            }
        }
    }

    /** What a node began alone it tells the cluster a moment after they have met. */
    @Test
    void noSessionIsDeniedThatANodeMayHaveBegunAlone() {
        Side a = new Side(doorOfA, PORT, 2);
        Side b = new Side(doorOfB, PORT + 1, 2);
        await().atMost(Duration.ofSeconds(30)).until(() -> a.members() == 2 && b.members() == 2);
        cut(a, b);
        await().atMost(Duration.ofSeconds(10)).until(() -> a.member.isAlone() && b.member.isAlone());

        Map<Side, String> begun =
                Map.of(a, UUID.randomUUID().toString(), b, UUID.randomUUID().toString());
        CountDownLatch tells = new CountDownLatch(1);
        begun.forEach((side, id) -> opened(side.member.onReturn(new ClusterNode.Return() {
            @Override
            public void replay(boolean forgotten) {}

            @Override
            public boolean back() {
                if (tells.getCount() == 0) {
                    saved(side, id, Change.by(side.store).at(1).set("alone", "1"));
                }
                return tells.getCount() == 0;
            }
        })));
        doorOfA.mend();
        doorOfB.mend();
        awaitMet(a, b);
        await().atMost(Duration.ofSeconds(10)).until(() -> !a.member.isAlone() && !b.member.isAlone());
        for (Side side : List.of(a, b)) {
            for (String id : begun.values()) {
                assertThatThrownBy(() -> side.store.load(id, null, soon()))
                        .isInstanceOf(StoreUnavailableException.class)
                        .hasMessageContaining("is not there, but may be on its way");
            }
        }
        tells.countDown();
        String unknown = UUID.randomUUID().toString();
        for (Side side : List.of(a, b)) {
            await().atMost(Duration.ofSeconds(10)).until(() -> isDenied(side, unknown));
            for (String id : begun.values()) {
                assertThat(side.store.load(id, null, soon())).isInstanceOf(Loaded.Found.class);
            }
        }
    }

    private static boolean isDenied(Side side, String id) {
        try {
            return side.store.load(id, null, soon()) instanceof Loaded.Gone;
        } catch (StoreUnavailableException e) {
            return false;
        }
    }

    /** Until each is alone. */
    private void cut(Side a, Side b) {
        doorOfA.cut();
        doorOfB.cut();
        await().atMost(Duration.ofSeconds(60)).until(() -> a.members() == 1 && b.members() == 1);
    }

    private static void awaitMet(Side a, Side b) {
        await().atMost(Duration.ofSeconds(90)).until(() -> a.members() == 2 && b.members() == 2);
        await().atMost(Duration.ofSeconds(30)).until(() -> !a.isMerging() && !b.isMerging());
    }

    private static String idIn(int partition, Side side) {
        String id = UUID.randomUUID().toString();
        while (partition(side, id) != partition) {
            id = UUID.randomUUID().toString();
        }
        return id;
    }

    private static int partition(Side side, String id) {
        return side.member.instance().getPartitionService().getPartition(id).getPartitionId();
    }

    /** Whether the side has the session that the other one made; once they have met, it must not say that there is none. */
    private static boolean found(Side side, String id) {
        boolean met = side.members() == 2;
        try {
            Loaded loaded = side.store.load(id, null, soon());
            assertThat(!met || loaded instanceof Loaded.Found).as("known").isTrue();
            return loaded instanceof Loaded.Found;
        } catch (StoreUnavailableException e) {
            return false;
        }
    }

    /** What its side has done, also while that is still being put together with what the other one has. */
    private static void seesItsOwnWork(Side side, String name, List<String> ids, AtomicBoolean met) {
        while (!met.get()) {
            for (String id : ids) {
                try {
                    Loaded.Found found = (Loaded.Found) side.store.load(id, null, soon());
                    assertThat(values(found.changes().set())).containsEntry(name, "1");
                } catch (StoreUnavailableException e) {
                    // It is not known yet.
                }
            }
        }
    }

    private static Version saved(Side side, String id, Change change) {
        return ((Saved.Applied) side.store.save(id, change.delta(), soon())).version();
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }
}
