/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.StoreUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions that are stored only once they have something to store. */
class EmptySessionsTest {

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = node(true);
    private final Node b = node(true);

    private Node node(boolean sticky) {
        Node node = new Node(cluster, sticky);
        node.sessions.keepEmpty();
        return node;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEmptySessionIsServedByItsNodeAndTheStoreNeverHearsOfIt(boolean sticky) {
        Node one = node(sticky);
        LiveSession live = one.create("s", Map.of());
        for (int i = 0; i < 20; i++) {
            cluster.clock().advance(Duration.ofMinutes(20));
            one.change("s", same -> assertThat(same).isSameAs(live));
            one.change("s", same -> FakeSession.of(same).allow(3600));
            one.request("s", false, same -> same);
        }
        assertThat(live.isLocal()).isTrue();
        assertThat(one.calls()).isZero();
        assertThat(node(sticky).open("s")).as("on another node").isNull();
    }

    @Test
    void theFirstAttributeStoresItAndFromThenOnItIsAsAnyOther() {
        a.create("s", Map.of());
        a.write("s", "n", 1);
        assertThat(a.steps().executed()).extracting(Object::getClass).isEqualTo(List.of(Command.Save.class));
        assertThat(b.read("s", "n")).isEqualTo(1);
        b.change("s", live -> live.attributes().remove("n"));
        assertThat(a.open("s").attributes()).as("emptied, and still there").isEmpty();
    }

    @Test
    void aLoginStoresIt() {
        a.create("s", Map.of());
        a.change("s", live -> live.ownContainer().put("principal", "Ada"));
        assertThat(b.open("s").container().get("principal")).isEqualTo("Ada");
    }

    @Test
    void whatIsSetAndRemovedBeforeItWasStoredStoresNothing() {
        LiveSession live = a.begin("s");
        live.attributes().put("n", 1);
        live.attributes().remove("n");
        a.end(live);
        assertThat(a.calls()).isZero();
        a.write("s", "m", 2);
        assertThat(b.open("s").attributes()).isEqualTo(Map.of("m", 2));
    }

    @Test
    void whatCannotBeStoredStoresNothing() {
        LiveSession live = a.create("s", Map.of("local", new Object()));
        assertThat(a.read("s", "local")).isNotNull();
        assertThat(live.isLocal()).isTrue();
        assertThat(a.calls()).isZero();
        assertThat(a.unsaved()).containsExactly("local");
    }

    @Test
    void aSaveWithoutAnswerIsRepeatedAndThenItIsStored() {
        LiveSession live = a.create("s", Map.of());
        a.steps().failAfter(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.write("s", "n", 1));
        assertThat(live.isLocal()).as("the store may have it").isFalse();
        a.save(live);
        assertThat(b.read("s", "n")).isEqualTo(1);
    }

    @Test
    void anIdThatTheClientBroughtIsStoredAtOnce() {
        LiveSession live = a.begin("s", true);
        a.end(live);
        assertThat(live.isLocal()).isFalse();
        assertThat(b.open("s")).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void itEndsOnceWithoutAQuestion(boolean sticky) {
        Node one = node(sticky);
        LiveSession ended = one.create("ended", Map.of());
        assertThat(one.sessions.end(ended, null, one.soon())).isTrue();
        assertThat(one.sessions.end(ended, null, one.soon())).isFalse();
        LiveSession idle = one.create("idle", Map.of());
        cluster.clock().advance(Duration.ofSeconds(1800));
        assertThat(one.sessions.end(idle, cluster.clock().millis(), one.soon())).isTrue();
        one.sessions.announced(ended);
        one.sessions.announced(idle);
        assertThat(one.sessions.copies()).isEmpty();
        assertThat(one.calls()).isZero();
        assertThat(one.open("ended")).isNull();
        assertThat(one.sessions.due(1)).isEmpty();
    }

    @Test
    void itsIdChangesWithoutAQuestion() {
        LiveSession live = a.create("s", Map.of());
        a.sessions.rename(live, "t", a.soon());
        assertThat(a.calls()).isZero();
        assertThat(a.open("t")).isSameAs(live);
        assertThat(a.open("s")).isNull();
        a.write("t", "n", 1);
        assertThat(b.read("t", "n")).isEqualTo(1);
        assertThat(b.open("s")).isNull();
    }

    @Test
    void onlyALackOfRoomStoresIt() {
        a.sessions.limit(20);
        a.create("first", Map.of());
        a.silence(Duration.ofHours(1));
        a.sessions.evictIdle(Duration.ofSeconds(1));
        assertThat(a.sessions.copies()).hasSize(1);
        assertThat(a.calls()).isZero();
        for (int i = 0; i < 19; i++) {
            a.create("s" + i, Map.of());
        }
        assertThat(a.calls()).isZero();
        LiveSession last = a.create("last", Map.of());
        assertThat(a.sessions.copies()).hasSize(19);
        assertThat(a.steps().count(Command.Save.class)).isEqualTo(2);
        assertThat(last.isLocal()).isTrue();
        LiveSession back = a.open("first");
        assertThat(back).as("evicted, not ended").isNotNull();
        assertThat(back.isLocal()).isFalse();
    }

    @Test
    void whereTheStoreDoesNotAnswerThereIsNoRoomMade() {
        a.sessions.limit(20);
        for (int i = 0; i < 20; i++) {
            a.create("s" + i, Map.of());
        }
        a.steps().failBefore(Command.Save.class);
        a.create("last", Map.of());
        assertThat(a.sessions.copies()).hasSize(21);
        assertThat(a.calls()).as("one is tried, the others would wait as long").isZero();
        a.sessions.evictIdle(null);
        assertThat(a.sessions.copies()).hasSize(19);
        for (int i = 0; i < 20; i++) {
            assertThat(a.open("s" + i)).isNotNull();
        }
    }

    @Test
    void whatIsInUseOrHasAValueOfThisNodeStays() {
        a.sessions.limit(20);
        LiveSession inUse = a.begin("used");
        LiveSession local = a.create("local", Map.of("local", new Object()));
        Consumer<String> create = id -> a.create(id, Map.of());
        for (int i = 0; i < 30; i++) {
            create.accept("s" + i);
        }
        assertThat(a.sessions.copies()).hasSizeLessThanOrEqualTo(20).contains(inUse, local);
        assertThat(inUse.isLocal()).isTrue();
        assertThat(local.isLocal()).isTrue();
    }
}
