/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import org.jspecify.annotations.Nullable;

/** What a store answers to {@code load} and {@code take}. */
public sealed interface Loaded {

    /**
     * The session is in use.
     *
     * @param version its state
     * @param holder the node that holds it, null when nobody does
     * @param changes what the asker's copy lacks; nothing when it has the newest state. Its times are those that are backed up
     * @param times with the newest access before this question, backed up or not
     */
    record Found(Version version, @Nullable NodeId holder, Changes changes, SessionTimes times) implements Loaded {}

    /**
     * There is no such session: it never was, has ended, or goes on under an id that must not be told to a client.
     *
     * @param known whether the store remembers that; else it has nothing under this id, and may have lost what it had
     */
    record Gone(boolean known) implements Loaded {}
}
