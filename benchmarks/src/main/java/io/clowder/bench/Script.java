/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

/** What a client asks, step by step: {@code m}ake a session, {@code r}ead, or {@code w}rite. */
enum Script {
    MAKE {
        @Override
        char step(long number) {
            return 'm';
        }
    },
    READ {
        @Override
        char step(long number) {
            return 'r';
        }
    },
    WRITE {
        @Override
        char step(long number) {
            return 'w';
        }
    },
    /** Unmeasured: what one request has written, the next one must read; and again with a new session. */
    CHECK {
        private static final int ROUND = 10;

        @Override
        char step(long number) {
            long at = number % ROUND;
            if (at == 0) {
                return 'm';
            }
            return at % 2 == 1 ? 'r' : 'w';
        }
    };

    /** The step of that number, counted from 0 for each session. */
    abstract char step(long number);
}
