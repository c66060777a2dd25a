/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import io.clowder.store.Deadline;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which nodes are clients of the cluster. */
interface Connected {

    /**
     * "host:port" of the client that is that node; null when there is none.
     *
     * @throws io.clowder.store.StoreUnavailableException when that is not known by the deadline
     */
    @Nullable
    String address(UUID node, Deadline deadline);
}
