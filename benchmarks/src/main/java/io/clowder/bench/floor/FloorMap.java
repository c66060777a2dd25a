/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench.floor;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import java.util.UUID;

/** The floor's map, of the member that Clowder's ServerListener has started. */
public final class FloorMap {
    private static final HazelcastInstance MEMBER =
            Hazelcast.getAllHazelcastInstances().iterator().next();
    private static final IMap<String, Cell> MAP = MEMBER.getMap("floor");

    private FloorMap() {}

    public static IMap<String, Cell> map() {
        return MAP;
    }

    /** A new key that begins so, and whose partition this member owns. */
    public static String homeKey(String begin) {
        Member self = MEMBER.getCluster().getLocalMember();
        String key = begin + UUID.randomUUID();
        while (!self.equals(MEMBER.getPartitionService().getPartition(key).getOwner())) {
            key = begin + UUID.randomUUID();
        }
        return key;
    }
}
