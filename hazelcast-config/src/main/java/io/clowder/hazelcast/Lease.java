/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.clowder.store.Deadline;
import io.clowder.store.NodeId;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Says which of several clients does a piece of work that one is to do for all: the one that did it last, as long as it comes
 * back in time, then whoever asks first. One thread uses it.
 */
final class Lease {

    /** However rarely the work is done, after that another one may do it; then several do, which does no harm. */
    static final Duration LONGEST = Duration.ofMinutes(1);

    private static final Duration KEPT = Duration.ofHours(1);

    private final SharedValues leases;
    private final String work;
    private final NodeId self;
    private final InstantSource clock;
    private long askedAt;

    /** On a clock that all clients share. */
    Lease(SharedValues leases, String work, NodeId self, InstantSource clock) {
        this.leases = leases;
        this.work = work;
        this.self = self;
        this.clock = clock;
        this.askedAt = clock.millis();
    }

    /**
     * Whether this client does it now. It keeps the lease if it asks again within twice and a half the time that has passed
     * since it asked before.
     *
     * @throws io.clowder.store.StoreUnavailableException when that is not known by the deadline
     */
    boolean isOurs(Deadline deadline) {
        long now = clock.millis();
        long lifetime = Math.min(LONGEST.toMillis(), (now - askedAt) * 5 / 2);
        askedAt = now;
        byte[] before = leases.get(work, deadline);
        if (before != null && !isFree(new String(before, US_ASCII), now)) {
            return false;
        }
        byte[] after = (now + lifetime + " " + self.uuid()).getBytes(US_ASCII);
        return leases.swap(work, before, after, KEPT, deadline);
    }

    private boolean isFree(String lease, long now) {
        int blank = lease.indexOf(' ');
        return lease.substring(blank + 1).equals(self.uuid().toString())
                || now >= Long.parseLong(lease.substring(0, blank));
    }
}
