/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.session.Sessions;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.Trace;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.catalina.Context;
import org.jspecify.annotations.Nullable;

/**
 * The WebSockets of one web application on this node, by the session that each was opened under. Has those of logged-in users
 * closed when the session has ended, on whichever node and under whichever id; and lets their traffic keep the session alive
 * where that is wanted. Thread-safe.
 */
/*
 * Who closes: Tomcat. It finds the sockets of logged-in users by the id that the session had when they were opened, if it is
 * told of the end: by a session listener (to 10.1.58 and 11.0.24), or by a value that it binds to the session (from 10.1.59
 * and 11.0.25). Both happen on the node that announces the end, and the former misses sockets that were opened under an
 * earlier id. So this class tells both of each end, once under each id. The bound value is kept here: on another node it is
 * of no use, and another version of Tomcat cannot read it.
 *
 * How an end is noticed: one question every two seconds for all sessions with open sockets that this node does not hold.
 * See docs/decisions/0020.
 */
final class Sockets {

    /** The name of the attribute by which Tomcat binds sockets to a session, and of its class. */
    static final String TRACKER = "org.apache.tomcat.websocket.server.WsHttpSessionBindingListener";

    private static final String LISTENER = "org.apache.tomcat.websocket.server.WsSessionListener";

    /** An end is to be noticed within 5 s. */
    private static final long LOOK_MILLIS = 2_000;

    /**
     * Every so many looks ask the cluster for all: for sessions that this node holds, too, of which something may have failed;
     * and for those without an open socket, whose ids Tomcat keeps until they end.
     */
    private static final int LOOKS_AT_SOME = 15;

    private final ClowderManager manager;
    private final boolean keepAlive;
    private final Map<Name, Origin> origins = new HashMap<>();
    private int looks;
    private boolean looking;
    private boolean stopped;

    Sockets(ClowderManager manager, boolean keepAlive) {
        this.manager = manager;
        this.keepAlive = keepAlive;
    }

    /** A session, and not another one that got its id later. */
    private record Name(String base, long createdAt) {
        static Name of(ClowderSession session) {
            return new Name(session.live().id(), session.getCreationTimeInternal());
        }
    }

    /** The session that sockets were opened under, while it lives. Guarded by {@link #origins}, but for what is volatile. */
    static final class Origin {

        private volatile Name name;

        /** The one of the same session that has taken over what this one had. */
        private volatile @Nullable Origin joined;

        private volatile boolean ended;

        /** When others last heard of traffic, in the time of the cluster, and after which time they shall hear again. */
        private volatile long toldAt;

        private volatile long share;

        private final AtomicBoolean telling = new AtomicBoolean();

        /** The ids under which Tomcat may know the sockets of logged-in users. */
        private final Set<String> ids = new LinkedHashSet<>();

        private final List<HttpSessionBindingListener> trackers = new ArrayList<>(1);
        private int open;

        private Origin(Name name, long now) {
            this.name = name;
            this.toldAt = now;
        }

        private Origin last() {
            Origin last = this;
            for (Origin next = last.joined; next != null; next = last.joined) {
                last = next;
            }
            return last;
        }

        private void join(Origin other) {
            other.ids.addAll(ids);
            other.trackers.addAll(trackers);
            other.open += open;
            joined = other;
        }
    }

    /** Whether anything depends on a socket. Tomcat closes none of a user who is not logged in. */
    boolean follows(boolean loggedIn) {
        return loggedIn || keepAlive;
    }

    /** A socket is about to be opened under this session. */
    Origin opening(ClowderSession session, boolean loggedIn) {
        synchronized (origins) {
            Origin origin = origin(session);
            origin.open++;
            origin.share = shareOf(session.getMaxInactiveInterval());
            note(origin, session, loggedIn);
            return origin;
        }
    }

    /** It is open, and Tomcat knows it. */
    void opened(Origin opening, ClowderSession session, boolean loggedIn) {
        Origin origin;
        synchronized (origins) {
            origin = opening.last();
            note(origin, session, loggedIn); // the id may have been changed meanwhile
        }
        if (origin.ended) {
            tellTomcat(origin);
        }
    }

    private static void note(Origin origin, ClowderSession session, boolean loggedIn) {
        if (loggedIn) {
            origin.ids.add(session.getIdInternal());
        }
    }

    /** How many sessions it would hear of the end of. */
    int followed() {
        synchronized (origins) {
            return origins.size();
        }
    }

    private Origin origin(ClowderSession session) {
        if (!looking && !stopped) {
            looking = true;
            manager.later(this::look, LOOK_MILLIS);
        }
        return origins.computeIfAbsent(Name.of(session), name -> new Origin(name, manager.now()));
    }

    void closed(Origin opened) {
        synchronized (origins) {
            Origin origin = opened.last();
            origin.open--;
            if (origin.open == 0 && origin.ids.isEmpty() && origin.trackers.isEmpty()) {
                origins.remove(origin.name, origin);
            }
        }
    }

    // ---- What Tomcat binds to a session

    /** What Tomcat has bound to this session on this node. */
    @Nullable
    Object tracker(ClowderSession session) {
        synchronized (origins) {
            Origin origin = origins.get(Name.of(session));
            return origin == null || origin.trackers.isEmpty() ? null : origin.trackers.get(0);
        }
    }

    /** Tomcat binds this to the session. */
    void track(ClowderSession session, Object tracker) {
        synchronized (origins) {
            origin(session).trackers.add((HttpSessionBindingListener) tracker);
        }
    }

    // ---- The end

    /** The session has ended, and this node has announced it. */
    void ended(ClowderSession session) {
        Origin origin;
        synchronized (origins) {
            origin = origins.get(Name.of(session));
        }
        if (origin != null) {
            end(origin);
        }
    }

    /** The copy of this node is of no use any more: the session has ended, or goes on under another id. */
    void doubted(ClowderSession session) {
        Name name = Name.of(session);
        Origin origin;
        synchronized (origins) {
            origin = origins.get(name);
        }
        if (origin != null) {
            manager.later(() -> look(Map.of(name, origin), true));
        }
    }

    /** This node has changed the session's id. */
    void moved(ClowderSession session, String oldBase) {
        Name name = Name.of(session);
        move(new Name(oldBase, name.createdAt()), name);
    }

    private void move(Name from, Name to) {
        synchronized (origins) {
            Origin origin = origins.remove(from);
            if (origin == null) {
                return;
            }
            Origin present = origins.putIfAbsent(to, origin);
            if (present == null) {
                origin.name = to;
            } else {
                origin.join(present);
            }
        }
    }

    private void end(Origin origin) {
        synchronized (origins) {
            origin.ended = true;
            origins.remove(origin.name, origin);
        }
        tellTomcat(origin);
    }

    private void tellTomcat(Origin origin) {
        List<String> ids;
        List<HttpSessionBindingListener> trackers;
        synchronized (origins) {
            ids = List.copyOf(origin.ids);
            trackers = List.copyOf(origin.trackers);
        }
        Context context = manager.getContext();
        for (Object listener : context.getApplicationLifecycleListeners()) {
            if (listener instanceof HttpSessionListener closing
                    && listener.getClass().getName().equals(LISTENER)) {
                ids.forEach(id -> closing.sessionDestroyed(
                        new HttpSessionEvent(EndedSession.of(context.getServletContext(), id))));
            }
        }
        for (HttpSessionBindingListener tracker : trackers) {
            tracker.valueUnbound(new HttpSessionBindingEvent(
                    EndedSession.of(context.getServletContext(), origin.name.base()), TRACKER));
        }
    }

    /** The application stops; Tomcat closes all its sockets. */
    void stop() {
        synchronized (origins) {
            stopped = true;
            origins.clear();
        }
    }

    private void look() {
        Map<Name, Origin> asked;
        boolean all;
        synchronized (origins) {
            looking = !origins.isEmpty();
            if (!looking) {
                return;
            }
            looks++;
            all = looks % LOOKS_AT_SOME == 0;
            asked = new HashMap<>();
            origins.forEach((name, origin) -> {
                if (origin.open > 0 || all) {
                    asked.put(name, origin);
                }
            });
        }
        try {
            look(asked, all);
        } finally {
            manager.later(this::look, LOOK_MILLIS);
        }
    }

    /** Asks what became of the sessions. No answer is no end: the next look asks again. */
    private void look(Map<Name, Origin> asked, boolean all) {
        Set<String> bases = asked.keySet().stream().map(Name::base).collect(Collectors.toSet());
        if (bases.isEmpty() || manager.isClusterSilent()) {
            return;
        }
        try {
            Map<String, Trace> traces = manager.trace(bases, all);
            asked.forEach((name, origin) -> follow(name, origin, traces.get(name.base())));
        } catch (StoreUnavailableException e) {
            manager.unanswered("What became of the sessions of WebSockets is not known", e);
        }
    }

    private void follow(Name asked, Origin origin, @Nullable Trace trace) {
        if (!asked.equals(origin.name)) {
            return; // this node has changed its id meanwhile
        }
        if (trace == null || !trace.isOf(asked.createdAt())) {
            end(origin);
            return;
        }
        origin.share = shareOf(trace.maxInactiveSeconds()); // another node may have changed it
        if (!trace.id().equals(asked.base())) {
            move(asked, new Name(trace.id(), asked.createdAt()));
        }
    }

    // ---- Traffic

    /** Something has arrived. Costs no call to the cluster on this thread. */
    void used(Origin opened) {
        Origin origin = opened.last();
        if (!keepAlive || origin.ended) {
            return;
        }
        long now = manager.now();
        manager.noteUse(origin.name.base(), now);
        if (now - origin.toldAt >= origin.share
                && !manager.isClusterSilent()
                && origin.telling.compareAndSet(false, true)) {
            manager.later(() -> tell(origin, now));
        }
    }

    private void tell(Origin origin, long millis) {
        try {
            manager.tellUse(origin.name.base(), millis, origin.share);
            origin.toldAt = millis;
        } catch (StoreUnavailableException e) { // the next message tries again
            manager.unanswered("The use of a session by a WebSocket is not told yet", e);
        } finally {
            origin.telling.set(false);
        }
    }

    private static long shareOf(int allowedSeconds) {
        return allowedSeconds > 0 ? Sessions.shareOf(allowedSeconds) : Long.MAX_VALUE;
    }
}
