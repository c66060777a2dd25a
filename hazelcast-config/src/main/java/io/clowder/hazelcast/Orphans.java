/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.clowder.store.Deadline;
import io.clowder.store.NodeId;
import io.clowder.store.StoredSession;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * Sessions of web applications that no node has any more, as of a version that was undeployed everywhere: nobody is left to
 * announce their end. They are dropped a while after nobody could use them any more. Any thread.
 */
final class Orphans {

    private static final Logger log = System.getLogger(Orphans.class.getName());

    /** As long as an ended id is remembered: until then the application may come back, and announce the end. */
    static final Duration GRACE = StoredSession.Tombstone.LIFE;

    private final HazelcastInstance instance;
    private final Nodes nodes;
    private final Post post;

    Orphans(HazelcastInstance instance, Nodes nodes, Post post) {
        this.instance = instance;
        this.nodes = nodes;
        this.post = post;
    }

    /** Drops what is overdue at that time, of all applications that no node has. Harmless if several nodes do it at once. */
    void drop(long millis, Deadline deadline) {
        for (IMap<String, StoredEntry> map : MapEntries.sessionMaps(instance)) {
            if (!hasApplication(map.getName(), deadline)) {
                drop(map, DuePredicate.overdue(millis - GRACE.toMillis()));
            }
        }
    }

    private void drop(IMap<String, StoredEntry> map, DuePredicate overdue) {
        int here = map.localKeySet(overdue).size();
        if (here > 0) {
            map.removeAll(overdue);
            log.log(
                    Level.WARNING,
                    "{0}: no node has this web application any more. {1} of its sessions that this node kept were dropped,"
                            + " {2} minutes after their timeout; no listener was told",
                    map.getName(),
                    here,
                    GRACE.toMinutes());
        }
    }

    /** Who does not answer may have it. */
    private boolean hasApplication(String mapName, Deadline deadline) {
        for (Member member : nodes.all()) {
            NodeId node = nodes.node(member);
            if (node != null && post.mayHave(node, mapName, deadline)) {
                return true;
            }
        }
        return false;
    }
}
