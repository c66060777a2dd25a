/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputFilter.Status;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.io.StreamCorruptedException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** Reads one serialized value with the classes that a web application sees, behind the filters. */
final class AttributeInput extends ObjectInputStream {
    /** A value of this many bytes is refused on reading, and for that reason on writing too. */
    static final int MAX_BYTES = 64 << 20;
    /** Twice as deep as a thread with the default stack of 1 MB was seen to write (1,000 linked objects). */
    static final int MAX_DEPTH = 2_000;
    /** Objects, class descriptors, back references and nulls together; 16 million fit into 64 MiB only just. */
    static final int MAX_REFERENCES = 16 << 20;
    /**
     * Array slots a byte of the stream may ask for: an element takes a byte at least, a sparse hash table has up to
     * eight slots an entry. A short stream cannot make us allocate a long array.
     */
    static final int MAX_SLOTS_PER_BYTE = 8;

    private final ByteArrayInputStream bytes;
    private final ClassLoader loader;
    private @Nullable String lastClass;
    private @Nullable String missingClass;
    private boolean refused;

    AttributeInput(ByteArrayInputStream bytes, int length, ClassLoader loader, @Nullable ObjectInputFilter classFilter)
            throws IOException {
        super(bytes);
        this.bytes = bytes;
        this.loader = loader;
        ObjectInputFilter filter = limits(length);
        if (classFilter != null) {
            filter = ObjectInputFilter.merge(filter, exceptContainers(classFilter));
        }
        // The JVM-wide filter: setting ours would replace it.
        ObjectInputFilter all = ObjectInputFilter.merge(filter, getObjectInputFilter());
        setObjectInputFilter(info -> {
            refused = true; // should a filter throw
            Status status = all.checkInput(info);
            refused = status == Status.REJECTED;
            return status;
        });
    }

    Object readValue() throws IOException, ClassNotFoundException {
        Object value = readObject();
        if (value == null) {
            throw new StreamCorruptedException("no value");
        }
        if (bytes.available() > 0) {
            throw new StreamCorruptedException("trailing bytes");
        }
        return value;
    }

    boolean isRefused() {
        return refused;
    }

    /** The class to blame for a failure, as far as the stream tells. */
    @Nullable
    String culprit(Throwable failure) {
        if (failure instanceof InvalidClassException invalid && invalid.classname != null) {
            return invalid.classname;
        }
        return failure instanceof ClassNotFoundException && missingClass != null ? missingClass : lastClass;
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
        lastClass = description.getName();
        try {
            return Class.forName(description.getName(), false, loader);
        } catch (ClassNotFoundException e) {
            // Knows the primitives and our own class path. A missing class is not the end yet: the field that needs it
            // may be gone as well.
            try {
                return super.resolveClass(description);
            } catch (ClassNotFoundException again) {
                missingClass = description.getName();
                throw again;
            }
        }
    }

    @Override
    protected Class<?> resolveProxyClass(String[] names) throws IOException, ClassNotFoundException {
        Class<?>[] interfaces = new Class<?>[names.length];
        ClassLoader home = loader;
        for (int i = 0; i < names.length; i++) {
            lastClass = names[i];
            try {
                interfaces[i] = Class.forName(names[i], false, loader);
            } catch (ClassNotFoundException e) {
                missingClass = names[i];
                throw e;
            }
            if (!Modifier.isPublic(interfaces[i].getModifiers())) {
                home = interfaces[i].getClassLoader(); // a proxy must live beside an interface that is not public
            }
        }
        try {
            return Proxy.newProxyInstance(home, interfaces, (proxy, method, arguments) -> null)
                    .getClass();
        } catch (IllegalArgumentException e) {
            throw new ClassNotFoundException("no proxy class for its interfaces", e);
        }
    }

    private static ObjectInputFilter limits(int length) {
        long slots = Math.max(1024, (long) length * MAX_SLOTS_PER_BYTE);
        return info -> info.depth() > MAX_DEPTH
                        || info.references() > MAX_REFERENCES
                        || info.streamBytes() > MAX_BYTES
                        || info.arrayLength() > slots
                ? Status.REJECTED
                : Status.UNDECIDED;
    }

    /**
     * Spares the list what nobody would think to put on it. A proxy class has a made-up name; its interfaces and its
     * handler are checked each by itself. So are the elements of arrays that collections allocate while they are read.
     */
    private static ObjectInputFilter exceptContainers(ObjectInputFilter classFilter) {
        return info -> {
            Class<?> type = info.serialClass();
            return type != null && isContainer(type) ? Status.UNDECIDED : classFilter.checkInput(info);
        };
    }

    private static boolean isContainer(Class<?> type) {
        Class<?> element = type.getComponentType();
        return element == null
                ? type == Proxy.class || Proxy.isProxyClass(type)
                : element == Object.class || element.isInterface();
    }
}
