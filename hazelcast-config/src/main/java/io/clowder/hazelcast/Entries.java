/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import io.clowder.store.Answer;
import io.clowder.store.Command;
import io.clowder.store.Deadline;

/** The entries of one map. */
interface Entries {

    /**
     * Runs the command on the entry, backups included.
     *
     * @throws io.clowder.store.StoreUnavailableException when it is not known by the deadline that it was done
     */
    Answer execute(String id, Command command, Deadline deadline);
}
