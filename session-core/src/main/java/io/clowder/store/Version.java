/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

/**
 * The state of a session after one change. A pair, because after an owner's crash or a split two different changes can get
 * the same counter.
 *
 * @param counter 1 for the first state of a session, one more for each change
 * @param operation the change that made this state
 */
public record Version(long counter, OperationId operation) {}
