/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

/** Which attributes are looked at for changes that were made in place, without {@code setAttribute}. */
public enum Detection {
    /** Those that a request read or wrote. */
    ON_READ,
    /** Those that a request wrote: it may go on changing them until it ends. */
    ON_WRITE,
    /** None: the values are replaced as a whole. */
    NONE
}
