/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import io.clowder.store.SessionStoreContract;
import io.clowder.store.TestCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Nodes on two members: half of the entries are elsewhere, and each has a backup. */
class HazelcastTwoMembersStoreTest extends SessionStoreContract {

    private static final BoundedCalls CALLS = BoundedCalls.forThisMachine();

    private static StoreMembers members;

    @BeforeAll
    static void start() {
        members = new StoreMembers(2);
    }

    @AfterAll
    static void stop() {
        members.close();
    }

    @Override
    protected TestCluster cluster() {
        return new HazelcastTestCluster(CALLS, members.get(0), members.get(1));
    }
}
