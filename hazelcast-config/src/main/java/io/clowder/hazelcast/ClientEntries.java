/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import io.clowder.store.Answer;
import io.clowder.store.Command;
import io.clowder.store.Deadline;
import io.clowder.store.Trace;
import java.util.Map;
import java.util.Set;

/** The entries of a client's cluster: commands run on members that have our jars, else here. */
final class ClientEntries implements SessionEntries {

    private final ClusterKind kind;
    private final SessionEntries ours;
    private final SessionEntries stock;

    /** Of a cluster that may not be known yet. */
    ClientEntries(ClusterKind kind, SessionEntries ours, SessionEntries stock) {
        this.kind = kind;
        this.ours = ours;
        this.stock = stock;
    }

    private SessionEntries now() {
        return kind.isStock() ? stock : ours;
    }

    @Override
    public Answer execute(String id, Command command, Deadline deadline) {
        return (kind.isStock(deadline) ? stock : ours).execute(id, command, deadline);
    }

    @Override
    public Map<String, Trace> traces(Set<String> ids, Deadline deadline) {
        return (kind.isStock(deadline) ? stock : ours).traces(ids, deadline);
    }

    @Override
    public Set<String> due(Set<String> keys, long millis) {
        return now().due(keys, millis);
    }

    @Override
    public Set<String> living() {
        return now().living();
    }

    @Override
    public long livingCount() {
        return now().livingCount();
    }

    @Override
    public long operations() {
        return ours.operations() + stock.operations();
    }

    @Override
    public long bytes() {
        return ours.bytes() + stock.bytes();
    }
}
