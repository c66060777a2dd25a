/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.session.LiveSession;
import io.clowder.session.Sessions;
import org.apache.catalina.connector.Request;
import org.jspecify.annotations.Nullable;

/**
 * Sessions that this node makes, while the cluster is away, for clients whose sessions it lacks: under the id that the client has,
 * so that it finds its own session again afterwards. Such a session is never stored under that id. Thread-safe.
 */
final class StandIns {

    private final ClowderManager manager;
    private final Sessions sessions;

    /** Of a manager's sessions, as long as they are open. */
    StandIns(ClowderManager manager, Sessions sessions) {
        this.manager = manager;
        this.sessions = sessions;
    }

    /**
     * The id under which a new session of this request has to stand in for one that the cluster may have; null if there is none.
     *
     * @param wanted the id that Tomcat asks for, null if it leaves that to the manager
     */
    @Nullable
    SessionId missing(@Nullable String wanted, @Nullable Exchange exchange) {
        String id = wanted != null || exchange == null ? wanted : manager.requestedId(exchange.request());
        if (id == null || !sessions.isAway()) {
            return null;
        }
        SessionId presented = SessionId.parse(id);
        return sessions.mayStandIn(presented.base()) ? presented : null;
    }

    /**
     * The id under which the client's session is found. When the cluster is back, what stood in is ended if the real session is
     * there; else it goes on as a session of its own, under a new id.
     */
    SessionId settle(SessionId presented, @Nullable Exchange exchange) {
        LiveSession live = sessions.provisional(presented.base());
        if (live == null || exchange == null || sessions.isAway()) {
            return presented;
        }
        ClowderSession session = (ClowderSession) live.face();
        Request request = exchange.request();
        if (sessions.isStored(presented.base(), sessions.deadline())) {
            session.expire();
            return presented;
        }
        String newId = manager.rotateSessionId(session);
        if (request.getContext() == manager.getContext()) {
            request.changeSessionId(newId);
        }
        return SessionId.parse(newId);
    }
}
