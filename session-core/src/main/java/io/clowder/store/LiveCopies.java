/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import org.jspecify.annotations.Nullable;

/**
 * The live copies of one node, as its store speaks to them. Called on threads of the store at any time, also while a request
 * uses the session: implementations do not block on requests, and do not call the store.
 */
public interface LiveCopies {

    /**
     * Another node has become the holder: from the return of this method on, no request is served from the copy unasked.
     *
     * @param counter the version counter of the takeover
     * @return the newest times known here, null when there is no copy
     */
    @Nullable
    SessionTimes release(String id, long counter);

    /**
     * Another node changed or ended a session that this node may hold: from the return on, the copy is validated before it
     * serves a request.
     *
     * @param counter the version counter of the change
     */
    void changed(String id, long counter);

    /**
     * Everything that this node's copy has, to repair a record that missed a change.
     *
     * @param operation names the repair
     * @return null when there is no copy, or it cannot be read just now
     */
    @Nullable
    SessionDelta whole(String id, OperationId operation);

    /** Whether this node looks after the session still: it has a copy, or remembers when one that it evicted is to end. */
    boolean remembers(String id);

    /** This node was out of touch: no copy serves a request before it was validated. */
    void doubtAll();
}
