/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.util.List;

/**
 * Requests that a client sends at the same time, as a browser does. It waits for the first byte of each answer before
 * the next round, but not for those of a detached one.
 */
record Round(List<Request> requests, boolean detached) {
    Round {
        requests = List.copyOf(requests);
    }

    static Round of(Request one) {
        return new Round(List.of(one), false);
    }

    /** Whether the session is another one afterwards: the client does nothing else meanwhile. */
    boolean changesLife() {
        return does(Step.Action.CREATE) || does(Step.Action.RENAME) || does(Step.Action.END);
    }

    /** Whether one of its requests does this. */
    boolean does(Step.Action action) {
        return requests.stream().flatMap(request -> request.steps().stream()).anyMatch(step -> step.action() == action);
    }
}
