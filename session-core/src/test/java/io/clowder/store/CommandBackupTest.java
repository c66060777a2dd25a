/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static io.clowder.store.Rendered.render;
import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A backup is its owner's equal, or knows that it is not. */
class CommandBackupTest {

    private static final int ROUNDS = 300;
    private static final int COMMANDS = 30;

    @Test
    void aBackupInStepHasExactlyTheOwnersState() {
        int tombstones = 0;
        int seals = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            RandomChanges changes = new RandomChanges(seed);
            StoredSession owner = null;
            StoredSession backup = null;
            for (int i = 0; i < COMMANDS; i++) {
                Command command = changes.command();
                Command.Outcome outcome = command.apply(owner);
                backup = follow(backup, owner, command, outcome);
                owner = outcome.next();
                assertThat(render(backup))
                        .as("seed %s, step %s, %s", seed, i, command)
                        .isEqualTo(render(owner));
                tombstones += owner instanceof StoredSession.Tombstone ? 1 : 0;
                seals += owner instanceof StoredSession.Sealed ? 1 : 0;
                if (owner instanceof StoredSession.Tombstone || owner instanceof StoredSession.Ending) {
                    owner = null;
                    backup = null;
                } else if (owner != null) {
                    changes.seen(owner.stamp());
                }
            }
        }
        assertThat(tombstones).isGreaterThan(100);
        assertThat(seals).isGreaterThan(100);
    }

    @Test
    void aBackupThatMissedACommandIsIncompleteAndNeverAMixture() {
        int incomplete = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            RandomChanges changes = new RandomChanges(seed);
            int missed = changes.random().nextInt(8);
            StoredSession owner = null;
            StoredSession backup = null;
            String whenMissed = "";
            boolean behind = false;
            for (int i = 0; i < COMMANDS; i++) {
                Command command = changes.command();
                Command.Outcome outcome = command.apply(owner);
                if (i == missed) {
                    whenMissed = attributes(backup);
                    behind = outcome.effect() != Command.Effect.NONE;
                } else {
                    StoredSession before = backup;
                    backup = follow(backup, owner, command, outcome);
                    boolean changed = outcome.effect() == Command.Effect.CHANGED;
                    boolean equal = render(backup).equals(render(outcome.next()));
                    if (behind && changed && !equal) {
                        assertThat(backup).as("seed %s, %s", seed, command).isInstanceOf(SessionRecord.class);
                        assertThat(((SessionRecord) backup).incomplete()).isTrue();
                        assertThat(attributes(backup)).isEqualTo(whenMissed);
                        incomplete++;
                    }
                    if (outcome.effect() == Command.Effect.NONE) {
                        assertThat(backup).isSameAs(before);
                    }
                    behind = behind && !(equal && outcome.effect() != Command.Effect.NONE);
                }
                owner = outcome.next();
                if (owner != null) {
                    changes.seen(owner.stamp());
                }
            }
        }
        assertThat(incomplete).isGreaterThan(50);
    }

    @Test
    void aBackupThatGetsACommandTwiceIsStillInStep() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            RandomChanges changes = new RandomChanges(seed);
            StoredSession owner = null;
            StoredSession backup = null;
            for (int i = 0; i < COMMANDS; i++) {
                Command command = changes.command();
                Command.Outcome outcome = command.apply(owner);
                backup = follow(backup, owner, command, outcome);
                if (command.operation() != null) {
                    backup = follow(backup, owner, command, outcome);
                }
                owner = outcome.next();
                assertThat(render(backup))
                        .as("seed %s, step %s, %s", seed, i, command)
                        .isEqualTo(render(owner));
                if (owner != null) {
                    changes.seen(owner.stamp());
                }
            }
        }
    }

    @Test
    void aMissedTakeoverTellsWhoCanRepair() {
        RandomChanges changes = new RandomChanges(1);
        NodeId first = NodeId.random();
        NodeId taker = NodeId.random();
        SessionRecord copy = SessionRecord.created(
                Change.named(changes.operation()).heldBy(first).set("n", "1").delta());
        Command take = new Command.Take(new OperationId(taker, 1), null);
        SessionRecord marked = (SessionRecord) take.onBackup(copy, new Version(5, changes.operation()));
        assertThat(marked.incomplete()).isTrue();
        assertThat(marked.holder()).isEqualTo(taker);
        assertThat(marked.former()).containsOnlyKeys(first);
        SessionRecord placeholder = (SessionRecord) take.onBackup(null, new Version(5, changes.operation()));
        assertThat(placeholder.isPlaceholder()).isTrue();
        assertThat(placeholder.holder()).isEqualTo(taker);
    }

    /** What the backup has after the owner executed a command; everything goes through its binary form. */
    static @Nullable StoredSession follow(
            @Nullable StoredSession backup, @Nullable StoredSession owner, Command command, Command.Outcome outcome) {
        return switch (outcome.effect()) {
            case NONE, NOTED -> backup;
            case CHANGED ->
                RecordFormat.readCommand(RecordFormat.write(command))
                        .onBackup(backup, owner == null ? null : owner.stamp());
            case REPLACED -> RecordFormat.readSession(RecordFormat.write(outcome.next()));
        };
    }

    private static String attributes(@Nullable StoredSession entry) {
        if (entry instanceof SessionRecord record) {
            return render(record.attributes());
        }
        if (entry instanceof StoredSession.Sealed sealed) {
            return render(sealed.record().attributes());
        }
        return entry instanceof StoredSession.Ending ending
                ? render(ending.record().attributes())
                : "{}";
    }
}
