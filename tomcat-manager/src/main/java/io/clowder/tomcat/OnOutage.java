/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client gets whose session this node lacks while the cluster is away. */
enum OnOutage {

    /**
     * No session, and if the application makes one, that stands in for its own under the id that the client has: it is on this node
     * alone, and ends when the cluster is back with the real one. A login draws a new id, and stays.
     */
    LOCAL,

    /** 503 with Retry-After. */
    FAIL;

    private static final Map<String, OnOutage> NAMES = Map.of("local", LOCAL, "fail", FAIL);

    /** The one of that name in the configuration; null if there is none. */
    static @Nullable OnOutage named(String name) {
        return NAMES.get(name);
    }
}
