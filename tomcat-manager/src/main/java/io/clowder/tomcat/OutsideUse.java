/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.catalina.Context;

/**
 * Sessions that somebody outside of a request uses: a thread of the application, a WebSocket. Such a one counts as a user of
 * the copy for a moment; then what it changed is saved. Thread-safe.
 */
final class OutsideUse {

    /** After this time, what a thread outside of a request changed is saved. */
    private static final long MOMENT_MILLIS = 250;

    private final ClowderManager manager;
    private final Set<ClowderSession> used = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    OutsideUse(ClowderManager manager) {
        this.manager = manager;
    }

    void of(ClowderSession session) {
        if (used.contains(session) || !session.live().enter()) {
            return;
        }
        if (!used.add(session)) {
            session.live().leave();
        } else if (scheduled.compareAndSet(false, true)) {
            manager.later(this::save, MOMENT_MILLIS);
        }
    }

    private void save() {
        scheduled.set(false);
        Context context = manager.getContext();
        ClassLoader before = context.bind(false, null);
        boolean away = false;
        try {
            for (Iterator<ClowderSession> all = used.iterator(); all.hasNext(); ) {
                ClowderSession session = all.next();
                all.remove(); // before the save: who uses it meanwhile is waited for anew
                away = away || !manager.saveLate(session);
                session.live().leave();
            }
        } finally {
            context.unbind(false, before);
        }
    }
}
