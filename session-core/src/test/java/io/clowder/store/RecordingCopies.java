/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Live copies that remember what they were told and answer what a test planted. */
public class RecordingCopies implements LiveCopies {

    private final List<String> told = new CopyOnWriteArrayList<>();
    private final Map<String, SessionTimes> times = new ConcurrentHashMap<>();
    private final Map<String, Function<OperationId, SessionDelta>> copies = new ConcurrentHashMap<>();

    /** What this node was told, as {@code "released id"}, {@code "changed id"}, {@code "whole id"}; oldest first. */
    public List<String> told() {
        return List.copyOf(told);
    }

    /** Forgets what was told so far. */
    public void clear() {
        told.clear();
    }

    /** Sets the times of the copy of a session. */
    public void knows(String id, SessionTimes newest) {
        times.put(id, newest);
    }

    /** Sets the copy of a session, given the name of the repair that asks for it. */
    public void holds(String id, Function<OperationId, SessionDelta> copy) {
        copies.put(id, copy);
    }

    @Override
    public @Nullable SessionTimes release(String id, long counter) {
        told.add("released " + id);
        return times.get(id);
    }

    @Override
    public void changed(String id, long counter) {
        told.add("changed " + id);
    }

    @Override
    public @Nullable SessionDelta whole(String id, OperationId operation) {
        told.add("whole " + id);
        Function<OperationId, SessionDelta> copy = copies.get(id);
        return copy == null ? null : copy.apply(operation);
    }

    /** A copy of which {@link #knows} was told is remembered. */
    @Override
    public boolean remembers(String id) {
        return times.containsKey(id);
    }

    @Override
    public void doubtAll() {
        told.add("doubt");
    }
}
