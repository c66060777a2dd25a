/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.util.Map;
import java.util.Set;

/**
 * What a copy of a session lacks.
 *
 * @param whole true when {@code set} is every attribute there is, and what it does not name is gone
 * @param set attributes to take over
 * @param removed names to drop; empty when {@code whole}
 * @param times the session's times
 */
public record Changes(boolean whole, Map<String, StoredAttribute> set, Set<String> removed, SessionTimes times) {

    /** Whether the copy already had every attribute as it is. */
    public boolean isEmpty() {
        return !whole && set.isEmpty() && removed.isEmpty();
    }
}
