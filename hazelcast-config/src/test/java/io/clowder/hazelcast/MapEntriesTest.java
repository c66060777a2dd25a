/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IndeterminateOperationStateException;
import com.hazelcast.core.MemberLeftException;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.spi.exception.PartitionMigratingException;
import io.clowder.store.Answer;
import io.clowder.store.Command;
import io.clowder.store.Deadline;
import io.clowder.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MapEntriesTest {

    private static final String MAP = "clowder:calls";
    private static final String ID = "0123456789ABCDEF";
    private static final Command LOAD = new Command.Load(null);
    private static final BoundedCalls NEVER = (map, id, processor) -> new CompletableFuture<>();

    private static StoreMembers members;

    @BeforeAll
    static void start() {
        members = new StoreMembers(1);
        members.get(0).getMap(MAP); // making it is not what is interrupted here
    }

    @AfterAll
    static void stop() {
        members.close();
    }

    @Test
    void whatPassesIsAskedAgain() {
        HazelcastInstance instance = members.get(0);
        Deque<Throwable> failures = new ArrayDeque<>(List.of(
                new IndeterminateOperationStateException("no backup"),
                new MemberLeftException(instance.getCluster().getLocalMember()),
                new PartitionMigratingException("moves"),
                new RejectedExecutionException()));
        MapEntries entries = entries((map, id, processor) -> {
            Throwable next = failures.poll();
            return next != null
                    ? CompletableFuture.failedFuture(next)
                    : BoundedCalls.asynchronous().begin(map, id, processor);
        });
        assertThat(entries.execute(ID, LOAD, in(20_000))).isEqualTo(new Answer.Gone(null, false));
        assertThat(failures).isEmpty();
        assertThat(entries.operations()).isEqualTo(1);
        assertThat(entries.bytes()).isZero();
    }

    @Test
    void whatDoesNotPassFailsAtOnce() {
        HazelcastSerializationException cause = new HazelcastSerializationException("broken");
        MapEntries entries = entries((map, id, processor) -> CompletableFuture.failedFuture(cause));
        assertThatThrownBy(() -> entries.execute(ID, LOAD, in(20_000)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessage("Session 0123..: its Load failed")
                .hasCause(cause);
    }

    @Test
    void aCallThatDoesNotReturnEndsAtTheDeadline() {
        assertThatThrownBy(() -> entries(NEVER).execute(ID, LOAD, in(50)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessage("Session 0123..: its Load was not acknowledged in time")
                .hasCauseInstanceOf(TimeoutException.class);
    }

    @Test
    void anInterruptedCallerStaysInterrupted() {
        MapEntries entries = entries(NEVER);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> entries.execute(ID, LOAD, in(20_000)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasCauseInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    private static MapEntries entries(BoundedCalls calls) {
        return new MapEntries(members.get(0), MAP, calls);
    }

    private static Deadline in(long millis) {
        return Deadline.in(Duration.ofMillis(millis));
    }
}
