/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Changes of one session by three nodes, as a seed wants them. */
final class RandomChanges {

    private static final int NAMES = 8;

    private final Random random;
    private final List<NodeId> nodes = new ArrayList<>();
    private final List<Version> states = new ArrayList<>();
    private final List<Command> before = new ArrayList<>();
    private final SessionRecord other;
    private long sequence;

    RandomChanges(long seed) {
        random = new Random(seed);
        for (int i = 0; i < 3; i++) {
            nodes.add(new NodeId(new UUID(random.nextLong(), random.nextLong())));
        }
        other = SessionRecord.created(creation());
    }

    Random random() {
        return random;
    }

    NodeId node() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    OperationId operation() {
        return operation(node());
    }

    OperationId operation(NodeId by) {
        return new OperationId(by, ++sequence);
    }

    /** Remembers a state for later deltas to be based on. */
    void seen(Version state) {
        states.add(state);
    }

    SessionDelta creation() {
        return filled(Change.named(operation()).heldBy(node())).delta();
    }

    SessionDelta delta(Version base) {
        return delta(node(), base);
    }

    SessionDelta delta(NodeId by, Version base) {
        Change change = filled(Change.named(operation(by)).upon(base));
        if (random.nextInt(4) == 0) {
            change.settled();
        }
        if (random.nextInt(8) == 0) {
            change.timeout(random.nextInt(10_000));
        }
        return change.accessed(random.nextInt(10_000)).delta();
    }

    /** Sets and removes some of eight names. */
    private Change filled(Change change) {
        for (int i = 0; i < NAMES; i++) {
            int what = random.nextInt(6);
            if (what == 0) {
                change.set("n" + i, bytes());
            } else if (what == 1) {
                change.remove("n" + i);
            }
        }
        if (random.nextInt(10) == 0) {
            for (int i = 0; i < 20; i++) {
                change.remove("many" + random.nextInt(60));
            }
        }
        return change;
    }

    byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(20)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A command of any kind, sometimes one that was given before. */
    Command command() {
        Command next =
                random.nextInt(10) == 0 && !before.isEmpty() ? before.get(random.nextInt(before.size())) : fresh();
        before.add(next);
        return next;
    }

    private Command fresh() {
        return switch (random.nextInt(16)) {
            case 0 -> new Command.Load(random.nextBoolean() ? null : state());
            case 1, 2 -> new Command.Take(operation(), random.nextBoolean() ? null : state());
            case 3 -> new Command.Seal(operation(), "new" + random.nextInt());
            case 4 -> new Command.Unseal(earlier());
            case 5 -> new Command.Create(operation(), "old", other);
            case 6 -> new Command.Claim(operation(), random.nextBoolean() ? null : (long) random.nextInt(10_000));
            case 7 -> new Command.Bury(earlier(), random.nextInt(10_000), random.nextBoolean() ? null : "new");
            case 8 -> new Command.Accept(operation(), random.nextInt(10_000));
            case 9 -> new Command.Save(creation());
            case 10 ->
                new Command.Save(
                        filled(Change.named(operation()).upon(state())).whole().delta());
            default -> new Command.Save(delta(state()));
        };
    }

    /** One of the last states, or one that never was. */
    private Version state() {
        if (states.isEmpty() || random.nextInt(10) == 0) {
            return new Version(1 + random.nextInt(5), operation());
        }
        int back = random.nextInt(Math.min(12, states.size()));
        return states.get(states.size() - 1 - back);
    }

    private OperationId earlier() {
        if (!before.isEmpty()) {
            for (int i = 0; i < 4; i++) {
                OperationId named = before.get(before.size() - 1 - random.nextInt(Math.min(4, before.size())))
                        .operation();
                if (named != null) {
                    return named;
                }
            }
        }
        return operation();
    }
}
