/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.InvalidConfigurationException;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.spi.merge.LatestUpdateMergePolicy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/** The maps that we need of members that do not know us: configured by the first client, at run time. */
final class StockMaps {

    /** Maps of the uses that loads note, see {@link StockEntries}; none is a map of sessions. */
    static final String NOTES = "clowder-uses:";

    /** Map of the nodes that are connected. */
    static final String NODES = "clowder-nodes";

    /** Values of the kind that no Tomcat looks after any more, as after a crash between a change and its lifetime. */
    private static final int LONGEST_VALUE_SECONDS = 30 * 24 * 3600;

    private static final Logger log = System.getLogger(StockMaps.class.getName());

    private StockMaps() {}

    /** What members have in place of their "default", unless the operator has said something of a map of such a name. */
    static void configure(HazelcastInstance client) {
        // Of two sides of a split the later state of a whole record counts; there is nothing better without our
        // classes.
        MergePolicyConfig latest = new MergePolicyConfig().setPolicy(LatestUpdateMergePolicy.class.getName());
        for (MapConfig map : List.of(
                map(MemberConfig.SESSION_MAPS).setMergePolicyConfig(latest).setPerEntryStatsEnabled(true),
                map(NOTES + "*"),
                map(MemberConfig.VALUE_MAPS)
                        .setMergePolicyConfig(latest)
                        .setPerEntryStatsEnabled(true)
                        .setTimeToLiveSeconds(LONGEST_VALUE_SECONDS),
                map(MemberConfig.ROUTES_MAP),
                map(MemberConfig.LEASES_MAP),
                MemberConfig.tenures(),
                map(NODES))) {
            try {
                client.getConfig().addMapConfig(map);
            } catch (InvalidConfigurationException | SecurityException e) {
                log.log(
                        Level.WARNING,
                        "The members keep to a configuration of their own for maps ''{0}'' ({1}). It must let entries be (no"
                                + " eviction, time-to-live-seconds or max-idle-seconds), with at least one backup, and"
                                + " in-memory-format BINARY",
                        map.getName(),
                        e.getMessage());
            }
        }
        try {
            client.getConfig().addQueueConfig(MemberConfig.mail());
        } catch (InvalidConfigurationException | SecurityException e) { // then they have backups, and are slower
            log.log(Level.DEBUG, "The members keep to a configuration of their own for queues", e);
        }
    }

    private static MapConfig map(String name) {
        return new MapConfig(name).setInMemoryFormat(InMemoryFormat.BINARY).setBackupCount(1);
    }
}
