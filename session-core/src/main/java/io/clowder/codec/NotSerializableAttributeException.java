/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import org.jspecify.annotations.Nullable;

/** The value, or something that it refers to, is not serializable: trying again is of no use. */
public final class NotSerializableAttributeException extends UnwritableAttributeException {
    private static final long serialVersionUID = 1L;

    private final String path;

    NotSerializableAttributeException(String attribute, String type, String path, @Nullable Throwable cause) {
        super(attribute, type, "is not serializable: " + path, cause);
        this.path = path;
    }

    /**
     * The way from the attribute to the culprit, by fields, indexes and types, for example
     * {@code cart (com.acme.Cart) -> items (java.util.ArrayList) -> [0] (com.acme.Item) -> owner (com.acme.Owner)}.
     */
    public String path() {
        return path;
    }
}
