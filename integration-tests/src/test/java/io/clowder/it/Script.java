/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Requests of a few users one after the other, drawn from a seed: what they ask for does not depend on who keeps the sessions. */
final class Script {
    static final int USERS = 3;

    private static final List<String> NAMES =
            List.of("n0", "n1", "n2", "n3", "throw-1", "error-1", "set-1", "remove-1");
    private static final List<String> VALUE_MOODS = List.of("", "", "", "throw", "error", "set", "remove");
    private static final List<String> SESSION_MOODS = List.of("throw", "error", "set", "remove", "end");

    /** Stands for a session with nothing but a value that throws when it is unbound at the end. */
    private static final String BARE_END = "bare end";

    private final SplittableRandom random;
    private int values;

    private Script(long seed) {
        random = new SplittableRandom(seed);
    }

    /** What is to happen after a request. */
    enum Then {
        NEXT,
        /** The session is idle for longer than it may be, and its end is told before the next request. */
        AWAIT_END,
        /** The session is idle for longer than it may be, and the next request may come before its end is told. */
        BE_IDLE
    }

    /**
     * One request.
     *
     * @param user who sends it, from 0
     * @param query the steps, as the servlet takes them, and more parameters
     */
    record Step(int user, List<String> steps, String more, Then then) {
        String query() {
            return HttpUser.query(steps.toArray(new String[0])) + more;
        }
    }

    /** As many steps; four of them let a session expire. */
    static List<Step> of(long seed, int length) {
        Script script = new Script(seed);
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            boolean expires = i % (length / 4) == length / 4 - 2;
            steps.add(expires ? script.expiring(i < length / 2) : script.step());
            if (expires && i >= length / 2) {
                steps.add(new Step(steps.get(i++).user(), List.of("create", "names"), "", Then.NEXT));
            }
        }
        return steps;
    }

    /** Of an end that a request may meet, an exception would or would not become its answer: nothing throws then. */
    private Step expiring(boolean awaited) {
        int user = random.nextInt(USERS);
        return awaited
                ? new Step(user, List.of("create", bound("n0"), "interval:1"), "", Then.AWAIT_END)
                : new Step(user, List.of("end", "create", "bind:n0=" + value(), "interval:1"), "", Then.BE_IDLE);
    }

    private Step step() {
        List<String> steps = new ArrayList<>();
        int many = random.nextInt(1, 4);
        for (int i = 0; i < many; i++) {
            String one = one();
            if (one.equals(BARE_END)) {
                String last = "bind:n0=" + value() + "=at the end";
                steps.addAll(List.of("end", "create", "remove:passport", last, "end"));
            } else {
                steps.add(one);
            }
        }
        String late = random.nextInt(10) == 0 ? "&late=" + value() : "";
        return new Step(random.nextInt(USERS), steps, late, Then.NEXT);
    }

    private String one() {
        String name = pick(NAMES);
        int kind = random.nextInt(100);
        if (kind < 20) {
            return "set:" + name + "=" + value();
        }
        if (kind < 32) {
            return bound(name);
        }
        if (kind < 40) {
            return "migrate:" + name + "=" + value() + "=" + pick(VALUE_MOODS);
        }
        if (kind < 48) {
            return "same:" + pick(List.of("n0", "n1", "n2", "n3", "mood"));
        }
        if (kind < 52) {
            return "share:" + name + "=copy" + value();
        }
        if (kind < 56) {
            return "null:" + name;
        }
        if (kind < 68) {
            return "remove:" + name;
        }
        if (kind < 72) {
            return "set:mood=" + pick(SESSION_MOODS);
        }
        if (kind < 77) {
            return "change";
        }
        if (kind < 80) {
            return "interval:" + random.nextInt(600, 4_000);
        }
        if (kind < 84) {
            return "create:" + pick(List.of("", "throw", "error", "set"));
        }
        if (kind < 87) {
            return "end";
        }
        if (kind < 88) {
            return BARE_END;
        }
        if (kind < 91) {
            return "login:tom=" + TwoNodes.PASSWORD;
        }
        return kind < 93 ? "logout" : pick(List.of("names", "user", "new", "get:" + name));
    }

    private String bound(String name) {
        return "bind:" + name + "=" + value() + "=" + pick(VALUE_MOODS);
    }

    private String value() {
        return "v" + values++;
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }
}
