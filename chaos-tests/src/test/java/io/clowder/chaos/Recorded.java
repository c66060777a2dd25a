/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.chaos.Operation.Access;
import java.util.List;

/** A history written by hand: one session, times in whatever unit the test likes. */
final class Recorded {
    private final History history = new History();

    /** An answered request. */
    Recorded op(long begin, long end, Access... accesses) {
        history.add("s", "a", begin, end, true, List.of(accesses));
        return this;
    }

    /** A request that got a 503, or nothing. */
    Recorded unknown(long begin, Access... accesses) {
        return op(begin, Operation.NEVER, accesses);
    }

    /** An answered request that did not find its session. */
    Recorded notFound(long begin, long end) {
        history.add("s", "b", begin, end, false, List.of());
        return this;
    }

    List<Violation> check() {
        return Checker.check(history);
    }

    List<Violation.Kind> kinds() {
        return check().stream().map(Violation::kind).toList();
    }
}
