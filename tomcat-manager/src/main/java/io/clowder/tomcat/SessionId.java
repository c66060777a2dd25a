/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import org.jspecify.annotations.Nullable;

/**
 * A session id as clients present it: a base that names the session in the cluster, and after the last dot the route, the
 * {@code jvmRoute} of the Tomcat that shall serve it.
 *
 * @param base without the route
 * @param route null when the id has none
 */
record SessionId(String base, @Nullable String route) {

    static SessionId parse(String id) {
        int dot = id.lastIndexOf('.');
        return dot < 0 ? new SessionId(id, null) : new SessionId(id.substring(0, dot), id.substring(dot + 1));
    }

    /**
     * Whether a client's text can be an id at all: its base is not empty, it is not longer than that, and has neither blanks nor
     * control characters.
     */
    static boolean isPossible(String id, int longest) {
        if (id.length() > longest || id.isEmpty() || id.lastIndexOf('.') == 0) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) { // of each request: a stream would cost more than the rest
            char c = id.charAt(i);
            if (c <= ' ' || c == 0x7F) {
                return false;
            }
        }
        return true;
    }

    /** The base of an id, without making an object of it. */
    static String baseOf(String id) {
        int dot = id.lastIndexOf('.');
        return dot < 0 ? id : id.substring(0, dot);
    }

    SessionId at(@Nullable String otherRoute) {
        return new SessionId(base, otherRoute);
    }

    /** The id as it travels in a cookie. Not for logs. */
    String full() {
        return route == null ? base : base + "." + route;
    }

    /** Shortened: ids are credentials. */
    @Override
    public String toString() {
        return base.substring(0, Math.min(4, base.length())) + ".." + (route == null ? "" : "." + route);
    }
}
