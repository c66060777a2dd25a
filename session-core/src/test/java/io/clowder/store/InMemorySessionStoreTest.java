/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

class InMemorySessionStoreTest extends SessionStoreContract {

    @Override
    protected TestCluster cluster() {
        return new InMemoryCluster();
    }
}
