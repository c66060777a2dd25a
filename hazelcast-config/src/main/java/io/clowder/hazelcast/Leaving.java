/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/** The last work of a node, on a thread of its own: Tomcat's stop must not hang on it. */
final class Leaving {

    private Leaving() {}

    /** Returns when the work is done or takes too long; then it goes on alone. */
    static void within(Duration longest, Logger log, Runnable work) {
        Thread leaving = new Thread(work, "clowder-member-stop");
        leaving.setDaemon(true);
        leaving.setContextClassLoader(OurLoader.LOADER);
        leaving.start();
        try {
            leaving.join(longest.toMillis());
            if (leaving.isAlive()) {
                log.log(Level.WARNING, "Hazelcast has not stopped within {0} s; not waiting", longest.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
