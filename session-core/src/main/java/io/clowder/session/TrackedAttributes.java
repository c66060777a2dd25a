/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.codec.AttributeCodec;
import io.clowder.codec.NotSerializableAttributeException;
import io.clowder.codec.UnreadableAttributeException;
import io.clowder.store.Changes;
import io.clowder.store.HybridClock;
import io.clowder.store.SessionDelta;
import io.clowder.store.StoredAttribute;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one session as this node sees them, remembering which ones were written since the last drain. A value
 * that came from the store stays bytes until it is first read; from then on every reader gets the same instance.
 *
 * <p>Thread-safe as a {@link ConcurrentHashMap} is, which holds the values.
 */
/*
 * Concurrency: a write marks the name dirty and places the value within one compute() of the bin; drain() takes the mark and
 * the value within one compute(), too. So a write that happens after the drain has looked leaves its name dirty for the next
 * drain, and none falls between. merge() looks at the mark within compute(): what was written here and is not saved yet is
 * never overwritten by what comes from the store. Values are encoded and decoded outside of compute().
 */
public final class TrackedAttributes extends AbstractMap<String, Object> implements ConcurrentMap<String, Object> {

    private static final Logger log = System.getLogger(TrackedAttributes.class.getName());

    /** Begins the stored names of an application's attributes whose own names begin like container state, or with this. */
    private static final String ESCAPE = "\1";

    private final ConcurrentHashMap<String, Slot> slots = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Long> dirty = new ConcurrentHashMap<>();
    private final String prefix;
    private final AttributeCodec codec;
    private final HybridClock clock;
    private final SessionStatistics statistics;
    private final BiConsumer<String, RuntimeException> onUnsaved;

    /**
     * No attributes yet.
     *
     * @param prefix goes before each name in the store; keeps name spaces apart
     * @param onUnsaved told of each attribute that cannot be encoded and therefore stays on this node
     */
    TrackedAttributes(
            String prefix,
            AttributeCodec codec,
            HybridClock clock,
            SessionStatistics statistics,
            BiConsumer<String, RuntimeException> onUnsaved) {
        this.prefix = prefix;
        this.codec = codec;
        this.clock = clock;
        this.statistics = statistics;
        this.onUnsaved = onUnsaved;
    }

    /** One value: an object, or the bytes of one that nobody has read yet. */
    private static final class Slot {

        private @Nullable Object value;
        private byte @Nullable [] bytes;
        private volatile boolean decoded;
        private volatile boolean local;

        /** In {@link HybridClock} time. */
        private final long writtenAt;

        Slot(Object value, long writtenAt) {
            this.value = value;
            this.decoded = true;
            this.writtenAt = writtenAt;
        }

        Slot(StoredAttribute stored) {
            this.bytes = stored.bytes();
            this.writtenAt = stored.writtenAt();
        }
    }

    private Object valueOf(String name, Slot slot) {
        if (!slot.decoded) {
            synchronized (slot) {
                if (!slot.decoded) {
                    slot.value = codec.decode(name, Objects.requireNonNull(slot.bytes));
                    slot.bytes = null;
                    slot.decoded = true;
                    statistics.decoded.increment();
                }
            }
        }
        return Objects.requireNonNull(slot.value);
    }

    @Override
    public @Nullable Object get(Object name) {
        Slot slot = slots.get(name);
        return slot == null ? null : valueOf((String) name, slot);
    }

    @Override
    public boolean containsKey(Object name) {
        return slots.containsKey(name);
    }

    @Override
    public int size() {
        return slots.size();
    }

    @Override
    public @Nullable Object put(String name, Object value) {
        return former(name, write(name, new Slot(value, clock.next())));
    }

    @Override
    public @Nullable Object remove(Object name) {
        return former((String) name, write((String) name, null));
    }

    /** The value that was overwritten; an unreadable one must be replaceable, and must not stop the end of its session. */
    private @Nullable Object former(String name, @Nullable Slot before) {
        try {
            return before == null ? null : valueOf(name, before);
        } catch (UnreadableAttributeException e) {
            log.log(Level.WARNING, "An attribute was replaced or removed whose value could not be read", e);
            return null;
        }
    }

    /** Places the slot, or removes what there is; returns what there was. */
    private @Nullable Slot write(String name, @Nullable Slot slot) {
        Slot[] before = new Slot[1];
        slots.compute(name, (key, present) -> {
            before[0] = present;
            if (slot != null || present != null) {
                dirty.put(key, slot != null ? slot.writtenAt : clock.next());
            }
            return slot;
        });
        return before[0];
    }

    @Override
    public @Nullable Object putIfAbsent(String name, Object value) {
        Slot fresh = new Slot(value, clock.next());
        Slot now = slots.compute(name, (key, present) -> {
            if (present == null) {
                dirty.put(key, fresh.writtenAt);
                return fresh;
            }
            return present;
        });
        return now == fresh ? null : valueOf(name, now);
    }

    @Override
    public boolean remove(Object name, Object value) {
        return exchange((String) name, value, null);
    }

    @Override
    public boolean replace(String name, Object expected, Object value) {
        return exchange(name, expected, new Slot(value, clock.next()));
    }

    @Override
    public @Nullable Object replace(String name, Object value) {
        while (true) {
            Slot present = slots.get(name);
            if (present == null) {
                return null;
            }
            if (exchangeSlot(name, present, new Slot(value, clock.next()))) {
                return valueOf(name, present);
            }
        }
    }

    private boolean exchange(String name, Object expected, @Nullable Slot next) {
        Slot present = slots.get(name);
        return present != null && valueOf(name, present).equals(expected) && exchangeSlot(name, present, next);
    }

    private boolean exchangeSlot(String name, Slot expected, @Nullable Slot next) {
        boolean[] done = new boolean[1];
        slots.computeIfPresent(name, (key, present) -> {
            if (present != expected) {
                return present;
            }
            done[0] = true;
            dirty.put(key, next != null ? next.writtenAt : clock.next());
            return next;
        });
        return done[0];
    }

    @Override
    public Set<String> keySet() {
        return new Names();
    }

    /** The names, without decoding any value. Removing through the iterator is a removal like any other. */
    private final class Names extends AbstractSet<String> {
        @Override
        public Iterator<String> iterator() {
            Iterator<String> names = slots.keySet().iterator();
            return new Iterator<>() {
                private @Nullable String current;

                @Override
                public boolean hasNext() {
                    return names.hasNext();
                }

                @Override
                public String next() {
                    String name = names.next();
                    current = name;
                    return name;
                }

                @Override
                public void remove() {
                    TrackedAttributes.this.remove(Objects.requireNonNull(current));
                }
            };
        }

        @Override
        public int size() {
            return slots.size();
        }

        @Override
        public boolean contains(Object name) {
            return slots.containsKey(name);
        }
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
        Map<String, Object> values = new HashMap<>();
        slots.forEach((name, slot) -> values.put(name, valueOf(name, slot)));
        return Map.copyOf(values).entrySet();
    }

    @Override
    public void clear() {
        slots.keySet().forEach(name -> write(name, null));
    }

    /** Names whose stored bytes carry the codec's flag, or whose live value has it; decodes nothing. */
    public Set<String> flagged() {
        Set<String> names = ConcurrentHashMap.newKeySet();
        slots.forEach((name, slot) -> {
            byte[] bytes;
            synchronized (slot) {
                bytes = slot.bytes;
            }
            if (bytes != null ? AttributeCodec.isFlagged(bytes) : codec.flags(valueOf(name, slot))) {
                names.add(name);
            }
        });
        return names;
    }

    boolean isDirty() {
        return !dirty.isEmpty();
    }

    /** Whether there is a value that the store cannot keep. */
    boolean hasLocal() {
        for (Slot slot : slots.values()) {
            if (slot.local) {
                return true;
            }
        }
        return false;
    }

    /** Moves what was written since the last drain into a delta's maps. */
    void drain(Map<String, SessionDelta.Write> set, Map<String, Long> removed) {
        for (String name : dirty.keySet()) {
            Slot[] slot = new Slot[1];
            Long[] at = new Long[1];
            slots.compute(name, (key, present) -> {
                at[0] = dirty.remove(key);
                slot[0] = present;
                return present;
            });
            if (at[0] == null) {
                continue;
            }
            if (slot[0] == null) {
                removed.put(stored(name), at[0]);
            } else {
                encode(name, slot[0], at[0], set, removed);
            }
        }
    }

    private void encode(
            String name, Slot slot, long at, Map<String, SessionDelta.Write> set, Map<String, Long> removed) {
        try {
            set.put(stored(name), new SessionDelta.Write(bytesOf(name, slot), at));
            slot.local = false;
        } catch (NotSerializableAttributeException e) {
            slot.local = true;
            // The store must not keep an earlier value under a name that now means something else here.
            removed.put(stored(name), at);
            onUnsaved.accept(name, e);
        } catch (RuntimeException e) { // the value's own code failed: it may succeed at the next save
            dirty.putIfAbsent(name, at);
            onUnsaved.accept(name, e);
        }
    }

    private byte[] bytesOf(String name, Slot slot) {
        Object value;
        synchronized (slot) {
            if (slot.bytes != null) {
                return slot.bytes;
            }
            value = Objects.requireNonNull(slot.value);
        }
        statistics.encoded.increment();
        return codec.encode(name, value);
    }

    /** Everything there is, for the repair of a record; attributes that stay on this node are left out. */
    void copyTo(Map<String, SessionDelta.Write> set) {
        slots.forEach((name, slot) -> {
            if (!slot.local) {
                try {
                    set.put(stored(name), new SessionDelta.Write(bytesOf(name, slot), slot.writtenAt));
                } catch (NotSerializableAttributeException e) { // not saved yet: the save will find that it stays here
                    log.log(Level.DEBUG, () -> "Not in the copy for a repair: " + e.getMessage());
                }
            }
        });
    }

    /** Whether the store's name belongs to this name space. */
    private boolean owns(String name) {
        return prefix.isEmpty() != name.startsWith(LiveSession.CONTAINER);
    }

    private String stored(String name) {
        boolean escaped = prefix.isEmpty() && (name.startsWith(LiveSession.CONTAINER) || name.startsWith(ESCAPE));
        return (escaped ? ESCAPE : prefix) + name;
    }

    private String local(String stored) {
        boolean escaped = prefix.isEmpty() && stored.startsWith(ESCAPE);
        return stored.substring(escaped ? ESCAPE.length() : prefix.length());
    }

    /**
     * Takes in what others changed. What was written here and is not saved yet stays; objects that requests hold stay as
     * they are.
     *
     * @return whether anything was taken in
     */
    boolean merge(Changes changes) {
        boolean merged = false;
        for (Map.Entry<String, StoredAttribute> change : changes.set().entrySet()) {
            if (owns(change.getKey())) {
                StoredAttribute stored = change.getValue();
                clock.observe(stored.writtenAt());
                merged |= accept(local(change.getKey()), new Slot(stored));
            }
        }
        for (String removed : changes.removed()) {
            if (owns(removed)) {
                merged |= accept(local(removed), null);
            }
        }
        if (changes.whole()) {
            for (String name : slots.keySet()) {
                if (!changes.set().containsKey(stored(name))) {
                    merged |= accept(name, null);
                }
            }
        }
        return merged;
    }

    private boolean accept(String name, @Nullable Slot stored) {
        boolean[] accepted = new boolean[1];
        slots.compute(name, (key, present) -> {
            boolean ours = dirty.containsKey(key) || (stored == null && present != null && present.local);
            accepted[0] = !ours && (stored != null || present != null);
            return ours ? present : stored;
        });
        return accepted[0];
    }
}
