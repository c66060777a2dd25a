/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.NotSerializableException;
import java.io.ObjectInputFilter;
import java.io.ObjectOutputStream;
import java.io.StreamCorruptedException;
import java.util.ConcurrentModificationException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Turns attribute values into bytes and back, inside the class loader of one web application. Thread-safe.
 *
 * <p>Byte 0 is the version of the format. Byte 1 is the kind of what follows, 0 for JDK serialization, and its high bit
 * is a flag that whoever built the codec gives a meaning to; it can be asked for without decoding. The rest is the
 * value. Messages name attributes and types, never values.
 */
public final class AttributeCodec {
    private static final byte FORMAT = 1;
    private static final int HEADER = 2;
    private static final int SERIALIZED = 0;
    private static final int FLAGGED = 0x80;

    private final ClassLoader loader;
    private final @Nullable ObjectInputFilter classFilter;
    private final Predicate<Object> flagged;
    private final Immutables immutables;
    private final Predicate<Object> local;

    /**
     * A codec for one web application.
     *
     * @param loader the web application's class loader
     * @param classFilter narrows what JDK serialization may read, besides our limits and the JVM-wide filter. What it
     *     leaves undecided is allowed. It is asked about superclasses too, and not about proxy classes (but their
     *     interfaces and handlers) nor about arrays of interfaces or of Object (but their elements).
     * @param flagged the values whose bytes get the flag
     */
    public AttributeCodec(ClassLoader loader, @Nullable ObjectInputFilter classFilter, Predicate<Object> flagged) {
        this(loader, classFilter, flagged, Immutables.KNOWN, value -> false);
    }

    /**
     * As above.
     *
     * @param immutables the classes whose values nobody can change in place
     * @param local the values that stay on this node as if they were not serializable
     */
    public AttributeCodec(
            ClassLoader loader,
            @Nullable ObjectInputFilter classFilter,
            Predicate<Object> flagged,
            Immutables immutables,
            Predicate<Object> local) {
        this.immutables = requireNonNull(immutables);
        this.local = requireNonNull(local);
        this.loader = requireNonNull(loader);
        this.classFilter = classFilter;
        this.flagged = requireNonNull(flagged);
    }

    /**
     * The value as bytes of the caller's own.
     *
     * @throws NotSerializableAttributeException it refers to something that is not serializable, or is such itself
     * @throws UnstableAttributeException another thread changed it meanwhile
     * @throws UnwritableAttributeException any other reason why this value cannot be written
     */
    public byte[] encode(String name, Object value) {
        Kind kind = Kind.of(requireNonNull(value));
        if (kind == null && local.test(value)) {
            throw new NotSerializableAttributeException(name, typeOf(value), "it is of use on this node only", null);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(FORMAT);
        out.write((kind == null ? SERIALIZED : kind.code) | (flagged.test(value) ? FLAGGED : 0));
        try {
            if (kind != null) {
                kind.write(value, out);
            } else {
                ObjectOutputStream objects = new ObjectOutputStream(out);
                objects.writeObject(value);
                objects.flush();
            }
        } catch (Throwable e) {
            throwIfFatal(e);
            throw unwritable(name, value, e);
        }
        if (kind == null && out.size() > AttributeInput.MAX_BYTES) {
            throw new UnwritableAttributeException(
                    name, typeOf(value), "is too large: " + out.size() + " bytes serialized", null);
        }
        return out.toByteArray();
    }

    /**
     * The value that these bytes stand for, a new one for each call.
     *
     * @throws UnreadableAttributeException they cannot be read here, or not be read any more
     */
    public Object decode(String name, byte[] bytes) {
        if (bytes.length < HEADER) {
            throw new UnreadableAttributeException(name, null, false, "no header", null);
        }
        if (bytes[0] != FORMAT) {
            throw new UnreadableAttributeException(name, null, false, "unknown format " + bytes[0], null);
        }
        int code = bytes[1] & ~FLAGGED & 0xFF;
        if (code == SERIALIZED) {
            return deserialize(name, bytes);
        }
        Kind kind = Kind.of(code);
        if (kind == null) {
            throw new UnreadableAttributeException(name, null, false, "unknown kind " + code, null);
        }
        try {
            return kind.read(bytes, HEADER);
        } catch (IOException | RuntimeException e) {
            throw new UnreadableAttributeException(name, kind.type.getTypeName(), false, reason(e), e);
        }
    }

    /** Whether nobody can change the value in place. */
    public boolean isImmutable(Object value) {
        return immutables.contains(value.getClass());
    }

    /** Whether bytes of this value would be flagged. */
    public boolean flags(Object value) {
        return flagged.test(value);
    }

    /** Whether the value was flagged when it was encoded. Never fails. */
    public static boolean isFlagged(byte[] bytes) {
        return bytes.length >= HEADER && bytes[0] == FORMAT && (bytes[1] & FLAGGED) != 0;
    }

    private Object deserialize(String name, byte[] bytes) {
        int length = bytes.length - HEADER;
        AttributeInput in = null;
        try {
            in = new AttributeInput(new ByteArrayInputStream(bytes, HEADER, length), length, loader, classFilter);
            return in.readValue();
        } catch (Throwable e) {
            throwIfFatal(e);
            boolean refused = in != null && in.isRefused();
            throw new UnreadableAttributeException(
                    name, in == null ? null : in.culprit(e), refused, refused ? "refused by a filter" : reason(e), e);
        }
    }

    private static UnwritableAttributeException unwritable(String name, Object value, Throwable failure) {
        NotSerializableException notSerializable = cause(failure, NotSerializableException.class);
        if (notSerializable != null) {
            String path = CulpritFinder.path(name, value, notSerializable);
            return new NotSerializableAttributeException(name, typeOf(value), path, failure);
        }
        if (cause(failure, ConcurrentModificationException.class) != null) {
            return new UnstableAttributeException(name, typeOf(value), failure);
        }
        return new UnwritableAttributeException(name, typeOf(value), "cannot be written: " + reason(failure), failure);
    }

    /** Application code that serialization calls may throw anything; only the JVM's own distress is not about it. */
    static void throwIfFatal(Throwable failure) {
        if (failure instanceof VirtualMachineError error && !(failure instanceof StackOverflowError)) {
            throw error;
        }
    }

    /** The first of this type among a failure and its causes: applications like to wrap. */
    static <T extends Throwable> @Nullable T cause(Throwable failure, Class<T> type) {
        int depth = 0; // chains can be circular
        for (Throwable t = failure; t != null && depth++ < 20; t = t.getCause()) {
            if (type.isInstance(t)) {
                return type.cast(t);
            }
        }
        return null;
    }

    /** An application's message may quote a value; those of the JDK's stream do not. */
    private static String reason(Throwable failure) {
        boolean fromTheStream = failure instanceof InvalidClassException || failure instanceof StreamCorruptedException;
        return fromTheStream ? failure.toString() : failure.getClass().getName();
    }

    private static String typeOf(Object value) {
        return value.getClass().getTypeName();
    }
}
