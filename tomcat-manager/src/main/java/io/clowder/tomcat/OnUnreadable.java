/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What becomes of a session of which something stored cannot be read here, as after a deployment that changed its class. */
enum OnUnreadable {

    /**
     * The session is ended in the whole cluster, and announced. A request that has it already goes on with a new one. Nobody
     * sees half a session; users log in again, also those whose nodes could still have read theirs.
     */
    DROP_SESSION,

    /**
     * The attribute is removed in the whole cluster, the rest stays. The application must cope with sessions that lack some of
     * what it put in.
     */
    DROP_ATTRIBUTE,

    /** Who asks for the value gets an exception, each time. Nothing is lost: a node that can read the value still can. */
    FAIL;

    private static final Map<String, OnUnreadable> NAMES =
            Map.of("dropSession", DROP_SESSION, "dropAttribute", DROP_ATTRIBUTE, "fail", FAIL);

    /** The one of that name in the configuration; null if there is none. */
    static @Nullable OnUnreadable named(String name) {
        return NAMES.get(name);
    }
}
