/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.chaos.Reply.Outcome;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what happened. */
final class Tally {
    private final Map<Outcome, LongAdder> replies = new ConcurrentSkipListMap<>();
    private final Map<String, LongAdder> failures = new ConcurrentSkipListMap<>();
    private final Map<Faults.Kind, LongAdder> faults = new ConcurrentSkipListMap<>();

    void count(Reply reply) {
        replies.computeIfAbsent(reply.outcome(), any -> new LongAdder()).increment();
        if (reply.outcome() == Outcome.FAILED) {
            failures.computeIfAbsent(reply.detail(), any -> new LongAdder()).increment();
        }
    }

    void count(Faults.Kind fault) {
        faults.computeIfAbsent(fault, any -> new LongAdder()).increment();
    }

    long replies() {
        return replies.values().stream().mapToLong(LongAdder::sum).sum();
    }

    long replies(Outcome outcome) {
        return replies.getOrDefault(outcome, new LongAdder()).sum();
    }

    long faults(Faults.Kind fault) {
        return faults.getOrDefault(fault, new LongAdder()).sum();
    }

    /** Other statuses than those that the plan reckons with, and how often each. */
    Map<String, LongAdder> failures() {
        return failures;
    }

    @Override
    public String toString() {
        return ("%d operations (%d answered, %d times 503, %d broken, %d failed), %d kills, %d freezes, %d redeployments,"
                        + " %d outages")
                .formatted(
                        replies(),
                        replies(Outcome.ANSWERED),
                        replies(Outcome.UNAVAILABLE),
                        replies(Outcome.BROKEN),
                        replies(Outcome.FAILED),
                        faults(Faults.Kind.KILL),
                        faults(Faults.Kind.FREEZE),
                        faults(Faults.Kind.REDEPLOY),
                        faults(Faults.Kind.OUTAGE));
    }
}
