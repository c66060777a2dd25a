/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import io.clowder.store.LiveCopies;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * What a client has so that its sessions can have holders: nothing of it does anything before the first application needs it, or a
 * session is met that another client holds. Thread-safe.
 */
final class Holding implements AutoCloseable {

    /** So long members that have nothing of ours may take to put their entries together with those of others. */
    private static final Duration MERGE = Duration.ofSeconds(30);

    private static final Duration ANSWER = Duration.ofMillis(500);

    private final HazelcastInstance client;
    private final ClusterKind kind;
    private final Tenure tenure;
    private final Mail mail;
    private volatile long joinedAt = System.nanoTime() - MERGE.toNanos();
    private @Nullable UUID listener;

    Holding(HazelcastInstance client, Nodes nodes, ClusterKind kind) {
        OwnThreads threads = new OwnThreads(); // not those of requests, of which all may wait
        this.client = client;
        this.kind = kind;
        this.tenure = new Tenure(client, nodes.self(), threads, this::isQuiet, System::nanoTime);
        Tenures others = new Tenures(client, threads, System::nanoTime);
        this.mail = new Mail(client, nodes, others, threads, tenure::doubt);
    }

    /** From now on this node may hold sessions, of which these are the copies; until closed. */
    ClusterMember.Watch begin(LiveCopies live) {
        mail.open();
        listen();
        return tenure.doubting(live);
    }

    private synchronized void listen() {
        if (listener == null) {
            listener = client.getCluster().addMembershipListener(new MembershipAdapter() {
                @Override
                public void memberAdded(MembershipEvent event) {
                    joinedAt = System.nanoTime();
                    tenure.memberJoined();
                }
            });
        }
    }

    /** Whether no member is sending what it had on one side of a split. */
    private boolean isQuiet() {
        if (kind.isStock()) {
            return System.nanoTime() - joinedAt >= MERGE.toNanos();
        }
        IExecutorService executor = client.getExecutorService(MemberConfig.PING_EXECUTOR);
        List<Future<Boolean>> answers = client.getCluster().getMembers().stream()
                .map((Member member) -> executor.submitToMember(new AskSettled(member.getUuid(), false), member))
                .toList();
        long end = System.nanoTime() + ANSWER.toNanos();
        return answers.stream()
                .allMatch(answer -> Boolean.TRUE.equals(Contact.answer(answer, end - System.nanoTime())));
    }

    /** Renews what this node holds by, if it is time to; does not wait. */
    void renew() {
        if (mail.isRead()) {
            tenure.renew();
        }
    }

    Messages mail() {
        return mail;
    }

    Tenure tenure() {
        return tenure;
    }

    /** Takes no letters any more. */
    @Override
    public void close() {
        mail.close();
    }

    /** Tells others, after {@link #close}. Throws when that fails. */
    void leave() {
        tenure.close();
        mail.leave();
    }
}
