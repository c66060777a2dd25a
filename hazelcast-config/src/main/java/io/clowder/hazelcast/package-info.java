/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The embedded Hazelcast member: its settings, its configuration, its life, and the sessions that it keeps. Depends on
 * {@code io.clowder.session} and {@code io.clowder.store}; nothing else of ours imports {@code com.hazelcast}.
 */
@NullMarked
package io.clowder.hazelcast;

import org.jspecify.annotations.NullMarked;
