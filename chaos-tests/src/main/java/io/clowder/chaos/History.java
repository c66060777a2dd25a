/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.chaos.Operation.Access;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What all clients saw. */
final class History {
    private final List<Operation> operations = new ArrayList<>();

    /** Remembers one request; the parameters are those of {@link Operation}. */
    synchronized void add(String session, String where, long begin, long end, boolean found, List<Access> accesses) {
        operations.add(new Operation(operations.size() + 1, session, where, begin, end, found, accesses));
    }

    synchronized int size() {
        return operations.size();
    }

    /** The requests of each session, in the order in which they were answered. */
    synchronized Map<String, List<Operation>> bySession() {
        return operations.stream()
                .collect(Collectors.groupingBy(Operation::session, LinkedHashMap::new, Collectors.toList()));
    }
}
