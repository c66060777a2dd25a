/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.SessionStoreContract;
import io.clowder.store.TestCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Nodes whose entries are in a server that has nothing of ours. */
class HazelcastStockStoreTest extends SessionStoreContract {

    private static final OwnThreads THREADS = new OwnThreads();

    private static StockServer server;
    private static HazelcastInstance client;
    private static StoreMembers members;

    @BeforeAll
    static void start() {
        server = new StockServer(8920);
        server.start(1);
        client = server.client();
        StockMaps.configure(client);
        members = new StoreMembers(2);
    }

    @AfterAll
    static void stop() {
        server.close();
        members.close();
        server.assertNothingMissed();
    }

    @Override
    protected TestCluster cluster() {
        return new HazelcastTestCluster(THREADS, client, members.get(0), members.get(1));
    }
}
