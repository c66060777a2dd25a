/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where the members of the cluster are. */
public enum Topology {

    /** In the Tomcats: each has one, and keeps a share of the sessions. */
    EMBEDDED,

    /** In processes of their own: a Tomcat keeps no session, and asks for each one that it serves. */
    CLIENT;

    /** The one that is called so in a configuration file; null when none is. */
    public static @Nullable Topology named(String name) {
        for (Topology each : values()) {
            if (each.toString().equals(name)) {
                return each;
            }
        }
        return null;
    }

    /** As it stands in a configuration file. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
