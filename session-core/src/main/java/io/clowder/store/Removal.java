/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

/**
 * What is left of a removed attribute, so that older copies learn of the removal.
 *
 * @param version the state of the session that the removal came with
 * @param writtenAt when the application removed it, in {@link HybridClock} time
 */
public record Removal(Version version, long writtenAt) {}
