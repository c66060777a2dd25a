/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.util.Locale;

/** How the Manager and the balancer treat a session. */
enum Mode {
    /** The balancer follows the route in the session's id. */
    STICKY("sticky"),
    /** The Manager is sticky, and the balancer sends each request anywhere. */
    FLIPPING("sticky"),
    /** The Manager is roaming, and the balancer sends each request anywhere. */
    ROAMING("roaming");

    private final String app;

    Mode(String app) {
        this.app = app;
    }

    /** The context path of the application of this mode, without its slash. */
    String app() {
        return app;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
