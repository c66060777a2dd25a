/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.ObjectStreamField;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the way from a value to the object in it that is not serializable, after serialization has failed.
 *
 * <p>Each object is written into a stream of its own, and whatever it refers to is first written into another one and
 * then replaced by null. So the streams that are open at the moment of the failure are the path, and no object's fields
 * need be opened by force. The price: the application's {@code writeObject} methods run once more.
 */
final class CulpritFinder extends ObjectOutputStream {
    /** Each was seen to take some 2.5 µs: a search ends after 25 ms. */
    private static final int MAX_OBJECTS = 10_000;

    private final Search search;
    private int depth; // of this stream's own object in the path; 0: it has not come by

    private CulpritFinder(Search search) throws IOException {
        super(OutputStream.nullOutputStream());
        this.search = search;
        enableReplaceObject(true);
    }

    /** The path in words. Where the search does not get there, it is "..." and the class that serialization named. */
    static String path(String attribute, Object value, NotSerializableException failure) {
        String root = attribute + " (" + value.getClass().getTypeName() + ")";
        try {
            return root + new Search().find(value);
        } catch (Throwable e) {
            AttributeCodec.throwIfFatal(e);
            // The value behaves differently now, or there is too much of it.
            String named = failure.getMessage(); // an application's own words may quote a value
            return root + " -> ..." + (named != null && named.matches("[\\w.$/\\[;]+") ? " -> " + named : "");
        }
    }

    @Override
    protected @Nullable Object replaceObject(Object object) throws IOException {
        if (depth == 0) {
            depth = search.enter(object);
            return object;
        }
        if (object instanceof IOException) {
            return null; // most likely the failure itself, which each open stream tries to write down
        }
        search.shorten(depth); // an application may have swallowed an earlier failure
        if (search.needs(object)) {
            new CulpritFinder(search).writeObject(object);
            search.shorten(depth);
        }
        return null;
    }

    private static final class Search {
        private final Deque<Object> path = new ArrayDeque<>();
        private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

        String find(Object value) throws IOException {
            try {
                new CulpritFinder(this).writeObject(value);
            } catch (IOException | RuntimeException e) {
                if (AttributeCodec.cause(e, NotSerializableException.class) != null) {
                    return describe(value);
                }
                throw e;
            }
            throw new IllegalStateException("Serializable after all");
        }

        int enter(Object object) {
            if (seen.size() == MAX_OBJECTS) {
                throw new IllegalStateException("Too many objects");
            }
            seen.add(object);
            path.addLast(object);
            return path.size();
        }

        boolean needs(Object object) {
            return !(object instanceof String) && !seen.contains(object);
        }

        void shorten(int length) {
            while (path.size() > length) {
                path.removeLast();
            }
        }

        private String describe(Object value) {
            StringBuilder words = new StringBuilder();
            Object parent = null;
            for (Object object : path) {
                if (object != value) {
                    String label = parent == null ? null : label(parent, object);
                    String type = object.getClass().getTypeName();
                    words.append(" -> ").append(label == null ? type : label + " (" + type + ")");
                }
                parent = object;
            }
            return words.toString();
        }

        /** Where the parent keeps the child: an index, or the only field that can hold it; null: not to be told. */
        private static @Nullable String label(Object parent, Object child) {
            if (parent instanceof Object[] array) {
                return index(Arrays.asList(array), child);
            }
            if (parent instanceof List<?> list && list.getClass().getClassLoader() == null) {
                return index(list, child);
            }
            return field(parent, child);
        }

        private static @Nullable String index(List<?> list, Object child) {
            int index = 0;
            for (Object element : list) {
                if (element == child) {
                    return "[" + index + "]";
                }
                index++;
            }
            return null;
        }

        private static @Nullable String field(Object parent, Object child) {
            String name = null;
            for (Class<?> type = parent.getClass(); type != null; type = type.getSuperclass()) {
                ObjectStreamClass description = ObjectStreamClass.lookup(type);
                if (description == null) {
                    return name;
                }
                for (ObjectStreamField field : description.getFields()) {
                    if (field.getType().isInstance(child)) {
                        if (name != null) {
                            return null;
                        }
                        name = field.getName();
                    }
                }
            }
            return name;
        }
    }
}
