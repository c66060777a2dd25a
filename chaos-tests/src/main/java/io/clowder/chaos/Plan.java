/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import io.clowder.chaos.Request.Shape;
import io.clowder.chaos.Step.Action;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What clients ask. The same seed gives the same requests. */
final class Plan {
    /** Attributes with one value. */
    static final List<String> VALUES = List.of("r0", "r1", "r2", "r3");

    /** Attributes with a list that is changed in place. */
    static final List<String> LISTS = List.of("l0", "l1");

    static final List<String> NAMES =
            Stream.concat(VALUES.stream(), LISTS.stream()).toList();

    private static final int NODES = 3;
    private static final int PARALLEL = 6;
    private static final int LONGEST_PAUSE = 400;

    private final SplittableRandom random;
    private final List<Round> rounds = new ArrayList<>();
    private int values;

    private Plan(SplittableRandom random) {
        this.random = random;
    }

    /**
     * All rounds of one session, from its creation to its end.
     *
     * @param client counted from 0; each has a session of its own
     * @param life the how manieth session of that client, counted from 0
     */
    static List<Round> life(long seed, int client, int life) {
        Plan plan = new Plan(new SplittableRandom(seed * 1_000_003 + client * 10_007L + life));
        plan.fill();
        return List.copyOf(plan.rounds);
    }

    /** One request that reads everything. */
    static Request look(int node) {
        return new Request(NAMES.stream().map(Step::get).toList(), Shape.PLAIN, node);
    }

    private void fill() {
        rounds.add(Round.of(new Request(List.of(Step.of(Action.CREATE)), Shape.PLAIN, node())));
        for (int left = random.nextInt(40, 160); left > 0; left--) {
            rounds.add(round());
            if (random.nextInt(5) == 0) {
                rounds.add(Round.of(look(node())));
            }
        }
        rounds.add(Round.of(new Request(List.of(Step.of(Action.END)), Shape.PLAIN, node())));
        IntStream.range(0, NODES).forEach(node -> rounds.add(Round.of(look(node))));
    }

    private Round round() {
        int kind = random.nextInt(100);
        if (kind < 50) {
            return Round.of(single());
        }
        if (kind < 78) {
            return new Round(apart(), false);
        }
        if (kind < 86) {
            return new Round(together(), false);
        }
        if (kind < 97) {
            return new Round(List.of(slow()), true);
        }
        return Round.of(new Request(List.of(Step.of(Action.RENAME), Step.get(name())), Shape.PLAIN, node()));
    }

    private Request single() {
        List<Step> steps = new ArrayList<>();
        for (int left = random.nextInt(1, 4); left > 0; left--) {
            steps.add(random.nextInt(3) == 0 ? Step.get(name()) : change(name()));
        }
        return new Request(steps, shape(), node());
    }

    /** Requests that change different attributes, and read each other's. */
    private List<Request> apart() {
        List<String> names = shuffled();
        int count = random.nextInt(2, PARALLEL + 1);
        return names.subList(0, count).stream()
                .map(name -> {
                    List<Step> steps = new ArrayList<>();
                    steps.add(change(name));
                    if (random.nextBoolean()) {
                        steps.add(Step.pause(random.nextInt(20)));
                    }
                    steps.add(Step.get(name()));
                    return new Request(steps, shape(), node());
                })
                .toList();
    }

    /** Requests that change the same attribute. */
    private List<Request> together() {
        String name = name();
        return IntStream.range(0, random.nextInt(2, 4))
                .mapToObj(any -> new Request(List.of(change(name), Step.get(name)), shape(), node()))
                .toList();
    }

    private Request slow() {
        Step pause = Step.pause(random.nextInt(LONGEST_PAUSE));
        String name = name();
        return new Request(
                random.nextBoolean()
                        ? List.of(Step.get(name()), pause, change(name))
                        : List.of(change(name), pause, Step.get(name())),
                shape(),
                node());
    }

    private Step change(String name) {
        String value = "v" + ++values;
        if (LISTS.contains(name)) {
            return Step.add(name, value);
        }
        return random.nextInt(6) == 0 ? Step.remove(name) : Step.set(name, value);
    }

    private List<String> shuffled() {
        List<String> names = new ArrayList<>(NAMES);
        for (int i = names.size() - 1; i > 0; i--) {
            Collections.swap(names, i, random.nextInt(i + 1));
        }
        return names;
    }

    private String name() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    private int node() {
        return random.nextInt(NODES);
    }

    private Shape shape() {
        int kind = random.nextInt(100);
        if (kind < 60) {
            return Shape.PLAIN;
        }
        if (kind < 75) {
            return Shape.LARGE;
        }
        return kind < 92 ? Shape.FLUSHED : Shape.REDIRECT;
    }
}
