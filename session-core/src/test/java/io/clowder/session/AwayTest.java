/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.SessionRecord;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node goes on alone while the store is away, and what it did is put together with what others did. */
class AwayTest {

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = new Node(cluster, false);
    private final Node b = new Node(cluster, false);

    @BeforeEach
    void aSessionThatBothNodesHave() {
        a.create("s", Map.of("n", 1, "mine", "old", "theirs", "old"));
        assertThat(b.read("s", "n")).isEqualTo(1);
        later();
    }

    @Test
    void whatTheNodeHasIsServedAndChangedWithoutTheStore() {
        a.store().leave();
        int calls = a.calls();
        a.write("s", "n", 2);
        assertThat(a.read("s", "n")).isEqualTo(2);
        assertThat(a.calls()).isEqualTo(calls);
        assertThat(a.sessions.statistics().alone()).isEqualTo(2);
    }

    @Test
    void aStoreThatIsLostWhileItIsAskedIsNoFailure() {
        a.store().steps().before(Command.Load.class, () -> {
            a.store().leave();
            throw new StoreUnavailableException("lost", null);
        });
        a.write("s", "n", 2);
        assertThat(a.read("s", "n")).isEqualTo(2);
    }

    @Test
    void aStoreThatIsLostWhileItSavesIsNoFailure() {
        a.store().steps().after(Command.Save.class, () -> {
            a.store().leave();
            throw new StoreUnavailableException("lost", null);
        });
        a.write("s", "n", 2);
        assertThat(b.read("s", "n")).as("it had been saved").isEqualTo(2);
        later();
        b.write("s", "n", 3);
        back(a, false);
        saveAll(a);
        assertThat(a.read("s", "n")).isEqualTo(3);
        assertThat(b.read("s", "n")).isEqualTo(3);
    }

    @Test
    void whatTheNodeItselfHadSavedIsNoConflict() {
        a.write("s", "mine", "saved");
        a.store().leave();
        b.write("s", "mine", "later");
        a.write("s", "n", 2);
        back(a, false);
        saveAll(a);
        assertThat(b.read("s", "mine")).isEqualTo("later");
        assertThat(b.read("s", "n")).isEqualTo(2);
        assertThat(a.sessions.statistics().conflicts()).isZero();
    }

    @Test
    void aSaveThatNobodyHadAcknowledgedIsNoConflictWithItself() {
        a.store().steps().after(Command.Save.class, () -> {
            a.store().leave();
            throw new StoreUnavailableException("lost", null);
        });
        a.write("s", "n", 2);
        later();
        a.write("s", "n", 3);
        back(a, false);
        saveAll(a);
        assertThat(b.read("s", "n")).isEqualTo(3);
        assertThat(a.sessions.statistics().conflicts()).isZero();
    }

    @Test
    void aStoreThatIsLostWhileASessionEndsIsNoFailure() {
        LiveSession ending = a.open("s");
        a.store().steps().after(Command.Claim.class, () -> {
            a.store().leave();
            throw new StoreUnavailableException("lost", null);
        });
        assertThat(a.sessions.end(ending, null, a.soon())).isTrue();
        assertThat(a.sessions.end(ending, null, a.soon())).as("once").isFalse();
        assertThat(a.open("s")).isNull();
        back(a, false);
        assertThat(cluster.peek("s")).isInstanceOf(StoredSession.Tombstone.class);
    }

    @Test
    void aStoreThatOnlyFailsIsNotAway() {
        a.store().steps().failBefore(Command.Load.class);
        assertThatThrownBy(() -> a.open("s")).isInstanceOf(StoreUnavailableException.class);
        LiveSession live = a.open("s");
        live.attributes().put("n", 2);
        a.store().steps().failBefore(Command.Save.class);
        assertThatThrownBy(() -> a.save(live)).isInstanceOf(StoreUnavailableException.class);
        a.store().steps().failBefore(Command.Save.class);
        assertThatThrownBy(() -> a.sessions.end(live, null, a.soon())).isInstanceOf(StoreUnavailableException.class);
        a.end(live);
        assertThat(b.read("s", "n")).isEqualTo(2);
        assertThat(a.sessions.statistics().alone()).isZero();
    }

    @Test
    void valuesThatCannotBeStoredStayAsEver() {
        a.store().leave();
        a.change("s", live -> {
            live.attributes().put("list", new ArrayList<>(List.of(1)));
            live.attributes().put("plain", new Object());
        });
        append(a, 2);
        a.change("s", live -> {
            @SuppressWarnings("unchecked")
            List<Object> list = (List<Object>) live.attributes().get("list");
            list.add(new Object());
        });
        back(a, false);
        saveAll(a);
        assertThat(a.unsaved()).contains("plain", "list");
        assertThat(b.read("s", "list")).isNull();
        assertThat(b.read("s", "plain")).isNull();
        a.change("s", live -> live.attributes().put("list", new ArrayList<>(List.of(3))));
        assertThat(b.read("s", "list")).isEqualTo(List.of(3));
    }

    @Test
    void nothingIsDroppedOrToldWhileTheStoreIsAway() {
        a.create("new", Map.of("n", 1));
        a.store().leave();
        a.silence(Duration.ofHours(1));
        a.sessions.evictIdle(Duration.ofMinutes(1));
        assertThat(a.sessions.copies()).hasSize(2);
        int calls = a.calls();
        a.sessions.tellUse("s", a.now(), 0, a.soon());
        assertThat(a.calls()).isEqualTo(calls);
        assertThat(a.sessions.isKnown("s", true, a.soon())).isTrue();
        back(a, false);
        a.sessions.evictIdle(Duration.ofMinutes(1));
        assertThat(a.sessions.copies()).isEmpty();
    }

    @Test
    void endsAreRememberedForAsLongAsTombstonesLive() {
        a.sessions.rememberEnds();
        endHere("early");
        cluster.clock().advance(StoredSession.Tombstone.LIFE.plusSeconds(1));
        endHere("late");
        a.store().leave();
        cluster.forgetAll();
        back(a, true);
        assertThat(cluster.peek("early")).isNull();
        assertThat(cluster.peek("late")).isInstanceOf(StoredSession.Tombstone.class);
    }

    private void endHere(String id) {
        LiveSession live = a.create(id, Map.of());
        assertThat(a.sessions.end(live, null, a.soon())).isTrue();
        a.sessions.announced(live);
    }

    @Test
    void whatTheNodeLacksIsAbsentOrRefused() {
        b.create("other", Map.of());
        a.store().leave();
        assertThat(a.open("other")).isNull();
        assertThat(a.sessions.isKnown("other", true, a.soon())).isFalse();
        a.sessions.refuseStrangers();
        assertThatThrownBy(() -> a.open("other"))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessage("Session othe.. is not on this node, and the cluster is away");
        assertThat(a.sessions.isKnown("other", true, a.soon())).isFalse();
        back(a, false);
        assertThat(a.open("other")).isNotNull();
    }

    @Test
    void whatWasChangedMeanwhileIsSavedLater() {
        a.store().leave();
        a.write("s", "n", 2);
        a.create("new", Map.of("x", 1));
        a.create("empty", Map.of());
        back(a, false);
        assertThat(a.sessions.copies().stream().filter(LiveSession::isUnsaved).map(LiveSession::id))
                .containsExactlyInAnyOrder("s", "new", "empty");
        saveAll(a);
        assertThat(b.read("s", "n")).isEqualTo(2);
        assertThat(b.read("new", "x")).isEqualTo(1);
        assertThat(a.sessions.statistics().joined()).isEqualTo(1);
        assertThat(a.sessions.copies()).noneMatch(LiveSession::isUnsaved);
    }

    @Test
    void theLaterWriteOfAnAttributeCounts() {
        a.store().leave();
        a.write("s", "mine", "of a, early");
        a.write("s", "theirs", "of a");
        later();
        b.write("s", "mine", "of b");
        later();
        a.change("s", live -> live.attributes().put("n", 5));
        b.write("s", "only b", 7);
        later();
        a.write("s", "theirs", "of a, late");
        back(a, false);
        for (Node node : List.of(a, b)) {
            assertThat(node.read("s", "mine")).isEqualTo("of b");
            assertThat(node.read("s", "theirs")).isEqualTo("of a, late");
            assertThat(node.read("s", "n")).isEqualTo(5);
            assertThat(node.read("s", "only b")).isEqualTo(7);
        }
        assertThat(a.sessions.statistics().conflicts()).isEqualTo(1);
    }

    @Test
    void aRemovalIsAWriteOnEitherSide() {
        a.store().leave();
        a.change("s", live -> live.attributes().remove("mine"));
        b.change("s", live -> live.attributes().remove("theirs"));
        back(a, false);
        saveAll(a);
        for (Node node : List.of(a, b)) {
            assertThat(node.read("s", "mine")).isNull();
            assertThat(node.read("s", "theirs")).isNull();
            assertThat(node.read("s", "n")).isEqualTo(1);
        }
    }

    /** A request on b wrote it before a last asked, and saved it afterwards. */
    @Test
    void whatWasSavedLateIsNotTakenForRemoved() {
        LiveSession slow = b.open("s");
        slow.attributes().put("slow", 1);
        assertThat(a.read("s", "n")).isEqualTo(1);
        b.end(slow);
        a.store().leave();
        a.write("s", "n", 2);
        back(a, false);
        saveAll(a);
        for (Node node : List.of(a, b)) {
            assertThat(node.read("s", "slow")).isEqualTo(1);
            assertThat(node.read("s", "n")).isEqualTo(2);
        }
    }

    @Test
    void anObjectChangedInPlaceCountsByItsLastChange() {
        a.change("s", live -> live.attributes().put("list", new ArrayList<>(List.of(1))));
        assertThat(b.read("s", "list")).isEqualTo(List.of(1));
        a.store().leave();
        append(a, 2);
        later();
        append(b, 3);
        later();
        append(a, 4);
        back(a, false);
        assertThat(a.read("s", "list")).isEqualTo(List.of(1, 2, 4));
        assertThat(b.read("s", "list")).isEqualTo(List.of(1, 2, 4));

        a.store().leave();
        append(a, 5);
        later();
        a.read("s", "list");
        later();
        append(b, 6);
        back(a, false);
        assertThat(a.read("s", "list")).isEqualTo(List.of(1, 2, 4, 6));
    }

    @Test
    void anEndBeatsAnyWrite() {
        a.store().leave();
        a.write("s", "n", 2);
        LiveSession ended = b.open("s");
        assertThat(b.sessions.end(ended, null, b.soon())).isTrue();
        b.sessions.announced(ended);
        back(a, false);
        assertThat(a.open("s")).isNull();
    }

    @Test
    void whatEndedHereEndsEverywhere() {
        a.store().leave();
        LiveSession ending = a.open("s");
        assertThat(a.sessions.end(ending, null, a.soon())).isTrue();
        a.sessions.announced(ending);
        assertThat(a.open("s")).isNull();
        b.write("s", "n", 9);
        a.store().reach();
        assertThat(a.open("s")).as("before it was told").isNull();
        back(a, false);
        assertThat(a.open("s")).isNull();
        assertThat(b.open("s")).isNull();
    }

    @Test
    void whatLookedIdleHereLivesOnIfOthersUsedIt() {
        a.store().leave();
        cluster.clock().advance(Duration.ofHours(1));
        LiveSession idle = a.open("s");
        assertThat(a.sessions.end(idle, cluster.clock().millis(), a.soon())).isTrue();
        b.write("s", "n", 2);
        back(a, false);
        assertThat(a.read("s", "n")).isEqualTo(2);
    }

    @Test
    void aLoginDrawsANewIdAndTheOldOneDies() {
        a.store().leave();
        LiveSession live = a.open("s");
        a.sessions.rename(live, "t", a.soon());
        live.attributes().put("user", "sally");
        a.end(live);
        assertThat(a.open("s")).isNull();
        assertThat(a.read("t", "user")).isEqualTo("sally");
        back(a, false);
        saveAll(a);
        assertThat(b.open("s")).isNull();
        assertThat(b.read("t", "user")).isEqualTo("sally");
        assertThat(b.read("t", "n")).isEqualTo(1);
    }

    @Test
    void whatTheStoreHasLostComesBack() {
        leaveBoth();
        a.write("s", "n", 2);
        cluster.forgetAll();
        back(a, true);
        back(b, true);
        saveAll(a);
        saveAll(b);
        for (Node node : List.of(a, b)) {
            assertThat(node.read("s", "n")).isEqualTo(2);
            assertThat(node.read("s", "mine")).isEqualTo("old");
        }
    }

    @Test
    void anOutdatedCopyThatComesFirstUndoesNothing() {
        anOutdatedCopyUndoesNothing(b, a);
    }

    @Test
    void anOutdatedCopyThatComesLastUndoesNothing() {
        anOutdatedCopyUndoesNothing(a, b);
    }

    /** The copy of b: it does not ask, and does not know what a did. */
    private void anOutdatedCopyUndoesNothing(Node first, Node last) {
        a.change("s", live -> live.attributes().remove("mine"));
        a.write("s", "n", 3);
        later();
        leaveBoth();
        b.write("s", "of b", 1);
        cluster.forgetAll();
        back(first, true);
        saveAll(first);
        back(last, true);
        saveAll(last);
        for (Node node : List.of(a, b)) {
            assertThat(node.read("s", "n")).isEqualTo(3);
            assertThat(node.read("s", "mine")).isNull();
            assertThat(node.read("s", "of b")).isEqualTo(1);
        }
    }

    @Test
    void bothSidesChangedWhatWasLost() {
        leaveBoth();
        b.write("s", "n", 7);
        later();
        a.write("s", "n", 8);
        a.write("s", "of a", 1);
        cluster.forgetAll();
        back(b, true);
        saveAll(b);
        back(a, true);
        saveAll(a);
        for (Node node : List.of(a, b)) {
            assertThat(node.read("s", "n")).isEqualTo(8);
            assertThat(node.read("s", "of a")).isEqualTo(1);
        }
        assertThat(a.sessions.statistics().conflicts()).isEqualTo(1);
    }

    @Test
    void whatWasEndedDoesNotComeBackToAStoreThatHasLostIt() {
        a.sessions.rememberEnds();
        LiveSession before = a.create("before", Map.of("n", 1));
        b.read("before", "n");
        before.enter();
        assertThat(a.sessions.end(before, null, a.soon())).isTrue();
        a.sessions.announced(before);
        leaveBoth();
        LiveSession ending = a.open("s");
        assertThat(a.sessions.end(ending, null, a.soon())).isTrue();
        cluster.forgetAll();
        back(a, true);
        back(b, true);
        saveAll(b);
        assertThat(b.open("s")).isNull();
        assertThat(b.open("before")).isNull();
        assertThat(cluster.peek("s")).isInstanceOf(StoredSession.Tombstone.class);
    }

    @Test
    void anEndThatIsToldLateBeatsACopyThatCameBackBefore() {
        leaveBoth();
        LiveSession ending = a.open("s");
        assertThat(a.sessions.end(ending, null, a.soon())).isTrue();
        cluster.forgetAll();
        back(b, true);
        assertThat(b.read("s", "n")).isEqualTo(1);
        back(a, true);
        assertThat(b.open("s")).isNull();
    }

    @Test
    void anOutageLongerThanTombstonesLiveBringsBackNothingThatIsGone() {
        a.store().leave();
        a.write("s", "n", 2);
        cluster.clock().advance(StoredSession.Tombstone.LIFE);
        cluster.forgetAll(); // as if it had ended, and the tombstone had been dropped
        back(a, false);
        assertThat(a.open("s")).isNull();
    }

    @Test
    void aHolderBringsBackWhatItsStoreHasLost() {
        Node holder = new Node(cluster, true);
        holder.create("held", Map.of("n", 1));
        cluster.forgetAll();
        holder.write("held", "n", 2);
        assertThat(((SessionRecord) cluster.peek("held")).attributes()).hasSize(1);
        Node other = new Node(cluster, true);
        assertThat(other.request("held", false, live -> live.attributes().get("n")))
                .isEqualTo(2);
    }

    @Test
    void anIdMayBeStoodInForWhileTheStoreIsAway() {
        b.create("far", Map.of("n", 1));
        a.store().leave();
        assertThat(a.sessions.mayStandIn("far")).isTrue();
        LiveSession instead = a.begin("far", true);
        a.sessions.standsIn(instead);
        instead.attributes().put("n", 100);
        a.end(instead);
        assertThat(a.read("far", "n")).isEqualTo(100);
        assertThat(a.sessions.mayStandIn("far")).isFalse();
        assertThat(a.sessions.mayStandIn("s")).isFalse();
        back(a, false);
        saveAll(a);
        assertThat(b.read("far", "n")).isEqualTo(1);
        assertThat(a.sessions.provisional("far")).isSameAs(instead);
        assertThat(a.sessions.isStored("far", a.soon())).isTrue();
        assertThat(a.sessions.end(instead, null, a.soon())).isTrue();
        assertThat(a.read("far", "n")).isEqualTo(1);
    }

    @Test
    void whatStoodInBecomesASessionByALogin() {
        a.store().leave();
        LiveSession instead = a.begin("far", true);
        a.sessions.standsIn(instead);
        a.sessions.rename(instead, "near", a.soon());
        instead.attributes().put("n", 1);
        a.end(instead);
        back(a, false);
        saveAll(a);
        assertThat(b.read("near", "n")).isEqualTo(1);
        assertThat(b.open("far")).isNull();
    }

    /** Whatever two nodes do in and out of touch, also with a store that forgets: of each attribute the last write is left. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void theLastWriteIsLeftWhateverHappens(int block) {
        for (int seed = block * 100; seed < block * 100 + 100; seed++) {
            new AwayTest().play(new Random(seed), "seed " + seed);
        }
    }

    private void play(Random random, String seed) {
        aSessionThatBothNodesHave();
        Map<String, Object> expected = new TreeMap<>(Map.of("n", 1, "mine", "old", "theirs", "old"));
        StringBuilder story = new StringBuilder(seed);
        List<Node> away = new ArrayList<>();
        for (int step = 0; step < 30; step++) {
            later();
            Node node = random.nextBoolean() ? a : b;
            String name = node == a ? "a" : "b";
            String attribute = List.of("n", "mine", "theirs", "more").get(random.nextInt(4));
            int what = random.nextInt(10);
            if (what < 5) {
                node.write("s", attribute, step);
                expected.put(attribute, step);
                story.append("; ").append(name).append(" writes ").append(attribute);
            } else if (what < 7) {
                if (node.request("s", live -> live.attributes().remove(attribute)) != null) { // else it removes nothing
                    expected.remove(attribute);
                }
                story.append("; ").append(name).append(" removes ").append(attribute);
            } else if (!away.contains(node)) {
                node.read("s", "n"); // else what is removed is what it knows
                node.store().leave();
                away.add(node);
                story.append("; ").append(name).append(" leaves");
            } else if (away.size() == 2 && random.nextBoolean()) {
                cluster.forgetAll();
                back(a, true);
                back(b, true);
                away.clear();
                story.append("; all is forgotten, both are back");
            } else {
                back(node, false);
                away.remove(node);
                story.append("; ").append(name).append(" is back");
            }
        }
        for (Node node : away) {
            back(node, false);
        }
        for (Node node : List.of(a, b, a)) {
            saveAll(node);
        }
        for (Node node : List.of(a, b)) {
            Map<String, Object> found = new TreeMap<>();
            node.change(
                    "s",
                    live -> live.attributes()
                            .keySet()
                            .forEach(key -> found.put(key, live.attributes().get(key))));
            assertThat(found).as(story.toString()).isEqualTo(expected);
        }
    }

    private static void append(Node node, int value) {
        node.change("s", live -> {
            @SuppressWarnings("unchecked")
            List<Object> list = (List<Object>) live.attributes().get("list");
            list.add(value);
        });
    }

    private void later() {
        cluster.clock().advance(Duration.ofSeconds(10));
    }

    private void leaveBoth() {
        a.store().leave();
        b.store().leave();
    }

    private static void back(Node node, boolean lost) {
        node.store().reach();
        node.sessions.replay(lost);
        node.store().comeBack();
    }

    private static void saveAll(Node node) {
        for (LiveSession copy : node.sessions.copies()) {
            assertThat(copy.enter()).isTrue();
            node.end(copy);
        }
    }
}
