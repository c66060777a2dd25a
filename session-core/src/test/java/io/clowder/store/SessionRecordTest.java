/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static io.clowder.store.Change.values;
import static io.clowder.store.Rendered.render;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SessionRecordTest {

    private static final int ROUNDS = 300;

    @Test
    void aSaversCopyAndTheAnswerToItsSaveAreTheNewState() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            RandomChanges changes = new RandomChanges(seed);
            SessionRecord base = SessionRecord.created(changes.creation());
            NodeId saver = changes.node();
            SessionDelta own = changes.delta(saver, base.version());
            List<SessionDelta> order = new ArrayList<>();
            for (int i = changes.random().nextInt(12); i > 0; i--) {
                NodeId by = changes.node();
                if (!by.equals(saver)) {
                    order.add(changes.delta(by, base.version()));
                }
            }
            order.add(changes.random().nextInt(order.size() + 1), own);
            SessionRecord record = base;
            for (SessionDelta delta : order) {
                record = record.with(delta);
            }
            Map<String, byte[]> copy = bytes(base);
            own.set().forEach((name, write) -> copy.put(name, write.bytes()));
            copy.keySet().removeAll(own.removed().keySet());
            merge(copy, record.since(base.version(), own.operation()));
            assertThat(render(copy)).as("seed %s", seed).isEqualTo(render(bytes(record)));
        }
    }

    @Test
    void aCommandAppliedTwiceInARowCountsOnce() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            RandomChanges changes = new RandomChanges(seed);
            StoredSession current = SessionRecord.created(changes.creation());
            for (int i = 0; i < 20; i++) {
                Command command = changes.command();
                StoredSession once = command.apply(current).next();
                assertThat(render(command.apply(once).next()))
                        .as("seed %s, %s", seed, command)
                        .isEqualTo(render(once));
                current = once;
                if (current != null) {
                    changes.seen(current.stamp());
                }
            }
        }
    }

    @Test
    void applyingChangesNothingThatWasThereBefore() {
        for (int seed = 0; seed < 200; seed++) {
            RandomChanges changes = new RandomChanges(seed);
            StoredSession current = SessionRecord.created(changes.creation());
            for (int i = 0; i < 20; i++) {
                String before = render(current);
                Command command = changes.command();
                String words = render(command);
                StoredSession next = command.apply(current).next();
                assertThat(render(current)).isEqualTo(before);
                assertThat(render(command)).isEqualTo(words);
                current = next;
                if (current != null) {
                    changes.seen(current.stamp());
                }
            }
        }
    }

    @Test
    void itRemembersThirtyTwoRemovals() {
        RandomChanges changes = new RandomChanges(1);
        SessionRecord record =
                SessionRecord.created(Change.named(changes.operation()).delta());
        for (int i = 0; i < 40; i++) {
            record = record.with(Change.named(changes.operation())
                    .upon(record.version())
                    .remove("n" + i)
                    .delta());
        }
        assertThat(record.removals()).hasSize(SessionRecord.MAX_REMOVALS).containsKeys("n8", "n39");
        assertThat(record.floor()).isEqualTo(9);
        assertThat(record.since(record.version(), null).isEmpty()).isTrue();
    }

    @Test
    void itRemembersSixteenWriters() {
        SessionRecord record = SessionRecord.created(
                Change.named(new OperationId(NodeId.random(), 1)).delta());
        OperationId first = record.version().operation();
        OperationId last = first;
        for (int i = 0; i < 16; i++) {
            assertThat(record.hasSave(first)).isTrue();
            last = new OperationId(NodeId.random(), 1);
            record = record.with(Change.named(last).upon(record.version()).delta());
        }
        assertThat(record.writers()).hasSize(SessionRecord.MAX_WRITERS);
        assertThat(record.hasSave(first)).isFalse();
        assertThat(record.hasSave(last)).isTrue();
    }

    @Test
    void theCounterOfASaveIsAboveItsBase() {
        RandomChanges changes = new RandomChanges(1);
        SessionRecord record = SessionRecord.created(changes.creation());
        Version ahead = new Version(9, changes.operation());
        assertThat(record.with(changes.delta(ahead)).version().counter()).isEqualTo(10);
    }

    private static Map<String, byte[]> bytes(SessionRecord record) {
        Map<String, byte[]> bytes = new TreeMap<>();
        record.attributes().forEach((name, attribute) -> bytes.put(name, attribute.bytes()));
        return bytes;
    }

    private static void merge(Map<String, byte[]> copy, Changes changes) {
        if (changes.whole()) {
            copy.clear();
        }
        copy.keySet().removeAll(changes.removed());
        new HashMap<>(changes.set()).forEach((name, attribute) -> copy.put(name, attribute.bytes()));
        assertThat(values(changes.set())).doesNotContainKeys(changes.removed().toArray(String[]::new));
    }
}
