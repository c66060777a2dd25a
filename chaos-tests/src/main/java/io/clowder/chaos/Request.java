/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.util.List;

/**
 * One request: its steps, how its response leaves, and the node (from 0) that gets it, where the mode leaves the choice
 * to the balancer.
 */
record Request(List<Step> steps, Shape shape, int node) {

    enum Shape {
        /** Fits into the buffer. */
        PLAIN,
        /** Larger than any buffer: it begins to leave while the servlet writes. */
        LARGE,
        /** Flushed after the steps; the servlet goes on for a while. */
        FLUSHED,
        /** A redirect, which says nothing about what was read. */
        REDIRECT
    }

    Request {
        steps = List.copyOf(steps);
    }
}
