/* SPDX-License-Identifier: Apache-2.0 */

/**
 * The Manager, Valve and Session that Tomcat loads; what {@code context.xml} and {@code server.xml} name is the API. The only
 * package that knows Tomcat. Depends on the other packages of ours, never on Hazelcast itself.
 */
@NullMarked
package io.clowder.tomcat;

import org.jspecify.annotations.NullMarked;
