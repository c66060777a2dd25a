/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clowder.codec.AttributeCodec;
import io.clowder.codec.UnreadableAttributeException;
import io.clowder.store.Changes;
import io.clowder.store.HybridClock;
import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoredAttribute;
import io.clowder.store.TestClock;
import io.clowder.store.Version;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A map that knows what was written since it was last asked. */
class TrackedAttributesTest {

    private static final Version SOME = new Version(7, new OperationId(NodeId.random(), 1));

    private final AttributeCodec codec =
            new AttributeCodec(getClass().getClassLoader(), null, value -> "flagged".equals(value));
    private final HybridClock clock = new HybridClock(new TestClock());
    private final SessionStatistics statistics = new SessionStatistics();
    private final List<String> unsaved = new ArrayList<>();
    private final TrackedAttributes attributes = attributes("");

    /** What the last drain gave: values decoded, null for names removed. */
    private final Map<String, Object> drained = new TreeMap<>();

    @BeforeEach
    void storeThreeAttributes() {
        attributes.merge(whole(Map.of("a", 1, "b", 2, "c", 3)));
    }

    @Test
    void whatComesFromTheStoreIsNotAWrite() {
        assertThat(attributes).isEqualTo(Map.of("a", 1, "b", 2, "c", 3));
        assertDrained(Map.of());
    }

    @Test
    void putIsAWriteAlsoOfAnEqualValue() {
        assertThat(attributes.put("a", 1)).isEqualTo(1);
        assertThat(attributes.put("d", 4)).isNull();
        assertThat(attributes.put("d", 5)).isEqualTo(4);
        assertDrained(Map.of("a", 1, "d", 5));
    }

    /** As Tomcat does, which then waits for whoever writes the same attribute. */
    @Test
    void nobodyNeedsTheMonitorThatTomcatHoldsWhileItSetsAnAttribute() throws Exception {
        synchronized (attributes) {
            assertThat(CompletableFuture.supplyAsync(() -> attributes.remove("a"))
                            .get(5, TimeUnit.SECONDS))
                    .isEqualTo(1);
            assertThat(CompletableFuture.supplyAsync(() -> attributes.put("a", 2))
                            .get(5, TimeUnit.SECONDS))
                    .isNull();
        }
        assertDrained(Map.of("a", 2));
    }

    @Test
    void removeIsAWriteIfThereWasSomething() {
        assertThat(attributes.remove("a")).isEqualTo(1);
        assertThat(attributes.remove("nothing")).isNull();
        assertThat(attributes).isEqualTo(Map.of("b", 2, "c", 3));
        assertDrained(removed("a"));
    }

    @Test
    void whatWasSetAndRemovedSinceTheLastDrainIsRemoved() {
        attributes.put("d", 4);
        attributes.remove("d");
        attributes.remove("a");
        attributes.put("a", 5);
        Map<String, Object> expected = removed("d");
        expected.put("a", 5);
        assertDrained(expected);
    }

    @Test
    void putIfAbsentIsAWriteIfThereWasNothing() {
        assertThat(attributes.putIfAbsent("a", 9)).isEqualTo(1);
        assertThat(attributes.putIfAbsent("d", 9)).isNull();
        assertDrained(Map.of("d", 9));
    }

    @Test
    void removeOfAnExpectedValueIsAWriteIfItIsThat() {
        assertThat(attributes.remove("a", 2)).isFalse();
        assertThat(attributes.remove("nothing", 1)).isFalse();
        assertDrained(Map.of());
        assertThat(attributes.remove("a", 1)).isTrue();
        assertThat(attributes).doesNotContainKey("a");
        assertDrained(removed("a"));
    }

    @Test
    void replaceIsAWriteIfThereWasSomething() {
        assertThat(attributes.replace("nothing", 9)).isNull();
        assertDrained(Map.of());
        assertThat(attributes.replace("a", 9)).isEqualTo(1);
        assertDrained(Map.of("a", 9));
    }

    @Test
    void replaceOfAnExpectedValueIsAWriteIfItIsThat() {
        assertThat(attributes.replace("a", 2, 9)).isFalse();
        assertThat(attributes.replace("nothing", 1, 9)).isFalse();
        assertDrained(Map.of());
        assertThat(attributes.replace("a", 1, 9)).isTrue();
        assertDrained(Map.of("a", 9));
    }

    @Test
    void computingIsAWrite() {
        attributes.compute("a", (name, value) -> (Integer) value + 10);
        attributes.computeIfAbsent("d", name -> 4);
        attributes.computeIfAbsent("b", name -> 99);
        attributes.computeIfPresent("c", (name, value) -> null);
        attributes.merge("e", 5, (one, two) -> two);
        Map<String, Object> expected = removed("c");
        expected.putAll(Map.of("a", 11, "d", 4, "e", 5));
        assertDrained(expected);
        attributes.replaceAll((name, value) -> name);
        assertDrained(Map.of("a", "a", "b", "b", "d", "d", "e", "e"));
    }

    @Test
    void clearRemovesEachName() {
        attributes.put("d", 4);
        attributes.clear();
        assertThat(attributes).isEmpty();
        assertDrained(removed("a", "b", "c", "d"));
    }

    @Test
    void theNamesCanBeRemovedThrough() {
        Iterator<String> names = attributes.keySet().iterator();
        names.next();
        String second = names.next();
        names.remove();
        assertThat(names.hasNext()).isTrue();
        assertThat(attributes).hasSize(2).doesNotContainKey(second);
        assertDrained(removed(second));

        attributes.keySet().removeIf(name -> true);
        assertThat(attributes).isEmpty();
        assertThat(drain()).hasSize(2);
    }

    @Test
    void theNamesAreThoseOfTheMapAndDecodeNothing() {
        Set<String> names = attributes.keySet();
        assertThat(names).containsExactlyInAnyOrder("a", "b", "c").hasSize(3);
        assertThat(names.contains("a")).isTrue();
        assertThat(names.contains("nothing")).isFalse();
        attributes.put("d", 4);
        assertThat(names).hasSize(4);
        assertThat(attributes.containsKey("d")).isTrue();
        assertThat(attributes.size()).isEqualTo(4);
        assertThat(statistics.decoded()).isZero();
    }

    @Test
    void theEntriesAreASnapshotThatCannotBeWrittenThrough() {
        Set<Map.Entry<String, Object>> entries = attributes.entrySet();
        attributes.put("d", 4);
        assertThat(entries).containsExactlyInAnyOrder(Map.entry("a", 1), Map.entry("b", 2), Map.entry("c", 3));
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(entries::clear);
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> entries.iterator().next().setValue(9));
        assertThat(attributes.values()).containsExactlyInAnyOrder(1, 2, 3, 4);
    }

    @Test
    void aValueIsDecodedOnceAndStaysTheSame() {
        attributes.merge(set("list", List.of("x")));
        assertThat(statistics.decoded()).isZero();
        Object first = attributes.get("list");
        assertThat(attributes.get("list")).isSameAs(first).isEqualTo(List.of("x"));
        assertThat(attributes.get("nothing")).isNull();
        assertThat(statistics.decoded()).isEqualTo(1);
    }

    @Test
    void manyReadersGetOneInstance() throws Exception {
        for (int i = 0; i < 200; i++) {
            attributes.merge(set("list", List.of("x", i)));
            List<CompletableFuture<Object>> readers = new ArrayList<>();
            for (int n = 0; n < 4; n++) {
                readers.add(CompletableFuture.supplyAsync(() -> attributes.get("list")));
            }
            Object first = readers.get(0).get(20, TimeUnit.SECONDS);
            for (CompletableFuture<Object> reader : readers) {
                assertThat(reader.get(20, TimeUnit.SECONDS)).isSameAs(first);
            }
        }
        assertThat(statistics.decoded()).isEqualTo(200);
    }

    @Test
    void whatCannotBeReadFailsAtEachReadAndHarmsNothingElse() {
        attributes.merge(new Changes(false, Map.of("bad", stored(new byte[] {9, 9})), Set.of(), times()));
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(UnreadableAttributeException.class).isThrownBy(() -> attributes.get("bad"));
        }
        assertThat(attributes.get("a")).isEqualTo(1);
        assertThat(attributes.keySet()).contains("bad");
    }

    @Test
    void whatCannotBeReadCanBeReplacedAndRemoved() {
        byte[] unreadable = {9, 9};
        attributes.merge(
                new Changes(false, Map.of("bad", stored(unreadable), "worse", stored(unreadable)), Set.of(), times()));
        assertThat(attributes.put("bad", "good")).isNull();
        assertThat(attributes.remove("worse")).isNull();
        assertThat(attributes.get("bad")).isEqualTo("good");
        assertThat(attributes.containsKey("worse")).isFalse();
    }

    @Test
    void whatCannotBeReadIsToldAndCountedOnceForEachCopy() {
        byte[] unreadable = {9, 9};
        attributes.merge(new Changes(
                false,
                Map.of("bad", stored(unreadable), "worse", stored(unreadable), "never", stored(unreadable)),
                Set.of(),
                times()));
        assertThat(attributes.unreadable("a")).isNull();
        assertThat(attributes.unreadable("absent")).isNull();
        for (int i = 0; i < 2; i++) {
            UnreadableAttributeException reason = attributes.unreadable("bad");
            assertThat(reason).hasMessage("Attribute 'bad' cannot be read: unknown format 9");
            assertThat(reason.of("Session abcd.."))
                    .hasMessage("Session abcd..: Attribute 'bad' cannot be read: unknown format 9")
                    .hasCause(reason);
        }
        attributes.remove("worse");
        assertThat(unsaved).containsExactly("bad", "worse");
        assertThat(statistics.unreadable()).isEqualTo(2);
        assertThat(statistics.decoded()).as("the readable one").isEqualTo(1);

        attributes.merge(new Changes(false, Map.of("bad", stored(new byte[] {9, 9, 9})), Set.of(), times()));
        assertThat(attributes.unreadable("bad")).isNotNull();
        assertThat(statistics.unreadable()).as("another value").isEqualTo(3);
    }

    @Test
    void whatCannotBeReadIsDroppedAsARemoval() {
        attributes.merge(new Changes(false, Map.of("bad", stored(new byte[] {9, 9})), Set.of(), times()));
        attributes.dropUnreadable("bad"); // nobody has tried to read it
        attributes.dropUnreadable("a");
        attributes.dropUnreadable("absent");
        assertThat(attributes.keySet()).containsExactlyInAnyOrder("a", "b", "c", "bad");
        assertThat(attributes.isDirty()).isFalse();

        assertThat(attributes.unreadable("bad")).isNotNull();
        attributes.dropUnreadable("bad");
        assertThat(attributes.get("bad")).isNull();
        assertThat(attributes.keySet()).containsExactlyInAnyOrder("a", "b", "c");
        assertDrained(removed("bad"));
    }

    @Test
    void whatCameInPlaceOfTheUnreadableIsNotDropped() {
        attributes.merge(new Changes(false, Map.of("bad", stored(new byte[] {9, 9})), Set.of(), times()));
        assertThat(attributes.unreadable("bad")).isNotNull();
        attributes.put("bad", "good");
        attributes.dropUnreadable("bad");
        assertThat(attributes.get("bad")).isEqualTo("good");
    }

    @Test
    void flaggedNamesAreFoundWithoutDecoding() {
        attributes.merge(set("f", "flagged"));
        attributes.put("g", "flagged");
        attributes.put("h", "plain");
        assertThat(attributes.flagged()).containsExactlyInAnyOrder("f", "g");
        assertThat(statistics.decoded()).isZero();
        attributes.get("f");
        assertThat(attributes.flagged()).containsExactlyInAnyOrder("f", "g");
    }

    @Test
    void flaggedValuesAreThoseThatSomebodyHereHas() {
        attributes.merge(set("f", "flagged"));
        attributes.put("h", "plain");
        assertThat(attributes.flaggedValues()).isEmpty();
        attributes.get("f");
        assertThat(attributes.flaggedValues()).containsExactly("flagged");
        assertThat(statistics.decoded()).isEqualTo(1);
    }

    @Test
    void flaggedValuesThatOthersBringAreToldOnce() {
        attributes.put("own", "flagged");
        attributes.merge(set("own", "flagged")); // ours is newer
        attributes.merge(set("f", "flagged"));
        attributes.merge(set("p", "plain"));
        assertThat(attributes.newcomers()).containsExactly("f");
        assertThat(attributes.newcomers()).isEmpty();
        assertThat(statistics.decoded()).isZero();
    }

    /** Its encoding does something else, too. */
    private static final class Interfering implements Serializable {
        private static final long serialVersionUID = 1;

        private final transient Runnable then;

        Interfering(Runnable then) {
            this.then = then;
        }

        private void writeObject(ObjectOutputStream out) {
            then.run();
        }
    }

    @Test
    void whatIsRemovedWhileItIsEncodedIsNotSaved() {
        attributes.put("a", new Interfering(() -> attributes.remove("a")));
        assertDrained(removed("a"));
        Map<String, SessionDelta.Write> set = new HashMap<>();
        attributes.put("a", new Interfering(() -> attributes.remove("a")));
        attributes.drain(set, new HashMap<>(), () -> 0);
        assertThat(set).isEmpty();
    }

    @Test
    void whatIsReplacedWhileItIsEncodedIsSavedByTheNextDrain() {
        attributes.put("a", new Interfering(() -> attributes.put("a", 8)));
        drain();
        assertThat(attributes.isDirty()).isTrue();
        assertDrained(Map.of("a", 8));
    }

    @Test
    void aDrainLeavesNothingBehind() {
        attributes.put("a", 9);
        assertThat(attributes.isDirty()).isTrue();
        assertDrained(Map.of("a", 9));
        assertThat(attributes.isDirty()).isFalse();
        assertDrained(Map.of());
    }

    @Test
    void laterWritesCarryLaterTimes() {
        attributes.put("a", 9);
        attributes.remove("b");
        attributes.put("d", 9);
        Map<String, SessionDelta.Write> set = new HashMap<>();
        Map<String, Long> removed = new HashMap<>();
        attributes.drain(set, removed, () -> 0);
        assertThat(set.get("a").writtenAt()).isLessThan(removed.get("b"));
        assertThat(removed.get("b")).isLessThan(set.get("d").writtenAt());
    }

    @Test
    void aWriteIsLaterThanWhatWasMergedBefore() {
        long far = clock.next() + 1_000_000_000L;
        StoredAttribute stored = new StoredAttribute(codec.encode("a", 5), SOME, far);
        attributes.merge(new Changes(false, Map.of("a", stored), Set.of(), times()));
        attributes.put("a", 6);
        Map<String, SessionDelta.Write> set = new HashMap<>();
        attributes.drain(set, new HashMap<>(), () -> 0);
        assertThat(set.get("a").writtenAt()).isEqualTo(far + 1);
    }

    @Test
    void whatCannotBeSerializedIsReportedRemovedElsewhereAndLeftOutOfAWholeCopy() {
        attributes.put("a", new Object());
        attributes.put("b", 9);
        Map<String, Object> expected = removed("a");
        expected.put("b", 9);
        assertDrained(expected);
        assertThat(unsaved).containsExactly("a");
        assertThat(attributes.isDirty()).isFalse();
        assertThat(copied()).isEqualTo(Map.of("b", 9, "c", 3));

        attributes.put("a", 10);
        assertThat(copied()).isEqualTo(Map.of("a", 10, "b", 9, "c", 3));
    }

    @Test
    void aWholeCopyLeavesOutWhatTurnsOutNotToBeSerializable() {
        attributes.put("a", new Object());
        assertThat(copied()).isEqualTo(Map.of("b", 2, "c", 3));
        assertThat(attributes.isDirty()).isTrue();
    }

    @Test
    void aMergeTakesOverWhatIsNotDirty() {
        attributes.put("a", 9);
        attributes.remove("b");
        Map<String, StoredAttribute> theirs = new HashMap<>();
        theirs.putAll(set("a", 5).set());
        theirs.putAll(set("b", 5).set());
        theirs.putAll(set("d", 5).set());
        assertThat(attributes.merge(new Changes(false, theirs, Set.of("c"), times())))
                .isTrue();
        assertThat(attributes).isEqualTo(Map.of("a", 9, "d", 5));
    }

    @Test
    void aRemovalElsewhereDoesNotTakeWhatWasWrittenHere() {
        attributes.put("a", 9);
        assertThat(attributes.merge(new Changes(false, Map.of(), Set.of("a"), times())))
                .isFalse();
        assertThat(attributes.get("a")).isEqualTo(9);
    }

    @Test
    void aMergeOfNothingTellsSo() {
        assertThat(attributes.merge(new Changes(false, Map.of(), Set.of(), times())))
                .isFalse();
        assertThat(attributes.merge(new Changes(false, Map.of(), Set.of("nothing"), times())))
                .isFalse();
    }

    @Test
    void aWholeMergeDropsWhatIsGoneExceptWhatIsOursAlone() {
        Object local = new Object();
        attributes.put("a", local);
        drain();
        attributes.put("d", 4);
        attributes.merge(whole(Map.of("c", 5)));
        assertThat(attributes).isEqualTo(Map.of("a", local, "c", 5, "d", 4));
        attributes.merge(new Changes(false, Map.of(), Set.of("a"), times()));
        assertThat(attributes.get("a")).isSameAs(local);
    }

    @Test
    void theNameSpacesDoNotSeeEachOther() {
        TrackedAttributes container = attributes(LiveSession.CONTAINER);
        container.put("user", "Ada");
        Map<String, SessionDelta.Write> set = new HashMap<>();
        container.drain(set, new HashMap<>(), () -> 0);
        assertThat(set).containsOnlyKeys("\0user");

        Changes both = new Changes(
                true,
                Map.of(
                        "user", stored(codec.encode("user", 1)),
                        "\0user", stored(set.get("\0user").bytes())),
                Set.of(),
                times());
        attributes.merge(both);
        assertThat(attributes).isEqualTo(Map.of("user", 1));
        TrackedAttributes elsewhere = attributes(LiveSession.CONTAINER);
        elsewhere.merge(both);
        assertThat(elsewhere).isEqualTo(Map.of("user", "Ada"));

        Changes gone = new Changes(false, Map.of(), Set.of("\0user"), times());
        assertThat(attributes.merge(gone)).isFalse();
        assertThat(elsewhere.merge(gone)).isTrue();
        assertThat(attributes).isEqualTo(Map.of("user", 1));
        assertThat(elsewhere).isEmpty();
    }

    @Test
    void anApplicationCannotWriteIntoTheContainersNames() {
        attributes.put("\0user", "Eve");
        attributes.put("\1user", "Mallory");
        Map<String, SessionDelta.Write> set = new HashMap<>();
        attributes.drain(set, new HashMap<>(), () -> 0);
        attributes.copyTo(set);
        attributes.remove("\0gone");
        Map<String, StoredAttribute> theirs = new HashMap<>();
        set.forEach((name, write) -> theirs.put(name, stored(write.bytes())));
        Changes changes = new Changes(true, theirs, Set.of(), times());
        TrackedAttributes container = attributes(LiveSession.CONTAINER);
        container.merge(changes);
        assertThat(container).isEmpty();
        TrackedAttributes elsewhere = attributes("");
        elsewhere.merge(changes);
        assertThat(elsewhere).isEqualTo(Map.of("\0user", "Eve", "\1user", "Mallory", "a", 1, "b", 2, "c", 3));
    }

    @Test
    @Timeout(60)
    void betweenWritersAndDrainsNothingIsLost() throws Exception {
        TrackedAttributes busy = attributes("");
        Map<String, Object> store = new ConcurrentHashMap<>();
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Void> draining = CompletableFuture.runAsync(
                () -> {
                    while (!over.get()) {
                        drainInto(busy, store);
                    }
                },
                Threads.NEW);
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Random random = new Random(i);
            writers.add(CompletableFuture.runAsync(() -> write(busy, random), Threads.NEW));
        }
        CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new)).get(50, TimeUnit.SECONDS);
        over.set(true);
        draining.get(20, TimeUnit.SECONDS);
        drainInto(busy, store);
        assertThat(store).isEqualTo(busy);
        assertThat(busy.isDirty()).isFalse();
    }

    @Test
    @Timeout(60)
    void betweenWritersDrainsAndMergesNothingIsLost() throws Exception {
        TrackedAttributes busy = attributes("");
        Map<String, Object> store = new ConcurrentHashMap<>();
        AtomicBoolean over = new AtomicBoolean();
        // As in a session: what was drained is in the store before anything is merged, and others change it there too.
        Object conversation = new Object();
        CompletableFuture<Void> draining = CompletableFuture.runAsync(
                () -> {
                    while (!over.get()) {
                        synchronized (conversation) {
                            drainInto(busy, store);
                        }
                    }
                },
                Threads.NEW);
        CompletableFuture<Void> merging = CompletableFuture.runAsync(
                () -> {
                    Random random = new Random(99);
                    while (!over.get()) {
                        synchronized (conversation) {
                            busy.merge(changed(store, "n" + random.nextInt(8), random.nextInt(4)));
                        }
                    }
                },
                Threads.NEW);
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Random random = new Random(i);
            writers.add(CompletableFuture.runAsync(() -> write(busy, random), Threads.NEW));
        }
        CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new)).get(50, TimeUnit.SECONDS);
        over.set(true);
        draining.get(20, TimeUnit.SECONDS);
        merging.get(20, TimeUnit.SECONDS);
        drainInto(busy, store);
        assertThat(store).isEqualTo(busy);
        assertThat(busy.isDirty()).isFalse();
    }

    /** Another node's change, applied to the store, and what this node is told of it. */
    private Changes changed(Map<String, Object> store, String name, int kind) {
        if (kind == 0) {
            store.remove(name);
            return new Changes(false, Map.of(), Set.of(name), times());
        }
        store.put(name, -kind);
        return kind == 1 ? whole(store) : set(name, -kind);
    }

    private static void write(TrackedAttributes busy, Random random) {
        for (int i = 0; i < 20_000; i++) {
            String name = "n" + random.nextInt(8);
            switch (random.nextInt(7)) {
                case 0 -> busy.remove(name);
                case 1 -> busy.putIfAbsent(name, i);
                case 2 -> busy.replace(name, i);
                case 3 -> busy.remove(name, busy.get(name));
                case 4 -> busy.computeIfPresent(name, (key, value) -> (Integer) value + 1);
                default -> busy.put(name, i);
            }
        }
    }

    private void drainInto(TrackedAttributes busy, Map<String, Object> store) {
        Map<String, SessionDelta.Write> set = new HashMap<>();
        Map<String, Long> removed = new HashMap<>();
        busy.drain(set, removed, () -> 0);
        removed.keySet().forEach(store::remove);
        set.forEach((name, write) -> store.put(name, codec.decode(name, write.bytes())));
    }

    private TrackedAttributes attributes(String prefix) {
        return new TrackedAttributes(new TrackedAttributes.Kind(
                prefix, codec, Detection.ON_READ, clock, statistics, (name, reason) -> unsaved.add(name)));
    }

    private void assertDrained(Map<String, Object> expected) {
        assertThat(drain()).isEqualTo(expected);
    }

    private Map<String, Object> drain() {
        drained.clear();
        Map<String, SessionDelta.Write> set = new HashMap<>();
        Map<String, Long> removed = new HashMap<>();
        attributes.drain(set, removed, () -> 0);
        set.forEach((name, write) -> drained.put(name, codec.decode(name, write.bytes())));
        removed.keySet().forEach(name -> drained.put(name, null));
        return drained;
    }

    private Map<String, Object> copied() {
        Map<String, SessionDelta.Write> set = new HashMap<>();
        attributes.copyTo(set);
        Map<String, Object> values = new HashMap<>();
        set.forEach((name, write) -> values.put(name, Objects.requireNonNull(codec.decode(name, write.bytes()))));
        return values;
    }

    private static Map<String, Object> removed(String... names) {
        Map<String, Object> removed = new TreeMap<>();
        for (String name : names) {
            removed.put(name, null);
        }
        return removed;
    }

    private Changes whole(Map<String, ?> values) {
        Map<String, StoredAttribute> set = new HashMap<>();
        values.forEach((name, value) -> set.put(name, stored(codec.encode(name, value))));
        return new Changes(true, set, Set.of(), times());
    }

    private Changes set(String name, Object value) {
        return new Changes(false, Map.of(name, stored(codec.encode(name, value))), Set.of(), times());
    }

    private static StoredAttribute stored(byte[] bytes) {
        return new StoredAttribute(bytes, SOME, 1);
    }

    private static SessionTimes times() {
        return new SessionTimes(0, 0, 0);
    }
}
