/* SPDX-License-Identifier: Apache-2.0 */

/**
 * Sessions in a Hazelcast map: the member, its shipped configurations, the store, and what a member executes where an entry
 * lives. The only package that knows Hazelcast. Internal. Depends on the packages of session-core, never on Tomcat.
 */
@NullMarked
package io.clowder.hazelcast;

import org.jspecify.annotations.NullMarked;
