/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.OperationId;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionRecord;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A record that missed a change is made whole from a live copy. */
class RepairTest {

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = new Node(cluster, true);
    private final Node b = new Node(cluster, true);

    @Test
    void anotherNodeGetsWhatTheHoldersCopyHas() {
        LiveSession held = a.begin("s");
        held.attributes().putAll(Map.of("n", 1, "m", 2));
        held.ownContainer().put("user", "Ada");
        a.end(held);
        lose("s");
        LiveSession opened = b.open("s");
        assertThat(opened.attributes()).isEqualTo(Map.of("n", 1, "m", 2));
        assertThat(opened.container()).isEqualTo(Map.of("user", "Ada"));
        assertThat(((SessionRecord) cluster.peek("s")).incomplete()).isFalse();
    }

    @Test
    void theHoldersOwnSaveRepairsFirst() {
        a.create("s", Map.of("n", 1, "m", 2));
        lose("s");
        a.write("s", "n", 3);
        assertThat(b.open("s").attributes()).isEqualTo(Map.of("n", 3, "m", 2));
    }

    @Test
    void whatIsNotSerializableDoesNotHinderTheRepair() {
        LiveSession held = a.create("s", Map.of("n", 1, "m", 2));
        held.attributes().put("m", new Object());
        lose("s");
        assertThat(b.open("s").attributes()).isEqualTo(Map.of("n", 1));
    }

    @Test
    void aCopyThatCannotBeEncodedNowIsNotGiven() {
        LiveSession held = a.create("s", Map.of("n", 1));
        held.attributes().put("moody", new Moody());
        assertThat(a.sessions.whole("s", operation())).isNull();
        held.attributes().remove("moody");
        assertThat(a.sessions.whole("s", operation())).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCopyKnowsWhetherItsNodeIsTheHolder(boolean sticky) {
        Node node = new Node(cluster, sticky);
        node.create("s", Map.of("n", 1));
        OperationId operation = operation();
        SessionDelta whole = node.sessions.whole("s", operation);
        assertThat(whole.operation()).isEqualTo(operation);
        assertThat(whole.base()).isEqualTo(((SessionRecord) cluster.peek("s")).version());
        assertThat(whole.holder()).isEqualTo(sticky ? node.store().node() : null);
        assertThat(whole.whole()).isTrue();
        assertThat(whole.set()).containsOnlyKeys("n");
    }

    @Test
    void whoHasNoStoredCopyGivesNone() {
        assertThat(a.sessions.whole("s", operation())).isNull();
        a.begin("s");
        assertThat(a.sessions.whole("s", operation())).isNull();
        assertThat(a.sessions.release("nobody", 1)).isNull();
        a.sessions.changed("nobody", 1);
        assertThat(a.sessions.copies()).hasSize(1);
    }

    @Test
    void aCopyThatIsBeingSavedOrWaitedForInVainIsNotGiven() throws Exception {
        LiveSession held = a.create("s", Map.of("n", 1));
        CountDownLatch gate = new CountDownLatch(1);
        a.steps().before(Command.Save.class, () -> Threads.await(gate));
        CompletableFuture<Void> saving = CompletableFuture.runAsync(() -> a.write("s", "n", 2), Threads.NEW);
        Threads.until(held.lock::isLocked);
        assertThat(a.sessions.whole("s", operation())).isNull();
        Thread.currentThread().interrupt();
        assertThat(a.sessions.whole("s", operation())).isNull();
        assertThat(Thread.interrupted()).isTrue();
        gate.countDown();
        saving.get(20, TimeUnit.SECONDS);
    }

    private OperationId operation() {
        return b.store().nextOperation();
    }

    /** As when a backup that missed a change has become the owner. */
    private void lose(String id) {
        SessionRecord record = (SessionRecord) cluster.peek(id);
        cluster.plant(
                id,
                new SessionRecord(
                        record.version(),
                        record.holder(),
                        record.former(),
                        record.times(),
                        Map.of(),
                        Map.of(),
                        record.floor(),
                        record.writers(),
                        List.of(),
                        true));
    }

    private static final class Moody implements Serializable {
        private static final long serialVersionUID = 1;

        private void writeObject(ObjectOutputStream out) throws IOException {
            throw new IOException("not now");
        }
    }
}
