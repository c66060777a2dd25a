/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What Hazelcast alone costs: one entry for a session, one entry processor for a request. These classes are in the lib of a
 * Tomcat, where its member finds them.
 */
@NullMarked
package io.clowder.bench.floor;

import org.jspecify.annotations.NullMarked;
