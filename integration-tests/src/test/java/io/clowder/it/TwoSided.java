/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import java.util.List;

/** What is done to one session on the two sides of a split, first on one of them, and what must have become of it afterwards. */
enum TwoSided {
    /** Each side has written attributes of its own. */
    OTHERS(
            List.of("set:x=first", "remove:z"),
            List.of("set:y=second", "set:w=second"),
            "w,x,y",
            "first second null second"),
    /** Both have written the same one. */
    SAME(List.of("set:x=first", "set:w=first"), List.of("set:x=second"), "w,x,y,z", "second old old first"),
    REMOVED(List.of("set:x=first"), List.of("remove:x"), "y,z", "null old old null"),
    SET_AGAIN(List.of("remove:x"), List.of("set:x=second"), "x,y,z", "second old old null"),
    ENDED_FIRST(List.of("end"), List.of("set:x=second"), "none", ""),
    ENDED_LAST(List.of("set:x=first"), List.of("end"), "none", ""),
    /** What was written under the id that went is lost with it: the other session has what it had then. */
    RENAMED(List.of("change"), List.of("set:x=second"), "none", ""),
    ONE_SIDE(List.of("set:x=first", "remove:y"), List.of(), "x,z", "first null old null"),
    NOTHING(List.of(), List.of(), "x,y,z", "old old old null");

    static final List<String> BEFORE = List.of("set:x=old", "set:y=old", "set:z=old");
    private static final List<String> LOOK = List.of("found", "get:x", "get:y", "get:z", "get:w");

    final List<String> first;
    final List<String> second;
    private final String names;
    private final String values;

    TwoSided(List<String> first, List<String> second, String names, String values) {
        this.first = first;
        this.second = second;
        this.names = names;
        this.values = values;
    }

    /** How many attributes both sides have changed. */
    int conflicts() {
        return this == SAME || this == REMOVED || this == SET_AGAIN ? 1 : 0;
    }

    boolean endsTheId() {
        return names.equals("none");
    }

    /** Steps that make none where there is no session. */
    String[] look() {
        return endsTheId() ? new String[] {"found"} : LOOK.toArray(String[]::new);
    }

    /** The answer to {@link #look} once the two sides are one. */
    String expected() {
        return endsTheId() ? names : names + "\n" + values.replace(' ', '\n');
    }
}
