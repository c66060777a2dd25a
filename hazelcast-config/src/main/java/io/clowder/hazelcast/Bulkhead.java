/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import io.clowder.store.StoreUnavailableException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lets only so many requests wait for answers of the cluster, so that the pause of one member does not take all threads of this
 * Tomcat: a bulkhead (Nygard, Release It!). The rest is refused, and at once when the member that would be called owes an
 * answer to a ping. All methods may be called from any thread.
 */
/* Some may wait because most pauses are short, and who waits then gets an answer. All waits count together: when a backup does
 * not acknowledge, the member that is called cannot help it. */
final class Bulkhead {

    /** Who waits for longer counts. */
    static final Duration PATIENCE = Duration.ofMillis(500);

    /** A quarter of the threads that a connector of Tomcat has by default. */
    static final int WAITING = 50;

    private final Function<String, @Nullable Member> owners;
    private final Function<Member, Future<?>> ping;
    private final Logger log;

    /** By the id of the member, what it has to answer. */
    private final ConcurrentMap<UUID, Pinged> pinged = new ConcurrentHashMap<>();

    private int waiting;
    private boolean refuses;

    private record Pinged(Member member, Future<?> answer) {
        boolean isSilent() {
            return !answer.isDone();
        }
    }

    /**
     * Nobody waits.
     *
     * @param owners who keeps the entry of a key; null while nobody does
     * @param ping asks a member for a sign of life; the answer is done, at the latest, when the member leaves
     */
    Bulkhead(Function<String, @Nullable Member> owners, Function<Member, Future<?>> ping, Logger log) {
        this.owners = owners;
        this.ping = ping;
        this.log = log;
    }

    /** Who keeps the entry of the key; null while nobody does. */
    @Nullable
    Member owner(String key) {
        return owners.apply(key);
    }

    /**
     * Refuses a call that would have to wait.
     *
     * @param member who would be called, asked only when that matters
     * @throws StoreUnavailableException if the member owes an answer to a ping, and as many wait as may
     */
    void check(Supplier<@Nullable Member> member) {
        if (pinged.isEmpty()) { // as a rule
            return;
        }
        pinged.values().removeIf(one -> !one.isSilent());
        Member called = member.get();
        if (called != null && pinged.containsKey(called.getUuid())) {
            checkRoom();
        }
    }

    /** The member has not answered a call for {@link #PATIENCE}. */
    void ping(@Nullable Member member) {
        if (member != null && !member.localMember()) {
            pinged.computeIfAbsent(member.getUuid(), id -> new Pinged(member, ping.apply(member)));
        }
    }

    /**
     * A request waits on.
     *
     * @throws StoreUnavailableException if as many wait as may
     */
    synchronized void enter() {
        checkRoom();
        waiting++;
    }

    /** A request that has entered waits no more. */
    synchronized void leave() {
        waiting--;
        if (waiting == 0 && refuses) {
            refuses = false;
            log.log(Level.INFO, "No request waits for the cluster any more");
        }
    }

    private synchronized void checkRoom() {
        if (waiting >= WAITING) {
            String silent = pinged.values().stream()
                    .filter(Pinged::isSilent)
                    .map(one -> one.member.getAddress().toString())
                    .collect(Collectors.joining(", "));
            String why = waiting + " requests wait for the cluster already; members that do not answer: "
                    + (silent.isEmpty() ? "none" : silent);
            if (!refuses) {
                refuses = true;
                log.log(Level.WARNING, "{0}. What would wait, too, gets a 503 after at most 0.5 s", why);
            }
            throw new StoreUnavailableException(why, null);
        }
    }
}
