/**
 * Turns attribute values into bytes and back, inside the class loader of one web application.
 *
 * <p>Internal. {@link io.clowder.codec.AttributeCodec} is the way in; small immutable values of the JDK have a compact
 * form, the rest is JDK serialization read behind a filter. Depends on the JDK only and on nothing of ours.
 */
@NullMarked
package io.clowder.codec;

import org.jspecify.annotations.NullMarked;
