/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Attributes by name: an immutable map in two arrays. The next state copies one of them, and shares the other as long as no name
 * comes or goes; a hash map of a hundred attributes would be a hundred new objects for each change of one, on owner and backup.
 */
final class Attributes extends AbstractMap<String, StoredAttribute> {

    /** In ascending order. */
    private final String[] names;

    private final StoredAttribute[] values;

    private Attributes(String[] names, StoredAttribute[] values) {
        this.names = names;
        this.values = values;
    }

    /** The same, without a copy where that is possible. */
    static Attributes of(Map<String, StoredAttribute> all) {
        if (all instanceof Attributes attributes) {
            return attributes;
        }
        Map<String, StoredAttribute> sorted = new TreeMap<>(all);
        return new Attributes(
                sorted.keySet().toArray(String[]::new), sorted.values().toArray(StoredAttribute[]::new));
    }

    /** These, but for what is set and removed; a name that is both is removed. */
    Attributes with(Map<String, StoredAttribute> set, Set<String> removed) {
        if (removed.isEmpty()) {
            StoredAttribute[] next = replaced(set);
            if (next != null) {
                return new Attributes(names, next);
            }
        }
        Map<String, StoredAttribute> all = new TreeMap<>(this);
        all.putAll(set);
        all.keySet().removeAll(removed);
        return of(all);
    }

    /** The values afterwards; null where one of the names is new. */
    private StoredAttribute @Nullable [] replaced(Map<String, StoredAttribute> set) {
        StoredAttribute[] next = values.clone();
        for (Map.Entry<String, StoredAttribute> each : set.entrySet()) {
            int at = Arrays.binarySearch(names, each.getKey());
            if (at < 0) {
                return null;
            }
            next[at] = each.getValue();
        }
        return next;
    }

    @Override
    public @Nullable StoredAttribute get(Object name) {
        int at = Arrays.binarySearch(names, name);
        return at < 0 ? null : values[at];
    }

    @Override
    public boolean containsKey(Object name) {
        return Arrays.binarySearch(names, name) >= 0;
    }

    @Override
    public int size() {
        return names.length;
    }

    @Override
    public Set<Map.Entry<String, StoredAttribute>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<String, StoredAttribute>> iterator() {
                return new Iterator<>() {
                    private int at;

                    @Override
                    public boolean hasNext() {
                        return at < names.length;
                    }

                    @Override
                    public Map.Entry<String, StoredAttribute> next() {
                        if (at == names.length) {
                            throw new NoSuchElementException();
                        }
                        return Map.entry(names[at], values[at++]);
                    }
                };
            }

            @Override
            public int size() {
                return names.length;
            }
        };
    }
}
