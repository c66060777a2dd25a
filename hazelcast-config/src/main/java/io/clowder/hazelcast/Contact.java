/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import io.clowder.store.ClusterClock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks the other members for a sign of life, and the oldest for the time; says who is silent. One thread uses it. */
final class Contact {

    /** How many others are asked: one answer is enough, and all asking all would grow with the square. */
    private static final int ASKED = 3;

    /** Beats at the start, at most, until the oldest member has told the time: 5 s if it stands still. */
    private static final int FIRST_BEATS = 20;

    /** A full machine or a collection of garbage takes less, as a rule. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final Cluster cluster;
    private final Function<Member, Future<Long>> pings;
    private final ClusterClock clock;
    private final Heard heard;
    private final Consumer<Collection<Member>> silent;
    private final Duration patience;

    /** By member id. */
    private final Map<UUID, Owed> unanswered = new HashMap<>();

    private int nextAsked;
    private boolean timed;

    /**
     * Between this member, or client, and the others of the cluster; the clock follows the oldest's.
     *
     * @param pings asks a member for a sign of life, and for the time in milliseconds since the epoch
     * @param heard is told of answers, at the next look
     * @param silent is told, each time, which members are silent ({@link Owed})
     */
    Contact(
            Cluster cluster,
            Function<Member, Future<Long>> pings,
            ClusterClock clock,
            Heard heard,
            Consumer<Collection<Member>> silent) {
        this(cluster, pings, clock, heard, silent, PATIENCE);
    }

    /** As above; a member that answers later than after the patience is silent until it does. */
    Contact(
            Cluster cluster,
            Function<Member, Future<Long>> pings,
            ClusterClock clock,
            Heard heard,
            Consumer<Collection<Member>> silent,
            Duration patience) {
        this.cluster = cluster;
        this.pings = pings;
        this.clock = clock;
        this.heard = heard;
        this.silent = silent;
        this.patience = patience;
    }

    /** Whether another member answered, or there is none. */
    boolean isMade(Duration within) {
        look();
        // The oldest first, as Hazelcast keeps them.
        List<Member> members = List.copyOf(cluster.getMembers());
        heard.retain(members);
        if (members.isEmpty()) {
            return false; // of a client that has not been connected yet
        }
        boolean oldest = members.get(0).localMember();
        boolean alone = oldest && members.size() == 1;
        if (alone) {
            clock.alone();
        } else if (oldest) {
            clock.lead();
        }
        timed |= oldest;
        return alone || isAnyAnswered(members, within);
    }

    /** Also when there is nobody left to ask: who was silent has left then. */
    private void look() {
        unanswered.values().removeIf(owed -> owed.isSettled(heard));
        unanswered.values().forEach(Owed::look);
        silent.accept(unanswered.values().stream()
                .filter(Owed::isSilent)
                .map(Owed::member)
                .toList());
    }

    /** Until the time of the cluster is known: no application shall see that of this node first, and the cluster's later. */
    void awaitTime(Pulse pulse) {
        for (int i = 0; i < FIRST_BEATS && !timed; i++) {
            pulse.beat();
        }
    }

    private boolean isAnyAnswered(List<Member> members, Duration within) {
        long asked = System.nanoTime();
        long end = asked + within.toNanos();
        Map<Member, Future<Long>> answers = ask(members);
        int left = answers.size();
        for (Map.Entry<Member, Future<Long>> asking : answers.entrySet()) {
            // An even share of what is left, so that a frozen member does not hide the answers of the others.
            Long time = answer(asking.getValue(), Math.max(0, end - System.nanoTime()) / left--);
            if (time != null) {
                if (asking.getKey().equals(members.get(0))) {
                    clock.follow(asked, time);
                    timed = true;
                }
                return true;
            }
        }
        return false;
    }

    /** Asks nobody who owes an answer: a frozen member would find a heap of questions. */
    private Map<Member, Future<Long>> ask(List<Member> members) {
        Map<Member, Future<Long>> answers = new LinkedHashMap<>();
        ask(members.get(0), answers);
        for (int i = 0; i < members.size() && answers.size() < ASKED; i++) {
            ask(members.get(Math.floorMod(nextAsked++, members.size())), answers);
        }
        return answers;
    }

    private void ask(Member member, Map<Member, Future<Long>> answers) {
        if (!member.localMember() && !unanswered.containsKey(member.getUuid())) {
            Future<Long> answer = pings.apply(member);
            unanswered.put(member.getUuid(), new Owed(member, answer, patience));
            answers.put(member, answer);
        }
    }

    /** The answer; null when there is none in time. */
    static <T> @Nullable T answer(Future<T> answer, long nanos) {
        try {
            return answer.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
