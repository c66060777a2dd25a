/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Builds deltas for tests; values are strings. */
public final class Change {

    private final OperationId operation;
    private final Map<String, SessionDelta.Write> set = new LinkedHashMap<>();
    private final Map<String, Long> removed = new LinkedHashMap<>();
    private @Nullable Version base;
    private @Nullable NodeId holder;
    private SessionTimes times = new SessionTimes(1000, 1000, 1800);
    private long stamp = 1;
    private boolean whole;
    private boolean settled;
    private boolean timeoutSet;

    private Change(OperationId operation) {
        this.operation = operation;
    }

    /** A change of the given name. */
    public static Change named(OperationId operation) {
        return new Change(operation);
    }

    /** The next change of a node. */
    public static Change by(SessionStore store) {
        return new Change(store.nextOperation());
    }

    /** Made upon this state; without it, a session is created. */
    public Change upon(Version state) {
        base = state;
        return this;
    }

    /** The node that holds a created session. */
    public Change heldBy(NodeId node) {
        holder = node;
        return this;
    }

    /** When what follows is written, in {@link HybridClock} time; one more for each. */
    public Change at(long first) {
        stamp = first;
        return this;
    }

    public Change set(String name, String value) {
        set.put(name, new SessionDelta.Write(value.getBytes(StandardCharsets.UTF_8), stamp++));
        return this;
    }

    public Change set(String name, byte[] value) {
        set.put(name, new SessionDelta.Write(value, stamp++));
        return this;
    }

    public Change remove(String name) {
        removed.put(name, stamp++);
        return this;
    }

    /** When the session was created, milliseconds since the epoch. */
    public Change created(long at) {
        times = new SessionTimes(at, times.accessedAt(), times.maxInactiveSeconds());
        return this;
    }

    /** The newest access, milliseconds since the epoch. */
    public Change accessed(long at) {
        times = new SessionTimes(times.createdAt(), at, times.maxInactiveSeconds());
        return this;
    }

    /** Sets the allowed idleness. */
    public Change timeout(int seconds) {
        times = new SessionTimes(times.createdAt(), times.accessedAt(), seconds);
        timeoutSet = true;
        return this;
    }

    /** All that the session has. */
    public Change whole() {
        whole = true;
        return this;
    }

    /** All former holders have let go. */
    public Change settled() {
        settled = true;
        return this;
    }

    public SessionDelta delta() {
        return new SessionDelta(operation, base, set, removed, times, holder, whole, settled, timeoutSet);
    }

    /** The values of attributes, by name. */
    public static Map<String, String> values(Map<String, StoredAttribute> attributes) {
        Map<String, String> values = new TreeMap<>();
        attributes.forEach(
                (name, attribute) -> values.put(name, new String(attribute.bytes(), StandardCharsets.UTF_8)));
        return values;
    }
}
