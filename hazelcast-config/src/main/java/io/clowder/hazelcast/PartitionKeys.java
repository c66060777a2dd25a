/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.partition.Partition;
import com.hazelcast.partition.PartitionService;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** One key of each partition: the only name that Hazelcast's queries have for it. One thread uses it. */
final class PartitionKeys {

    private final PartitionService partitions;

    /** By the partition's number; filled when needed. */
    private final Map<Integer, String> keys = new TreeMap<>();

    private int drawn;

    PartitionKeys(PartitionService partitions) {
        this.partitions = partitions;
    }

    String of(Partition partition) {
        String key = keys.get(partition.getPartitionId());
        while (key == null) {
            String next = "look-" + drawn++;
            keys.putIfAbsent(partitions.getPartition(next).getPartitionId(), next);
            key = keys.get(partition.getPartitionId());
        }
        return key;
    }

    /** Those of one of so many parts. */
    Set<String> ofPart(int part, int parts) {
        Set<String> found = new HashSet<>();
        for (Partition partition : partitions.getPartitions()) {
            if (partition.getPartitionId() % parts == part) {
                found.add(of(partition));
            }
        }
        return found;
    }
}
