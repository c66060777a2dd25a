/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static io.clowder.store.Change.values;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The answer to a creation was lost, others went on, and the creation arrives again. */
class RepeatedCreationTest {

    private final OperationId creation = new OperationId(NodeId.random(), 1);
    private final NodeId other = NodeId.random();
    private final Command.Save create = new Command.Save(
            Change.named(creation).created(1).whole().set("mine", "1").delta());
    private final SessionRecord created = record(create, null);

    @Test
    void itsNodeIsToldWhatOthersChangedMeanwhile() {
        SessionRecord changed = record(
                new Command.Save(Change.named(new OperationId(other, 1))
                        .upon(created.version())
                        .created(1)
                        .set("theirs", "2")
                        .delta()),
                created);
        Answer.Found answer = (Answer.Found) create.apply(changed).answer();
        assertThat(answer.version()).isEqualTo(changed.version());
        assertThat(answer.changes().whole()).isTrue();
        assertThat(values(answer.changes().set())).isEqualTo(Map.of("mine", "1", "theirs", "2"));
    }

    @Test
    void aSessionThatAnotherNodeEndedDoesNotBeginAgain() {
        StoredSession.Tombstone tomb = ended(created, 1);
        assertThat(create.apply(tomb).next()).isSameAs(tomb);
        assertThat(create.apply(tomb).answer()).isEqualTo(new Answer.Gone(null, true));
    }

    @Test
    void norWhenAnotherSessionOfThatIdCameBetween() {
        SessionRecord next = record(next(), ended(created, 1));
        assertThat(next.version().counter()).isGreaterThan(created.version().counter());
        assertThat(create.apply(next).answer()).isEqualTo(new Answer.Refused());
        StoredSession.Tombstone tomb = ended(next, 3);
        assertThat(create.apply(tomb).next()).isSameAs(tomb);
    }

    @Test
    void aCopyOfTheEndedSessionLearnsNothingOfItIsLeft() {
        SessionRecord next = record(next(), ended(created, 1));
        Changes since = next.since(created.version(), null);
        assertThat(since.whole()).isTrue();
        assertThat(values(since.set())).isEqualTo(Map.of("new", "3"));
    }

    private Command next() {
        return new Command.Save(Change.named(new OperationId(other, 2))
                .created(2)
                .whole()
                .set("new", "3")
                .delta());
    }

    private StoredSession.Tombstone ended(SessionRecord record, long sequence) {
        OperationId claim = new OperationId(other, sequence);
        StoredSession ending = new Command.Claim(claim, null).apply(record).next();
        return (StoredSession.Tombstone)
                new Command.Bury(claim, 1, null).apply(ending).next();
    }

    private static SessionRecord record(Command command, StoredSession upon) {
        return (SessionRecord) command.apply(upon).next();
    }
}
