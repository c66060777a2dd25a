/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import org.jspecify.annotations.Nullable;

/** Three nodes that share sessions, as {@link SessionStoreContract} sees them. */
public interface TestCluster extends AutoCloseable {

    /** The store of a node, 0 to 2. */
    SessionStore store(int node);

    /** The live copies of a node. */
    RecordingCopies copies(int node);

    /** What a node's store does. */
    Steps steps(int node);

    /** The clock of all nodes. */
    TestClock clock();

    /** The node leaves the cluster without a word. */
    void kill(int node);

    /** The node stays in the cluster, and answers nobody any more. */
    void freeze(int node);

    /** Puts an entry where it is kept, whatever was there. */
    void plant(String id, StoredSession entry);

    /** The entry as it is kept. */
    @Nullable
    StoredSession peek(String id);

    @Override
    void close();
}
