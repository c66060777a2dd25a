/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.SessionStoreContract;
import io.clowder.store.TestCluster;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Nodes that are clients of two members, hold sessions, and speak to each other by letters. */
class HazelcastHoldingStoreTest extends SessionStoreContract {

    private static final BoundedCalls CALLS = BoundedCalls.onOwnThreads();
    private static final OwnThreads THREADS = new OwnThreads();

    private static StoreMembers members;
    private static List<HazelcastInstance> clients;

    @BeforeAll
    static void start() {
        members = new StoreMembers(2);
        clients = List.of(members.client(UUID.randomUUID()), members.client(UUID.randomUUID()));
    }

    @AfterAll
    static void stop() {
        members.close();
    }

    @Override
    protected TestCluster cluster() {
        return new HazelcastTestCluster(CALLS, THREADS, clients, members.get(0), members.get(1));
    }
}
