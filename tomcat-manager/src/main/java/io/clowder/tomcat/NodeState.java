/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

/** What a Tomcat can do with its sessions now. */
public enum NodeState {

    /** Nothing yet: it has not joined the cluster, or no web application has asked it to. */
    STARTING,

    /** All that it promises. */
    CLUSTERED,

    /** What needs no other node, and no answer of the cluster; the rest is refused with a 503. */
    DEGRADED,

    /** All that it promises, but not for long: it is about to leave the cluster. */
    STOPPING
}
