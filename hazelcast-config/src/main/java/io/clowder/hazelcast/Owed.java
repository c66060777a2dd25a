/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The answer that a member owes, and whether the member is silent: it does not answer, and its process lives. One thread uses
 * it.
 */
/* The operating system of the member tells who lives: it refuses connections where no process listens, and accepts them for one
 * that stands still. Where a process has died, its connections are closed, too, so that it is out of the cluster in a moment;
 * a silent one, or one that cannot be reached, stays for hazelcast.max.no.heartbeat.seconds. */
final class Owed {

    private final Member member;
    private final Future<Long> answer;
    private final long patience;
    private final long began = System.nanoTime();
    private @Nullable Knock knock;
    private boolean asked;
    private boolean silent;

    /** Asked for now; a member that is busy, and no more than that, answers within the patience. */
    Owed(Member member, Future<Long> answer, Duration patience) {
        this.member = member;
        this.answer = answer;
        this.patience = patience.toNanos();
    }

    Member member() {
        return member;
    }

    /** Whether the answer has come, which counts as heard from when it was asked for; or the member has left. */
    boolean isSettled(Heard heard) {
        if (!answer.isDone()) {
            return false;
        }
        hangUp();
        if (Contact.answer(answer, 0) != null) {
            heard.answered(member, began);
        }
        return true;
    }

    /** Whether the member was silent at the last look. */
    boolean isSilent() {
        return silent;
    }

    /** To be called a moment after the question, and then again and again. Does not block. */
    void look() {
        if (!asked) {
            asked = true;
            knock = new Knock(member.getAddress());
        } else if (knock != null && System.nanoTime() - began >= patience) {
            silent = !knock.isRefused(); // also if there is no answer to that either
            hangUp();
        }
    }

    private void hangUp() {
        if (knock != null) {
            knock.close();
            knock = null;
        }
    }
}
