/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** When each other member gave its last answer, counted from the question. All methods may be called from any thread. */
final class Heard {

    private final LongSupplier nanoTime;
    private final Map<UUID, Long> questions = new ConcurrentHashMap<>();

    /** Nobody has answered yet, on a clock that counts as {@link System#nanoTime()}. */
    Heard(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A member has answered what it was asked at that time of the clock. */
    void answered(Member member, long asked) {
        questions.put(member.getUuid(), asked);
    }

    /** Of all others nothing is remembered. */
    void retain(Collection<Member> members) {
        questions.keySet().retainAll(members.stream().map(Member::getUuid).collect(Collectors.toSet()));
    }

    /** Whether the member has answered a question that was asked less than that long ago. */
    boolean isLately(Member member, Duration within) {
        Long asked = questions.get(member.getUuid());
        return asked != null && nanoTime.getAsLong() - asked < within.toNanos();
    }
}
