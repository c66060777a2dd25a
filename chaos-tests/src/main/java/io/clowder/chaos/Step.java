/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.util.Locale;

/** One thing that a request does: to the attribute {@code name}, with {@code value}; both empty where there is none. */
record Step(Action action, String name, String value) {

    enum Action {
        /** Reads an attribute. */
        GET,
        /** Writes a value that nobody else writes. */
        SET,
        REMOVE,
        /** Appends to a list in an attribute, in place. */
        ADD,
        /** Lets {@code value} milliseconds pass. */
        PAUSE,
        /** Creates the session, with empty lists. */
        CREATE,
        /** Changes the session's id. */
        RENAME,
        /** Logs the user in, which changes the session's id. */
        LOGIN,
        /** Lets the session end when it is not used for {@code value} seconds. */
        IDLE,
        /** Ends the session. */
        END
    }

    static Step get(String name) {
        return new Step(Action.GET, name, "");
    }

    static Step set(String name, String value) {
        return new Step(Action.SET, name, value);
    }

    static Step remove(String name) {
        return new Step(Action.REMOVE, name, "");
    }

    static Step add(String name, String value) {
        return new Step(Action.ADD, name, value);
    }

    static Step pause(int millis) {
        return new Step(Action.PAUSE, "", Integer.toString(millis));
    }

    static Step idle(int seconds) {
        return new Step(Action.IDLE, "", Integer.toString(seconds));
    }

    static Step of(Action action) {
        return new Step(action, "", "");
    }

    /** As the servlet reads it: {@code set:r0=17}. */
    String text() {
        return action.name().toLowerCase(Locale.ROOT) + ":" + name + "=" + value;
    }
}
