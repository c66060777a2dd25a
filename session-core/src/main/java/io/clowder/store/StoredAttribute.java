/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

/**
 * One attribute as the cluster keeps it.
 *
 * @param bytes the encoded value; shared, never changed after construction
 * @param version the state of the session that this value came with
 * @param writtenAt when the application set it, in {@link HybridClock} time
 */
@SuppressWarnings("ArrayRecordComponent") // the bytes are compared nowhere; the version stands for them
public record StoredAttribute(byte[] bytes, Version version, long writtenAt) {}
