/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import org.jspecify.annotations.Nullable;

/**
 * Stored bytes that cannot become a value in this web application: a class is missing or has changed, a filter refused
 * it, the bytes are broken, or a newer release wrote them. The caller has a policy for it.
 */
public final class UnreadableAttributeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String attribute;
    private final @Nullable String type;
    private final boolean refused;

    UnreadableAttributeException(
            String attribute, @Nullable String type, boolean refused, String reason, @Nullable Throwable cause) {
        super(
                "Attribute '" + attribute + "'" + (type == null ? "" : " (" + type + ")") + " cannot be read: "
                        + reason,
                cause);
        this.attribute = attribute;
        this.type = type;
        this.refused = refused;
    }

    private UnreadableAttributeException(String session, UnreadableAttributeException cause) {
        super(session + ": " + cause.getMessage(), cause);
        this.attribute = cause.attribute;
        this.type = cause.type;
        this.refused = cause.refused;
    }

    /** The same with the session, shortened, in its message. */
    public UnreadableAttributeException of(String session) {
        return new UnreadableAttributeException(session, this);
    }

    /** The attribute's name. */
    public String attribute() {
        return attribute;
    }

    /** The name of the class at which reading stopped, not always that of the value itself; null: none was reached. */
    public @Nullable String type() {
        return type;
    }

    /** Whether a filter refused the bytes, which an honest writer seldom causes: worth a security warning. */
    public boolean isRefused() {
        return refused;
    }
}
