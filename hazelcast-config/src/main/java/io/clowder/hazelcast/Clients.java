/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.core.IExecutorService;
import io.clowder.store.Deadline;
import io.clowder.store.StoreUnavailableException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The nodes that are clients of the cluster, as its members know them: clients do not see each other. */
final class Clients implements Connected {

    private final Cluster cluster;
    private final Supplier<IExecutorService> asking;

    Clients(Cluster cluster, Supplier<IExecutorService> asking) {
        this.cluster = cluster;
        this.asking = asking;
    }

    /** Null when every member says that it has no such client. */
    @Override
    public @Nullable String address(UUID node, Deadline deadline) {
        List<Future<String>> answers = ask(node);
        boolean all = !answers.isEmpty();
        int left = answers.size();
        for (Future<String> asked : answers) {
            // An even share of what is left, so that a frozen member does not hide the answers of the others.
            String answer = Contact.answer(asked, deadline.remaining().toNanos() / left--);
            if (answer != null && !answer.isEmpty()) {
                return answer;
            }
            all &= answer != null;
        }
        if (!all) {
            throw new StoreUnavailableException("Whether another node is there was not answered in time", null);
        }
        return null;
    }

    private List<Future<String>> ask(UUID node) {
        try {
            IExecutorService executor = asking.get();
            return cluster.getMembers().stream()
                    .map(member -> executor.submitToMember(new AskConnected(node), member))
                    .toList();
        } catch (RuntimeException e) { // Hazelcast has no common type: this client is not connected
            throw new StoreUnavailableException("Whether another node is there cannot be asked", e);
        }
    }
}
