/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.partition.PartitionService;
import io.clowder.store.Deadline;
import java.util.Set;

/**
 * What a client is to look through: no client keeps anything, so one of them looks for all, and at each turn through a part of
 * the partitions, so that the work is spread over time. One thread uses it.
 */
final class Turns {

    private final Lease lease;
    private final PartitionKeys keys;
    private int turn;

    Turns(Lease lease, PartitionService partitions) {
        this.lease = lease;
        this.keys = new PartitionKeys(partitions);
    }

    /**
     * One key of each partition that it is the turn of; none when another client looks.
     *
     * @param parts after so many turns all had theirs
     * @throws io.clowder.store.StoreUnavailableException when it is not known who looks
     */
    Set<String> next(int parts, Deadline deadline) {
        if (!lease.isOurs(deadline)) {
            return Set.of();
        }
        int part = turn % parts;
        turn = part + 1;
        return keys.ofPart(part, parts);
    }
}
