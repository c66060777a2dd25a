/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.store.SessionTimes;

/** The container's own session object, as far as the rules need it. */
public interface ContainerSession {

    /** The times as the container has them now. */
    SessionTimes times();

    /** Takes over times that came from the store: newer accesses, and the allowed idleness. */
    void refresh(SessionTimes times);

    /** Somebody uses the session now who is no request, as by a WebSocket. */
    void accessedAt(long millis);

    /** Container state (principal and the like) was changed by another node; {@link LiveSession#container()} has it. */
    void refreshState();

    /** Another node has taken the session over. Called on a thread of the store: must not block, must not call the store. */
    void released();

    /**
     * This node's copy is about to be evicted, and no request uses it: the application may be told. Requests for the session
     * wait meanwhile.
     */
    void leaving();

    /** The copy was evicted: this object is not used any more. The session lives on in the store. */
    void left();

    /** The session was ended elsewhere: it is unusable here from now on, and is not announced. */
    void gone();
}
