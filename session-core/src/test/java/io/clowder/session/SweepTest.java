/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.StoredSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions that nobody looks after any more. Their timeout is 1,800 s, of which a backup may miss a tenth. */
class SweepTest {

    private static final Duration OVER = Duration.ofSeconds(1980);

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = new Node(cluster, true);
    private final Node b = new Node(cluster, true);

    /** As the background thread does; what it ended, with the attributes that listeners see. */
    private static List<Map<String, Object>> sweep(Node node) {
        List<Map<String, Object>> announced = new ArrayList<>();
        for (String id : node.sessions.due(1)) {
            LiveSession ended = node.sessions.reap(id, node.soon());
            if (ended != null) {
                announced.add(Map.copyOf(ended.attributes()));
                node.sessions.announced(ended);
            }
        }
        return announced;
    }

    private void die(Node node) {
        cluster.kill(node.store());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSessionWhoseNodeDiedIsEndedOnceAtItsTimeoutAndATenth(boolean sticky) {
        Node one = new Node(cluster, sticky);
        Node two = new Node(cluster, sticky);
        Node three = new Node(cluster, sticky);
        one.create("s", Map.of("n", 1));
        die(one);
        cluster.clock().advance(OVER.minusMillis(1));
        assertThat(sweep(two)).isEmpty();
        cluster.clock().advance(Duration.ofMillis(1));
        assertThat(sweep(two)).containsExactly(Map.of("n", 1));
        assertThat(sweep(three)).isEmpty();
        assertThat(sweep(two)).isEmpty();
        assertThat(two.sessions.statistics().reaped()).isEqualTo(1);
        assertThat(three.sessions.statistics().reaped()).isZero();
        assertThat(two.open("s")).isNull();
        assertThat(two.sessions.copies()).isEmpty();
        assertThat(cluster.peek("s")).isInstanceOf(StoredSession.Tombstone.class);
    }

    @Test
    void theHolderOfASessionEndsItItself() {
        LiveSession held = a.create("s", Map.of("n", 1));
        cluster.clock().advance(OVER);
        assertThat(b.sessions.due(1)).containsExactly("s");
        assertThat(sweep(b)).isEmpty();
        assertThat(sweep(a)).isEmpty();
        assertThat(a.sessions.evict(held)).isTrue();
        assertThat(sweep(b)).as("a remembers it").isEmpty();
        assertThat(a.sessions.endEvicted("s", a.soon())).isNotNull();
        assertThat(sweep(b)).as("a is about to announce it").isEmpty();
    }

    @Test
    void anApplicationThatWasStoppedOnItsNodeLooksAfterNothing() {
        a.create("s", Map.of("n", 1));
        a.sessions.close();
        cluster.clock().advance(OVER);
        assertThat(sweep(b)).containsExactly(Map.of("n", 1));
    }

    @Test
    void aSpareCopyOfASessionWhoseHolderDiedDoesNotKeepIt() {
        b.create("s", Map.of("n", 1, "local", new Object()));
        a.write("s", "n", 2);
        die(a);
        cluster.clock().advance(OVER);
        LiveSession inUse = b.sessions.copies().iterator().next();
        assertThat(inUse.enter()).isTrue();
        assertThat(sweep(b)).as("a request has it").isEmpty();
        inUse.leave();
        assertThat(sweep(b)).containsExactly(Map.of("n", 2));
    }

    @Test
    void anEndThatItsNodeDidNotLiveToAnnounceIsAnnouncedByAnother() {
        LiveSession live = a.create("s", Map.of("n", 1));
        assertThat(a.sessions.end(live, null, a.soon())).isTrue();
        assertThat(sweep(b)).as("a is about to announce it").isEmpty();
        die(a);
        assertThat(sweep(b)).containsExactly(Map.of("n", 1));
        assertThat(sweep(b)).isEmpty();
    }

    @Test
    void anEndThatWasAnnouncedIsNotAnnouncedAgain() {
        LiveSession live = a.create("s", Map.of("n", 1));
        a.sessions.end(live, null, a.soon());
        a.steps().failBefore(Command.Bury.class);
        a.sessions.announced(live);
        assertThat(cluster.peek("s")).isInstanceOf(StoredSession.Ending.class);
        assertThat(sweep(b)).isEmpty();
        assertThat(sweep(a)).isEmpty();
        assertThat(cluster.peek("s")).isInstanceOf(StoredSession.Tombstone.class);
        die(a);
        assertThat(sweep(b)).isEmpty();
    }

    @Test
    void aSweepThatIsNotAnsweredIsMadeUpForByTheNext() {
        a.create("s", Map.of("n", 1));
        die(a);
        cluster.clock().advance(OVER);
        b.steps().failAfter(Command.Reap.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> sweep(b));
        assertThat(sweep(b)).containsExactly(Map.of("n", 1));
    }

    @Test
    void aRequestThatComesMeanwhileWaitsForTheOutcome() throws Exception {
        a.create("s", Map.of("n", 1));
        die(a);
        cluster.clock().advance(OVER);
        AtomicReference<CompletableFuture<Object>> request = new AtomicReference<>();
        b.steps().before(Command.Reap.class, () -> {
            request.set(CompletableFuture.supplyAsync(() -> b.open("s") == null, Threads.NEW));
        });
        assertThat(sweep(b)).containsExactly(Map.of("n", 1));
        assertThat(request.get().get(20, TimeUnit.SECONDS)).isEqualTo(true);
    }

    @Test
    void aSessionThatSomebodyTookOverLivesOn() {
        a.create("s", Map.of("n", 1));
        die(a);
        cluster.clock().advance(OVER.minusSeconds(1));
        b.read("s", "n");
        b.save(b.open("s"));
        cluster.clock().advance(OVER.minusSeconds(1));
        Node c = new Node(cluster, true);
        assertThat(sweep(c)).isEmpty();
        assertThat(b.read("s", "n")).isEqualTo(1);
    }
}
