/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import org.jspecify.annotations.Nullable;

/**
 * The store did not answer, or not in time. Says nothing about the session: it may exist, and a change may or may not have
 * been applied; the same call may be made again.
 */
public final class StoreUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** With what was attempted, on which session (shortened), and why it failed. */
    public StoreUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Of a call that was not even made; without a stack trace, as who is refused in masses is to cost little. */
    public StoreUnavailableException(String message) {
        super(message, null, false, false);
    }
}
