/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a {@link Command} found or did. */
public sealed interface Answer {

    /**
     * The session is in use.
     *
     * @param version its state, after the command
     * @param holder the node that holds it now
     * @param former earlier holders that may not have let go
     * @param changes what the asker's copy lacks
     * @param conflicts attributes that the command saved over a value which another node had saved since the command's base
     */
    record Found(Version version, @Nullable NodeId holder, Set<NodeId> former, Changes changes, int conflicts)
            implements Answer {

        /** Without conflicts. */
        public Found(Version version, @Nullable NodeId holder, Set<NodeId> former, Changes changes) {
            this(version, holder, former, changes, 0);
        }
    }

    /**
     * The session is in use, and was used later than its backups know.
     *
     * @param notedAt the newest access that the owner has noted, milliseconds since the epoch
     * @param found all else
     */
    record Noted(long notedAt, Found found) implements Answer {}

    /**
     * The entry itself, for the steps of a rename and of an end.
     *
     * @param record the session
     */
    record Whole(SessionRecord record) implements Answer {}

    /**
     * There is no such session.
     *
     * @param newId where saves in flight go, null when it ended or never was
     * @param known true when the entry says so itself: a tombstone or a claimed end
     */
    record Gone(@Nullable String newId, boolean known) implements Answer {}

    /**
     * The id is being changed.
     *
     * @param newId the id that the session moves to
     * @param by the rename
     * @param holder who held the session under the old id
     * @param counter the counter of its last state there
     */
    record Moving(String newId, OperationId by, @Nullable NodeId holder, long counter) implements Answer {}

    /**
     * The copy that answered has missed a change and must be repaired first.
     *
     * @param holder who has a whole copy
     * @param version the state that the entry carries
     */
    record Incomplete(@Nullable NodeId holder, Version version) implements Answer {}

    /**
     * Somebody looks after the session.
     *
     * @param node the holder, or who claimed the session's end
     * @param claim that claim, null when the session is in use
     */
    record Held(NodeId node, @Nullable OperationId claim) implements Answer {}

    /** The command's condition does not hold; nothing was changed. */
    record Refused() implements Answer {}
}
