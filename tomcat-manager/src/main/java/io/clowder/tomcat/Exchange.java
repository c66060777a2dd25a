/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.session.LiveSession;
import java.util.ArrayList;
import java.util.List;
import org.apache.catalina.connector.Request;
import org.jspecify.annotations.Nullable;

/**
 * One pass of a request through Tomcat, and the sessions that it uses: each is looked up once, and saved before the response
 * is finished. Bound to the request's thread while the pass lasts.
 */
final class Exchange implements AutoCloseable {

    private static final ThreadLocal<@Nullable Exchange> CURRENT = new ThreadLocal<>();

    private final Request request;
    private final @Nullable Exchange outer;
    private final List<Use> uses = new ArrayList<>(1);

    /** A session of one application that the request asked for; a null session is known to be absent. */
    private record Use(
            ClowderManager manager, String base, @Nullable ClowderSession session) {}

    private Exchange(Request request, @Nullable Exchange outer) {
        this.request = request;
        this.outer = outer;
    }

    static Exchange begin(Request request) {
        Exchange exchange = new Exchange(request, CURRENT.get());
        CURRENT.set(exchange);
        return exchange;
    }

    /** The exchange of the request that this thread serves, null outside of one. */
    static @Nullable Exchange current() {
        return CURRENT.get();
    }

    Request request() {
        return request;
    }

    /** The session that the id names; asked of the manager once. */
    @Nullable
    ClowderSession find(ClowderManager manager, SessionId presented) {
        for (Use use : uses) {
            ClowderSession session = use.session;
            if (use.manager == manager
                    && (session == null ? use.base : session.live().id()).equals(presented.base())) {
                return session != null && session.isValid() ? session : null;
            }
        }
        ClowderSession session = manager.open(presented, this);
        uses.add(new Use(manager, presented.base(), session));
        return session;
    }

    /** Takes note of a session that the request created. */
    void created(ClowderManager manager, ClowderSession session) {
        String base = session.live().id();
        uses.removeIf(use -> use.session == null && use.manager == manager && use.base.equals(base));
        uses.add(new Use(manager, base, session));
    }

    /** Saves what was changed; throws {@link io.clowder.store.StoreUnavailableException} when it is not known to be safe. */
    void save() {
        for (Use use : uses) {
            if (use.session != null) {
                use.manager.save(use.session);
            }
        }
    }

    /** Ends the binding; saves nothing. */
    @Override
    public void close() {
        for (Use use : uses) {
            if (use.session != null) {
                LiveSession live = use.session.live();
                live.leave();
            }
        }
        if (outer != null) {
            CURRENT.set(outer);
        } else {
            CURRENT.remove();
        }
    }
}
