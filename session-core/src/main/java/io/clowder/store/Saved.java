/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import org.jspecify.annotations.Nullable;

/** What a store answers to {@code save} and {@code rename}. */
public sealed interface Saved {

    /**
     * The change is in the store and on its backups.
     *
     * @param version the session's state, this change included
     * @param holder the node that holds it under the id that was asked for, null when nobody does
     * @param changes what others changed since the delta's base
     * @param conflicts attributes saved over a value that another node had saved since the delta's base
     */
    record Applied(Version version, @Nullable NodeId holder, Changes changes, int conflicts) implements Saved {}

    /**
     * The session has ended meanwhile; the change is void.
     *
     * @param known whether the store remembers that; else it has nothing under this id, and may have lost what it had
     */
    record Gone(boolean known) implements Saved {}
}
