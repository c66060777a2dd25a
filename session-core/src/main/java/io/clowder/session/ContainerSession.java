/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.store.SessionTimes;

/** The container's own session object, as far as the rules need it. */
public interface ContainerSession {

    /** The times as the container has them now. */
    SessionTimes times();

    /** Takes over times that came from the store: newer accesses, and the allowed idleness. */
    void refresh(SessionTimes times);

    /** Container state (principal and the like) was changed by another node; {@link LiveSession#container()} has it. */
    void refreshState();

    /** Another node has taken the session over. Called on a thread of the store: must not block, must not call the store. */
    void released();

    /** The session was ended elsewhere: it is unusable here from now on, and is not announced. */
    void gone();
}
