/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

/**
 * Names one change of one session for ever, so that a repeat of it is recognised.
 *
 * @param node who asked for the change
 * @param sequence counts up within the node; a larger one was asked for later
 */
public record OperationId(NodeId node, long sequence) {}
