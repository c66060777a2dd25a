/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The commands of one node's store, one by one: a test looks at them, and puts something between two. */
public final class Steps {

    private record Surprise(Class<? extends Command> upon, boolean before, Runnable what) {}

    private final List<Command> executed = new CopyOnWriteArrayList<>();
    private final List<Surprise> surprises = new ArrayList<>();

    /** The commands executed so far, oldest first. */
    public List<Command> executed() {
        return List.copyOf(executed);
    }

    /** How many commands of this kind were executed. */
    public long count(Class<? extends Command> kind) {
        return executed.stream().filter(kind::isInstance).count();
    }

    /** Runs something before the next command of this kind. */
    public void before(Class<? extends Command> kind, Runnable what) {
        plan(new Surprise(kind, true, what));
    }

    /** Runs something after the next command of this kind was executed, before its answer is seen. */
    public void after(Class<? extends Command> kind, Runnable what) {
        plan(new Surprise(kind, false, what));
    }

    /** The next command of this kind does not reach the entry. */
    public void failBefore(Class<? extends Command> kind) {
        before(kind, () -> {
            throw new StoreUnavailableException("the test lost a command", null);
        });
    }

    /** The next command of this kind is executed, and its answer is lost. */
    public void failAfter(Class<? extends Command> kind) {
        after(kind, () -> {
            throw new StoreUnavailableException("the test lost an answer", null);
        });
    }

    /** To be called by a store around each command. */
    public Answer around(Command command, Supplier<Answer> execution) {
        surprise(command, true);
        Answer answer = execution.get();
        executed.add(command);
        surprise(command, false);
        return answer;
    }

    private void plan(Surprise surprise) {
        synchronized (surprises) {
            surprises.add(surprise);
        }
    }

    private void surprise(Command command, boolean before) {
        Surprise next = next(command, before);
        if (next != null) {
            next.what().run();
        }
    }

    private @Nullable Surprise next(Command command, boolean before) {
        synchronized (surprises) {
            for (Surprise surprise : surprises) {
                if (surprise.before() == before && surprise.upon().isInstance(command)) {
                    surprises.remove(surprise);
                    return surprise;
                }
            }
        }
        return null;
    }
}
