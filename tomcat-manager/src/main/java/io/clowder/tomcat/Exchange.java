/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.session.LiveSession;
import io.clowder.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.List;
import org.apache.catalina.connector.Request;
import org.jspecify.annotations.Nullable;

/**
 * One pass of a request through Tomcat, and the sessions that it uses: each is looked up once, and saved before something of
 * the response leaves. Bound to the request's thread while the pass lasts.
 */
final class Exchange {

    private static final ThreadLocal<@Nullable Exchange> CURRENT = new ThreadLocal<>();

    /** Of the request that this thread is about to serve. */
    private static final ThreadLocal<@Nullable Unmapped> UNMAPPED = new ThreadLocal<>();

    /** The cluster did not say whether the version of the application that gets the request has this session. */
    private record Unmapped(String base, StoreUnavailableException reason) {}

    private final Request request;
    private final @Nullable Exchange outer;
    private final boolean asking;
    private final boolean later;
    private final List<Use> uses = new ArrayList<>(1);

    /** A session of one application that the request asked for; a null session is known to be absent. */
    private static final class Use {

        private final ClowderManager manager;
        private final String base;
        private final @Nullable ClowderSession session;

        /** Whether this exchange has entered the session's copy, and leaves it at its end. */
        private boolean entered;

        Use(ClowderManager manager, String base, @Nullable ClowderSession session) {
            this.manager = manager;
            this.base = base;
            this.session = session;
            this.entered = session != null;
        }
    }

    private Exchange(Request request, boolean asking) {
        this.request = request;
        this.asking = asking;
        this.later = request.isAsync();
        this.outer = CURRENT.get();
        CURRENT.set(this);
    }

    /** A pass of a request of the manager's application. A valve before ours may have asked for its session already. */
    static Exchange begin(ClowderManager manager, Request request) {
        ClowderSession early = kept(request);
        Exchange exchange = new Exchange(request, true);
        if (early != null) {
            exchange.uses(manager, early);
            manager.reroute(early, request);
        }
        return exchange;
    }

    /** The session that Tomcat's request keeps, if it was ever asked for it; the manager need not look for one. */
    private static @Nullable ClowderSession kept(Request request) {
        Exchange outside = new Exchange(request, false);
        try {
            return request.getSessionInternal(false) instanceof ClowderSession session ? session : null;
        } finally {
            outside.end();
        }
    }

    /** Whether this thread is inside a pass of the request. */
    static boolean isServing(Request request) {
        Exchange exchange = CURRENT.get();
        return exchange != null && exchange.request == request;
    }

    /**
     * Saves what the request changed, also from a thread outside of its passes, as async work is; throws {@link
     * StoreUnavailableException} when it is not known to be safe.
     */
    static void save(Request request) {
        Exchange exchange = CURRENT.get();
        if (exchange != null && exchange.request == request) {
            exchange.save();
            if (!exchange.later) {
                return;
            }
        }
        ClowderSession session = kept(request);
        if (session != null) {
            session.save();
        }
    }

    /** The exchange of the request that this thread serves, null outside of one. */
    static @Nullable Exchange current() {
        return CURRENT.get();
    }

    Request request() {
        return request;
    }

    /** Tomcat maps the thread's request to a version of the application, and what went before does not count. */
    static void mapped() {
        UNMAPPED.remove();
    }

    /** It will give the request to a version that may not be the right one. */
    static void unmapped(SessionId presented, StoreUnavailableException reason) {
        UNMAPPED.set(new Unmapped(presented.base(), reason));
    }

    /** Why it is not known whether this is the right version for the request; null when it is. Said once. */
    static @Nullable StoreUnavailableException whyUnmapped(Request request) {
        Unmapped unmapped = UNMAPPED.get();
        if (unmapped == null) {
            return null;
        }
        UNMAPPED.remove();
        String id = request.getRequestedSessionId();
        return id != null && SessionId.baseOf(id).equals(unmapped.base) ? unmapped.reason : null;
    }

    /**
     * The session that this request of the manager's application has, or gets now, in place of one that was dropped; null when
     * it cannot get one any more.
     */
    @Nullable
    ClowderSession successor(ClowderManager manager) {
        if (!asking || request.getContext() != manager.getContext()) {
            return null;
        }
        boolean create = !request.getResponse().isCommitted();
        return request.getSessionInternal(create) instanceof ClowderSession session ? session : null;
    }

    /** The session that the id names; asked of the manager once. */
    @Nullable
    ClowderSession find(ClowderManager manager, SessionId presented) {
        if (!asking) {
            return null;
        }
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

    /**
     * The request uses the session until Tomcat recycles it, which may be later than the end of this pass.
     *
     * @return whether this exchange had entered the session's copy; now leaving it is the caller's
     */
    boolean handOver(ClowderSession session) {
        for (Use use : uses) {
            if (use.session == session && use.entered) {
                use.entered = false;
                return true;
            }
        }
        return false;
    }

    /** Takes note of a session that the request got by other ways than asking for it, as from a list of sessions. */
    void uses(ClowderManager manager, ClowderSession session) {
        for (Use use : uses) {
            if (use.session == session) {
                return;
            }
        }
        if (session.live().enter()) {
            uses.add(new Use(manager, session.live().id(), session));
        }
    }

    private void save() {
        for (Use use : uses) {
            if (use.session != null) {
                use.session.save();
            }
        }
    }

    /** Ends the binding; saves nothing. */
    void end() {
        for (Use use : uses) {
            if (use.session != null && use.entered) {
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
