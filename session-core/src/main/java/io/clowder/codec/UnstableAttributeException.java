/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

/** Another thread changed the value while it was being written: trying again may succeed. */
public final class UnstableAttributeException extends UnwritableAttributeException {
    private static final long serialVersionUID = 1L;

    UnstableAttributeException(String attribute, String type, Throwable cause) {
        super(attribute, type, "was changed while it was being written", cause);
    }
}
