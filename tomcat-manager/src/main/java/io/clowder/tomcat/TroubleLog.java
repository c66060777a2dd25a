/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.codec.NotSerializableAttributeException;
import io.clowder.codec.UnreadableAttributeException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Says of which attributes something could not be written or read: once for each name, and remembers which were unreadable.
 * Thread-safe.
 */
final class TroubleLog {

    /** Attribute names that are remembered as reported; more than that in one application are not names any more. */
    private static final int MAX_REPORTED = 1_000;

    /** Attribute names that are read before each request, because they were unreadable before; each costs a look. */
    private static final int MAX_SUSPECTS = 50;

    private final Logger log;
    private final String application;
    private final OnUnreadable fate;
    private final Set<String> reported = ConcurrentHashMap.newKeySet();
    private final Set<String> suspects = ConcurrentHashMap.newKeySet();

    /**
     * Nothing was said yet.
     *
     * @param application what it is called in messages
     * @param fate of sessions of which something cannot be read
     */
    TroubleLog(Logger log, String application, OnUnreadable fate) {
        this.log = log;
        this.application = application;
        this.fate = fate;
    }

    /** Whether an attribute that could not be read in some session cannot be read in this one. */
    boolean isSuspect(ClowderSession session) {
        return !suspects.isEmpty() && suspects.stream().anyMatch(session::isUnreadable);
    }

    /** The attribute of some session cannot be written, or not be read ({@link UnreadableAttributeException}). */
    void trouble(String name, RuntimeException reason) {
        if (reason instanceof UnreadableAttributeException unreadable) {
            unreadable(name, unreadable);
        } else if (!isOfCrawler(reason) && isUnreported(name)) {
            log.log(Level.WARNING, "{0}: {1}; the attribute stays on this node", application, reason.getMessage());
        }
    }

    private static boolean isOfCrawler(RuntimeException reason) {
        return reason instanceof NotSerializableAttributeException e && Crawlers.isMark(e.type());
    }

    private void unreadable(String name, UnreadableAttributeException reason) {
        if (suspects.size() < MAX_SUSPECTS) {
            suspects.add(name);
        }
        if (isUnreported(name + "\0" + reason.type())) {
            String then = switch (fate) {
                case DROP_SESSION -> "the session is ended and its user begins a new one";
                case DROP_ATTRIBUTE -> "it is removed from the session";
                case FAIL -> "who asks for it gets an exception";
            };
            log.log(
                    Level.WARNING,
                    "{0}: {1}; {2} (onUnreadable). This is said once for each attribute and class, the counter unreadable"
                            + " goes on",
                    application,
                    reason.getMessage(),
                    then);
        }
    }

    private boolean isUnreported(String what) {
        return reported.size() < MAX_REPORTED && reported.add(what);
    }
}
