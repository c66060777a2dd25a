/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import org.jspecify.annotations.Nullable;

/**
 * A value could not be turned into bytes. It can stay where it is; other attributes are not concerned.
 *
 * <p>The two subclasses are the failures that a caller may treat in a way of their own. What is left: application code
 * that threw while it was being serialized, a graph too deep for the stack, a value too large to be read back.
 */
public sealed class UnwritableAttributeException extends RuntimeException
        permits NotSerializableAttributeException, UnstableAttributeException {
    private static final long serialVersionUID = 1L;

    private final String attribute;
    private final String type;

    UnwritableAttributeException(String attribute, String type, String reason, @Nullable Throwable cause) {
        super("Attribute '" + attribute + "' (" + type + ") " + reason, cause);
        this.attribute = attribute;
        this.type = type;
    }

    /** The attribute's name. */
    public final String attribute() {
        return attribute;
    }

    /** The name of the value's class. */
    public final String type() {
        return type;
    }
}
