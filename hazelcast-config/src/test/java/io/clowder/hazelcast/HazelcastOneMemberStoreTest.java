/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import io.clowder.store.SessionStoreContract;
import io.clowder.store.TestCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Three nodes on one member: all entries are local, and none has a backup. */
class HazelcastOneMemberStoreTest extends SessionStoreContract {

    private static final BoundedCalls CALLS = BoundedCalls.asynchronous();

    private static StoreMembers members;

    @BeforeAll
    static void start() {
        members = new StoreMembers(1);
    }

    @AfterAll
    static void stop() {
        members.close();
    }

    @Override
    protected TestCluster cluster() {
        return new HazelcastTestCluster(CALLS, members.get(0));
    }
}
