/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static io.clowder.store.Rendered.render;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Laws of changes, for random records and random changes. */
class DeltaAlgebraTest {

    /**
     * In any order, saves of different nodes that touch different attributes come to the same values and write times, the
     * same removals, times, holder, former holders, floor and counter, and the same last sequence of each node. What differs:
     * the operation that made the last state, and the counters that attributes and removals carry.
     */
    @Test
    void savesOfDifferentAttributesCommute() {
        Property.holds(300, 5, (seed, steps) -> {
            RandomChanges changes = new RandomChanges(seed);
            SessionRecord base = SessionRecord.created(changes.creation());
            int holders = changes.random().nextInt(3);
            for (int i = 0; i < holders; i++) {
                base = base.heldBy(changes.operation());
            }
            List<Command> saves = new ArrayList<>();
            for (int i = 0; i < steps; i++) {
                boolean holder = i == 0 && base.holder() != null;
                NodeId node = holder ? base.holder() : NodeId.random();
                Change change = Change.named(changes.operation(node))
                        .upon(base.version())
                        .accessed(changes.random().nextInt(10_000));
                for (int n = i; n < 30; n += steps) {
                    int what = changes.random().nextInt(4);
                    if (what == 0) {
                        change.set("n" + n, changes.bytes());
                    } else if (what == 1) {
                        change.remove("n" + n);
                    }
                }
                if (i == 0) {
                    change.settled().timeout(changes.random().nextInt(1000));
                }
                saves.add(new Command.Save(change.delta()));
            }
            String there = content(applied(base, saves));
            Collections.shuffle(saves, changes.random());
            assertThat(content(applied(base, saves))).isEqualTo(there);
        });
    }

    private static SessionRecord applied(SessionRecord base, List<Command> saves) {
        StoredSession current = base;
        for (Command save : saves) {
            Command.Outcome outcome = save.apply(current);
            assertThat(outcome.effect()).isEqualTo(Command.Effect.CHANGED);
            current = outcome.next();
        }
        return (SessionRecord) current;
    }

    private static String content(SessionRecord record) {
        Map<String, String> content = new TreeMap<>();
        record.attributes()
                .forEach((name, each) -> content.put("set " + name, render(each.bytes()) + " at " + each.writtenAt()));
        record.removals().forEach((name, each) -> content.put("removed " + name, "at " + each.writtenAt()));
        record.writers()
                .forEach((node, last) -> content.put(
                        "writer " + node.uuid(), "" + last.operation().sequence()));
        return content + " " + record.times() + " " + render(record.holder()) + render(record.former()) + record.floor()
                + " " + record.version().counter();
    }

    /** By the operation's id, and whatever other commands came between. */
    @Test
    void aSaveThatArrivesAgainChangesNothing() {
        Property.holds(80, 30, (seed, steps) -> {
            RandomChanges changes = new RandomChanges(seed);
            List<Command> applied = new ArrayList<>();
            StoredSession current = SessionRecord.created(changes.creation());
            for (int i = 0; i < steps; i++) {
                Command command = changes.command();
                Command.Outcome outcome = command.apply(current);
                if (outcome.effect() == Command.Effect.CHANGED && command instanceof Command.Save) {
                    applied.add(command);
                }
                current = outcome.next();
                changes.seen(current.stamp());
                for (Command before : applied) {
                    Command.Outcome again = before.apply(current);
                    assertThat(again.effect()).as("%s", before).isNotEqualTo(Command.Effect.CHANGED);
                    assertThat(render(again.next())).as("%s", before).isEqualTo(render(current));
                }
            }
        });
    }

    /**
     * For every pair of states, also of different branches: a backup may be promoted that lacks the last changes. Ends and
     * sessions that begin again under the same id, repairs, and more removals than are remembered are among the changes.
     */
    @Test
    void anyStateAndTheChangesSinceAreAnyOther() {
        int[] parts = new int[2];
        Property.holds(60, 24, (seed, steps) -> {
            RandomChanges changes = new RandomChanges(seed);
            List<SessionRecord> states = new ArrayList<>();
            states.add(SessionRecord.created(changes.creation()));
            for (int i = 0; i < steps; i++) {
                boolean back = changes.random().nextInt(10) == 0;
                int from = states.size() - 1 - (back ? changes.random().nextInt(Math.min(4, states.size())) : 0);
                states.add(next(states.get(from), states.get(states.size() - 1), changes));
            }
            for (SessionRecord to : states) {
                for (SessionRecord from : states) {
                    Changes since = to.since(from.version(), null);
                    Map<String, String> copy = values(from);
                    merge(copy, since);
                    assertThat(copy)
                            .as("%s, then at %s", from.version(), to.version())
                            .isEqualTo(values(to));
                    parts[since.whole() ? 0 : 1]++;
                }
                Version unknown = new Version(to.version().counter(), changes.operation());
                assertThat(to.since(unknown, null).whole()).isTrue();
                assertThat(to.since(null, null).whole()).isTrue();
            }
        });
        assertThat(parts[0]).as("answered whole").isPositive();
        assertThat(parts[1]).as("answered with a part").isPositive();
    }

    private static SessionRecord next(SessionRecord record, SessionRecord newest, RandomChanges changes) {
        return switch (changes.random().nextInt(14)) {
            case 0, 1 -> record.heldBy(changes.operation());
            case 2, 3 -> record.renamed(changes.operation());
            case 4 -> record.asIncomplete(null, record.version().counter()).asComplete(changes.operation());
            case 5 -> repaired(record, newest, changes);
            case 6 -> {
                OperationId claim = changes.operation();
                StoredSession ending =
                        new Command.Claim(claim, null).apply(record).next();
                StoredSession tomb =
                        new Command.Bury(claim, 1, null).apply(ending).next();
                SessionDelta first = Change.named(changes.operation())
                        .set("again", changes.bytes())
                        .created(changes.operation().sequence())
                        .whole()
                        .delta();
                yield (SessionRecord) new Command.Save(first).apply(tomb).next();
            }
            default -> record.with(changes.delta(record.version()));
        };
    }

    /** The record missed what led to the newest state; a node that has that supplies it. */
    private static SessionRecord repaired(SessionRecord record, SessionRecord newest, RandomChanges changes) {
        Change whole = Change.named(changes.operation()).upon(newest.version()).whole();
        newest.attributes().forEach((name, each) -> whole.set(name, each.bytes()));
        SessionRecord missed = record.asIncomplete(null, newest.version().counter());
        return (SessionRecord) new Command.Save(whole.delta()).apply(missed).next();
    }

    private static Map<String, String> values(SessionRecord record) {
        Map<String, String> values = new TreeMap<>();
        record.attributes().forEach((name, attribute) -> values.put(name, render(attribute.bytes())));
        return values;
    }

    private static void merge(Map<String, String> copy, Changes changes) {
        if (changes.whole()) {
            copy.clear();
        }
        copy.keySet().removeAll(changes.removed());
        changes.set().forEach((name, attribute) -> copy.put(name, render(attribute.bytes())));
    }
}
