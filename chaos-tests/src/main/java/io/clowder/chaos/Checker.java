/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.chaos.Operation.Access;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares a history with the promise: a request sees every write of every request whose response, or any part of it, a
 * client has seen; concurrent requests that change different attributes all win; no acknowledged write is lost.
 *
 * <p>Each attribute by itself must look as if every request had read or changed it at one moment between its begin and
 * its end, in one order for all clients (it is linearizable). A write without a known outcome may take effect at any
 * time after its begin, once, or never.
 */
final class Checker {
    private Checker() {}

    /** All that is wrong, at most one finding for each two values of an attribute; empty if nothing is. */
    static List<Violation> check(History history) {
        List<Violation> found = new ArrayList<>();
        history.bySession().forEach((session, operations) -> {
            found.addAll(life(session, operations));
            Map<String, List<Op>> values = new TreeMap<>();
            Map<String, List<Op>> lists = new TreeMap<>();
            for (Operation operation : operations) {
                if (!operation.found() && operation.isAnswered()) {
                    continue;
                }
                for (Access access : operation.accesses()) {
                    switch (access.kind()) {
                        case READ, WRITE, REMOVE ->
                            values.computeIfAbsent(access.name(), any -> new ArrayList<>())
                                    .add(new Op(operation, access));
                        case READ_LIST, READ_NO_LIST, APPEND ->
                            lists.computeIfAbsent(access.name(), any -> new ArrayList<>())
                                    .add(new Op(operation, access));
                        case END -> {
                            // See life.
                        }
                    }
                }
            }
            values.forEach((name, ops) -> found.addAll(new ValueCheck(session, name, ops).violations()));
            lists.forEach((name, ops) -> found.addAll(new ListCheck(session, name, ops).violations()));
        });
        found.sort(Comparator.comparing((Violation one) -> one.kind())
                .thenComparing(Violation::session)
                .thenComparing(Violation::name));
        return found;
    }

    /** One access of one request. */
    record Op(Operation operation, Access access) {
        long begin() {
            return operation.begin();
        }

        long end() {
            return operation.end();
        }
    }

    /** Whether the session was there when it had to be, and only then. The first operation is its creation. */
    private static List<Violation> life(String session, List<Operation> operations) {
        List<Violation> found = new ArrayList<>();
        List<Operation> ends = operations.stream().filter(Operation::ends).toList();
        for (Operation one : operations) {
            if (!one.isAnswered()) {
                continue;
            }
            if (!one.found() && ends.stream().noneMatch(end -> end.begin() < one.end())) {
                found.add(new Violation(
                        Violation.Kind.SESSION_LOST,
                        session,
                        "",
                        "it was not found, and nobody had ended it",
                        List.of(one)));
            }
            if (one.found()) {
                ends.stream()
                        .filter(end -> end.isAnswered() && end.found() && end.end() < one.begin())
                        .findFirst()
                        .ifPresent(end -> found.add(new Violation(
                                Violation.Kind.SESSION_BACK,
                                session,
                                "",
                                "it was found after its end was answered",
                                List.of(end, one))));
            }
        }
        return found;
    }
}
