/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.codec.AttributeCodec;
import io.clowder.codec.NotSerializableAttributeException;
import io.clowder.codec.UnreadableAttributeException;
import io.clowder.codec.UnstableAttributeException;
import io.clowder.codec.UnwritableAttributeException;
import io.clowder.store.Changes;
import io.clowder.store.HybridClock;
import io.clowder.store.SessionDelta;
import io.clowder.store.StoredAttribute;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one session as this node sees them, remembering which ones were written since the last drain, and which
 * objects requests hold and may change in place. A value that came from the store stays bytes until it is first read; from
 * then on every reader gets the same instance.
 *
 * <p>Thread-safe as a {@link ConcurrentHashMap} is, which holds the values.
 */
/*
 * Concurrency: a write draws its stamp, marks the slot dirty (of a removal, the name) and places it within one compute() of the
 * bin; drain() takes the mark within one compute(), too. So a write that happens after the drain has looked leaves its slot
 * dirty for the next drain, and none falls between. merge() looks at the mark within compute(): what was written here and is
 * not saved yet gives way to later writes only. Values are encoded and decoded outside of compute().
 *
 * A slot whose object may change is held from the moment that somebody gets or puts it until the last user of the session has
 * left (forgetHeld) and a drain has looked at it after its last reading. Each drain looks at every held slot, since any user
 * may have changed any of them. A slot that a merge replaced stays held: its reader may still write into the old object.
 */
public final class TrackedAttributes extends AbstractMap<String, Object> implements ConcurrentMap<String, Object> {

    private static final Logger log = System.getLogger(TrackedAttributes.class.getName());

    /** Begins the stored names of an application's attributes whose own names begin like container state, or with this. */
    private static final String ESCAPE = "\1";

    /** How often a value that others may be changing is encoded before it is left to the next drain. */
    private static final int MAX_TRIES = 4;

    private static final int MAX_REMOVALS = 32;

    private final ConcurrentHashMap<String, Slot> slots = new ConcurrentHashMap<>();

    /** Whether there may be a dirty slot or an unsaved removal: set after these, and taken back before a drain looks for them. */
    private volatile boolean dirty;

    /** Slots whose objects may be changed in place by those who hold them, with their names. Null before the first one. */
    private volatile @Nullable ConcurrentHashMap<Slot, String> held;

    /** Null before the first removal: most sessions have none. */
    private volatile @Nullable Removals removals;

    /** Names whose flagged values came from the store, and that nobody has taken note of. Null before the first one. */
    private volatile @Nullable Set<String> newcomers;

    private final Kind kind;

    /** No attributes yet. */
    TrackedAttributes(Kind kind) {
        this.kind = kind;
    }

    /** Others of the same kind; none yet. */
    TrackedAttributes sibling() {
        return new TrackedAttributes(kind);
    }

    /**
     * What the attributes of all sessions have in common.
     *
     * @param prefix goes before each name in the store; keeps name spaces apart
     * @param detection which values are looked at for changes in place
     * @param onTrouble told of each attribute that cannot be encoded and therefore stays on this node, and of each whose
     *     stored bytes cannot be read ({@link UnreadableAttributeException})
     */
    record Kind(
            String prefix,
            AttributeCodec codec,
            Detection detection,
            HybridClock clock,
            SessionStatistics statistics,
            BiConsumer<String, RuntimeException> onTrouble) {}

    /** When the application removed names that it has not set again. Changed within compute() of the name. */
    private static final class Removals {

        /** As many as a record remembers, for a record that is lost. */
        private final Map<String, Long> remembered = Collections.synchronizedMap(new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                return size() > MAX_REMOVALS;
            }
        });

        /** Those since the last drain. */
        private final ConcurrentHashMap<String, Long> unsaved = new ConcurrentHashMap<>();

        void add(String name, long at) {
            remembered.put(name, at);
            unsaved.put(name, at);
        }

        void forget(String name) {
            remembered.remove(name);
            unsaved.remove(name);
        }
    }

    /** One value: an object, or the bytes of one that nobody has read yet. */
    private static final class Slot {

        private @Nullable Object value;

        /** As they came from the store; kept after decoding until a mutable value was first looked at for changes. */
        private byte @Nullable [] bytes;

        /** Of the bytes that the store has, as this node encodes them; null before a mutable value was first encoded. */
        private byte @Nullable [] digest;

        private volatile boolean decoded;
        private volatile boolean mutable;
        private volatile boolean local;

        /** Whether no drain has taken it since it was written here. Set and taken back within compute(). */
        private volatile boolean dirty;

        /** Whether the bytes could not be read when they were last tried. */
        private volatile boolean unreadable;

        /** Whether somebody got the value after it was last looked at. */
        private volatile boolean unchecked;

        /** Whether the application itself has replaced or removed it: what happens to the object is not ours any more. */
        private volatile boolean superseded;

        /** In {@link HybridClock} time. */
        private volatile long writtenAt;

        Slot(Object value, boolean mutable) {
            this.value = value;
            this.mutable = mutable;
            this.decoded = true;
        }

        Slot(StoredAttribute stored) {
            this.bytes = stored.bytes();
            this.writtenAt = stored.writtenAt();
        }
    }

    private Slot slot(Object value) {
        return new Slot(value, !kind.codec.isImmutable(value));
    }

    private Object valueOf(String name, Slot slot) {
        if (!slot.decoded) {
            try {
                decode(name, slot);
            } catch (UnreadableAttributeException e) {
                if (!slot.unreadable) {
                    slot.unreadable = true;
                    kind.statistics.unreadable.increment();
                    kind.onTrouble.accept(name, e);
                }
                throw e;
            }
        }
        return Objects.requireNonNull(slot.value);
    }

    private void decode(String name, Slot slot) {
        synchronized (slot) {
            if (!slot.decoded) {
                Object value = kind.codec.decode(name, Objects.requireNonNull(slot.bytes));
                slot.value = value;
                slot.mutable = !kind.codec.isImmutable(value);
                if (!slot.mutable || kind.detection != Detection.ON_READ) {
                    slot.bytes = null;
                }
                slot.decoded = true;
                kind.statistics.decoded.increment();
            }
        }
    }

    /** Why the value of this attribute cannot be read; null when it can, or when there is none. Reads it to find out. */
    public @Nullable UnreadableAttributeException unreadable(String name) {
        Slot slot = slots.get(name);
        if (slot != null && !slot.decoded) {
            try {
                valueOf(name, slot);
            } catch (UnreadableAttributeException e) {
                return e;
            }
        }
        return null;
    }

    /** Removes the attribute if its value was found unreadable, as the application would; a newer value stays. */
    public void dropUnreadable(String name) {
        slots.computeIfPresent(name, (key, present) -> {
            if (!present.unreadable) {
                return present;
            }
            mark(key, null);
            return null;
        });
    }

    /** Remembers that somebody has the object and may change it. */
    private void hold(String name, Slot slot) {
        slot.unchecked = true;
        Map<Slot, String> all = heldFromNowOn();
        all.put(slot, name);
        if (slot.superseded) {
            all.remove(slot);
        }
    }

    private Map<Slot, String> heldFromNowOn() {
        Map<Slot, String> present = held;
        return present == null ? firstHeld() : present;
    }

    private synchronized Map<Slot, String> firstHeld() {
        ConcurrentHashMap<Slot, String> present = held;
        if (present == null) {
            present = new ConcurrentHashMap<>();
            held = present;
        }
        return present;
    }

    /** A fixed one, and empty, before the first. */
    private Map<Slot, String> heldByNow() {
        Map<Slot, String> present = held;
        return present == null ? Map.of() : present;
    }

    /** The application has replaced the value: neither the one before nor earlier ones, replaced by merges, count any more. */
    private void supersede(String name, @Nullable Slot before, @Nullable Slot now) {
        if (before != null) {
            before.superseded = true;
        }
        Map<Slot, String> all = heldByNow();
        all.forEach((slot, of) -> {
            if (slot != now && of.equals(name)) {
                slot.superseded = true;
                all.remove(slot);
            }
        });
    }

    @Override
    public @Nullable Object get(Object name) {
        Slot slot = slots.get(name);
        return slot == null ? null : handedOut((String) name, slot);
    }

    private Object handedOut(String name, Slot slot) {
        Object value = valueOf(name, slot);
        if (slot.mutable && kind.detection == Detection.ON_READ) {
            hold(name, slot);
        }
        return value;
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
        return former(name, write(name, slot(value)));
    }

    @Override
    public @Nullable Object remove(Object name) {
        return former((String) name, write((String) name, null));
    }

    /** The value that was overwritten; an unreadable one must be replaceable, and must not stop the end of its session. */
    private @Nullable Object former(String name, @Nullable Slot before) {
        try {
            return before == null ? null : valueOf(name, before);
        } catch (UnreadableAttributeException e) { // told already
            return null;
        }
    }

    /** Places the slot, or removes what there is; returns what there was. */
    private @Nullable Slot write(String name, @Nullable Slot slot) {
        Slot[] before = new Slot[1];
        slots.compute(name, (key, present) -> {
            before[0] = present;
            if (slot != null || present != null) {
                mark(key, slot);
            }
            return slot;
        });
        supersede(name, before[0], slot);
        written(name, slot);
        return before[0];
    }

    /** Within compute(): stamps follow each other as the writes do. */
    private void mark(String name, @Nullable Slot slot) {
        long now = kind.clock.next();
        if (slot == null) {
            removalsFromNowOn().add(name, now);
        } else {
            slot.writtenAt = now;
            slot.dirty = true;
            forgetRemoval(name);
        }
        dirty = true;
    }

    /** Who wrote an object may change it until the request ends, also after an early save. */
    private void written(String name, @Nullable Slot slot) {
        if (slot != null && slot.mutable && kind.detection != Detection.NONE) {
            hold(name, slot);
        }
    }

    @Override
    public @Nullable Object putIfAbsent(String name, Object value) {
        Slot fresh = slot(value);
        Slot now = slots.compute(name, (key, present) -> {
            if (present == null) {
                mark(key, fresh);
                return fresh;
            }
            return present;
        });
        if (now == fresh) {
            written(name, fresh);
            return null;
        }
        return handedOut(name, now);
    }

    @Override
    public boolean remove(Object name, Object value) {
        return exchange((String) name, value, null);
    }

    @Override
    public boolean replace(String name, Object expected, Object value) {
        return exchange(name, expected, slot(value));
    }

    @Override
    public @Nullable Object replace(String name, Object value) {
        while (true) {
            Slot present = slots.get(name);
            if (present == null) {
                return null;
            }
            if (exchangeSlot(name, present, slot(value))) {
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
            mark(key, next);
            return next;
        });
        if (done[0]) {
            supersede(name, expected, next);
            written(name, next);
        }
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
        slots.forEach((name, slot) -> values.put(name, handedOut(name, slot)));
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
            byte[] bytes = undecoded(slot);
            if (bytes != null ? AttributeCodec.isFlagged(bytes) : kind.codec.flags(valueOf(name, slot))) {
                names.add(name);
            }
        });
        return names;
    }

    /** The flagged values that were set or read on this node; decodes nothing, and does not hand out what may be changed. */
    public Collection<Object> flaggedValues() {
        List<Object> values = new ArrayList<>();
        slots.forEach((name, slot) -> {
            if (slot.decoded && kind.codec.flags(valueOf(name, slot))) {
                values.add(valueOf(name, slot));
            }
        });
        return values;
    }

    private synchronized void arrived(String name) {
        Set<String> all = newcomers;
        if (all == null) {
            all = ConcurrentHashMap.newKeySet();
            newcomers = all;
        }
        all.add(name);
    }

    /** Those of the {@link #flagged} whose values have come from the store since the last call. */
    public Set<String> newcomers() {
        Set<String> all = newcomers;
        if (all == null || all.isEmpty()) {
            return Set.of();
        }
        Set<String> names = new HashSet<>(all);
        all.removeAll(names);
        return names;
    }

    boolean isDirty() {
        return dirty;
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

    /** Names of values that no other node has: not drained yet, in the delta given, or not to be stored at all. */
    Set<String> unsaved(@Nullable SessionDelta underWay) {
        Set<String> names = new HashSet<>(unsavedRemovals().keySet());
        slots.forEach((name, slot) -> {
            if (slot.dirty || slot.local) {
                names.add(name);
            }
        });
        if (underWay != null) {
            underWay.set().keySet().stream().filter(this::owns).map(this::local).forEach(names::add);
        }
        return names;
    }

    /** Whether there are objects that somebody may have changed in place since the last drain. */
    boolean isHeld() {
        return !heldByNow().isEmpty();
    }

    /** Whether one of these objects was handed out after the last drain looked at it. */
    boolean isUnchecked() {
        for (Slot slot : heldByNow().keySet()) {
            if (slot.unchecked) {
                return true;
            }
        }
        return false;
    }

    /** Nobody has any of the objects any more; those that no drain has looked at since they were read stay held. */
    void forgetHeld() {
        if (isHeld()) {
            heldByNow().keySet().removeIf(slot -> !slot.unchecked);
        }
    }

    /**
     * Moves what was written since the last drain into a delta's maps, and what was changed in place. A value that others
     * keep changing while it is encoded is left to the next drain.
     *
     * @param solitude the same number, not negative, for as long as nobody but the caller can change the values
     */
    void drain(Map<String, SessionDelta.Write> set, Map<String, Long> removed, LongSupplier solitude) {
        Map<Slot, byte[]> changed = new HashMap<>();
        heldByNow().forEach((slot, name) -> look(name, slot, solitude, changed));
        dirty = false;
        slots.forEach((name, seen) -> {
            Taken taken = seen.dirty ? take(name) : null;
            if (taken != null) {
                encode(name, taken, changed.get(taken.slot()), solitude, set, removed);
            }
        });
        for (String name : unsavedRemovals().keySet()) {
            slots.compute(name, (key, present) -> {
                Long at = unsavedRemovals().remove(key);
                if (at != null) {
                    set.remove(stored(key)); // it was removed while this drain took it
                    removed.put(stored(key), at);
                }
                return present;
            });
        }
    }

    /** A slot that is not dirty any more, and when it was written. */
    private record Taken(Slot slot, long at) {}

    /** The slot that the name has now; null when it is not dirty. */
    private @Nullable Taken take(String name) {
        Taken[] taken = new Taken[1];
        slots.computeIfPresent(name, (key, present) -> {
            if (present.dirty) {
                present.dirty = false;
                taken[0] = new Taken(present, present.writtenAt);
            }
            return present;
        });
        return taken[0];
    }

    /** Marks what was changed in place for a drain that comes later; of a value changed again, the last time counts. */
    void mark(LongSupplier solitude) {
        heldByNow().forEach((slot, name) -> mark(name, slot, solitude));
    }

    private void mark(String name, Slot slot, LongSupplier solitude) {
        slot.unchecked = false; // before it is encoded: who gets it meanwhile is looked at again
        if (slot.local) {
            return;
        }
        boolean marked = slot.dirty && slots.get(name) == slot;
        try {
            byte[] bytes = steadyBytes(name, slot, solitude);
            if (bytes == null) {
                slot.unchecked = true;
                return;
            }
            boolean same = marked
                    ? slot.digest == null || Arrays.equals(slot.digest, digest(bytes))
                    : isAsStored(name, slot, bytes);
            if (!same) {
                markChanged(name, slot);
            }
            settle(slot, bytes);
        } catch (UnwritableAttributeException e) { // the drain of the mark meets and reports it
            markChanged(name, slot);
        }
    }

    /** Everything that there is was written now, as far as the next drain is concerned. */
    void markAll() {
        slots.forEach(this::makeDirty);
    }

    /** Marks the name if the object was changed in place. */
    private void look(String name, Slot slot, LongSupplier solitude, Map<Slot, byte[]> changed) {
        slot.unchecked = false; // before it is encoded: who gets it meanwhile is looked at again
        if (slot.local || (slot.dirty && slots.get(name) == slot)) {
            return;
        }
        try {
            byte[] bytes = steadyBytes(name, slot, solitude);
            if (bytes == null) {
                slot.unchecked = true;
            } else if (!isAsStored(name, slot, bytes)) {
                if (markChanged(name, slot)) {
                    changed.put(slot, bytes);
                } else {
                    settle(slot, bytes); // it lost, and must not come back when others have built upon the winner
                }
            }
        } catch (UnwritableAttributeException e) { // the drain of the mark meets and reports it
            markChanged(name, slot);
        }
    }

    /** Marks what was changed in place; a value that came from the store meanwhile is older than the change. */
    private boolean markChanged(String name, Slot slot) {
        boolean[] marked = new boolean[1];
        slots.compute(name, (key, present) -> {
            // Of two objects of one name that were changed, the first one looked at stays.
            if (slot.superseded || (present != slot && isDirty(key, present))) {
                return present;
            }
            if (present != slot) {
                kind.statistics.conflicts.increment();
            }
            marked[0] = true;
            mark(key, slot);
            return slot;
        });
        return marked[0];
    }

    /**
     * Whether the store has this value. Equal objects may have unequal bytes, as a set of enums has in another JVM: the first
     * time, the stored bytes are therefore read and encoded here before the value counts as changed.
     */
    private boolean isAsStored(String name, Slot slot, byte[] bytes) {
        byte[] digest = slot.digest;
        if (digest != null) {
            return Arrays.equals(digest, digest(bytes));
        }
        byte[] before;
        synchronized (slot) {
            before = slot.bytes;
        }
        boolean same = before != null && (Arrays.equals(before, bytes) || isReencoded(name, before, bytes));
        if (same) {
            settle(slot, bytes);
        }
        return same;
    }

    private boolean isReencoded(String name, byte[] before, byte[] bytes) {
        try {
            return Arrays.equals(kind.codec.encode(name, kind.codec.decode(name, before)), bytes);
        } catch (UnreadableAttributeException | UnwritableAttributeException e) { // the application's code failed
            log.log(Level.DEBUG, () -> "Not comparable, and therefore saved: " + e.getMessage());
            return false;
        }
    }

    /** The store has, or is about to get, these bytes. */
    private static void settle(Slot slot, byte[] bytes) {
        byte[] digest = digest(bytes);
        synchronized (slot) {
            slot.digest = digest;
            slot.bytes = null;
        }
    }

    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private void encode(
            String name,
            Taken taken,
            byte @Nullable [] known,
            LongSupplier solitude,
            Map<String, SessionDelta.Write> set,
            Map<String, Long> removed) {
        Slot slot = taken.slot();
        long at = taken.at();
        try {
            byte[] bytes = known != null ? known : steadyBytes(name, slot, solitude);
            if (bytes == null) {
                makeDirty(name, slot);
                return;
            }
            set.put(stored(name), new SessionDelta.Write(bytes, at));
            slot.local = false;
            if (slot.mutable && kind.detection != Detection.NONE) {
                settle(slot, bytes);
            }
        } catch (NotSerializableAttributeException e) {
            slot.local = true;
            // The store must not keep an earlier value under a name that now means something else here.
            removed.put(stored(name), at);
            kind.onTrouble.accept(name, e);
        } catch (RuntimeException e) { // the value's own code failed: it may succeed at the next save
            makeDirty(name, slot);
            kind.onTrouble.accept(name, e);
        }
    }

    /**
     * The value as bytes that no change has torn: nobody else was there while they were made, or twice the same came out.
     * Null when others changed it each time.
     */
    private byte @Nullable [] steadyBytes(String name, Slot slot, LongSupplier solitude) {
        if (!slot.mutable) {
            return bytesOf(name, slot);
        }
        byte[] last = null;
        for (int tries = 1; tries <= MAX_TRIES; tries++) {
            long before = solitude.getAsLong();
            byte[] bytes = tryBytes(name, slot, before >= 0 || tries == MAX_TRIES);
            if (bytes != null && (isAlone(before, solitude) || Arrays.equals(bytes, last))) {
                return bytes;
            }
            if (bytes == null || last != null) {
                kind.statistics.serializationRetries.increment();
            }
            last = bytes;
        }
        return null;
    }

    /** Null when somebody seems to have changed the value meanwhile. */
    private byte @Nullable [] tryBytes(String name, Slot slot, boolean failing) {
        try {
            return bytesOf(name, slot);
        } catch (UnstableAttributeException e) {
            return null;
        } catch (NotSerializableAttributeException e) {
            throw e;
        } catch (UnwritableAttributeException e) { // a half-changed value may fail in any way
            if (failing) {
                throw e;
            }
            return null;
        }
    }

    private static boolean isAlone(long before, LongSupplier solitude) {
        return before >= 0 && before == solitude.getAsLong();
    }

    private static byte @Nullable [] undecoded(Slot slot) {
        synchronized (slot) {
            return slot.decoded ? null : slot.bytes;
        }
    }

    private byte[] bytesOf(String name, Slot slot) {
        byte[] bytes = undecoded(slot);
        if (bytes != null) {
            return bytes;
        }
        kind.statistics.encoded.increment();
        return kind.codec.encode(name, Objects.requireNonNull(slot.value));
    }

    private Removals removalsFromNowOn() {
        // Not under this object's own monitor: Tomcat holds that while it sets an attribute, and waits for the slot's
        // bin.
        synchronized (slots) {
            Removals present = removals;
            if (present == null) {
                present = new Removals();
                removals = present;
            }
            return present;
        }
    }

    /** A fixed one, and empty, before the first. */
    private Map<String, Long> unsavedRemovals() {
        Removals present = removals;
        return present == null ? Map.of() : present.unsaved;
    }

    private void forgetRemoval(String name) {
        Removals present = removals;
        if (present != null) {
            present.forget(name);
        }
    }

    /** Within compute(): whether the slot, or that there is none, was written here and not drained. */
    private boolean isDirty(String name, @Nullable Slot present) {
        return present == null ? unsavedRemovals().containsKey(name) : present.dirty;
    }

    /** For the next drain, if nobody has written the name meanwhile. */
    private void makeDirty(String name, Slot slot) {
        slots.computeIfPresent(name, (key, present) -> {
            if (present == slot) {
                present.dirty = true;
                dirty = true;
            }
            return present;
        });
    }

    /** Puts in what was removed here, with the time. */
    void copyRemovals(Map<String, Long> removed) {
        Removals present = removals;
        if (present != null) {
            Map<String, Long> known = present.remembered;
            synchronized (known) {
                known.forEach((name, at) -> removed.putIfAbsent(stored(name), at));
            }
        }
    }

    /** Everything there is, for the repair of a record; attributes that stay on this node are left out. */
    void copyTo(Map<String, SessionDelta.Write> set) {
        slots.forEach((name, slot) -> copy(name, slot, set));
    }

    /** As {@link #copyTo}, also without what cannot be encoded just now; whether there is nothing of that kind. */
    boolean copyWritable(Map<String, SessionDelta.Write> set) {
        boolean all = true;
        for (Map.Entry<String, Slot> entry : slots.entrySet()) {
            try {
                copy(entry.getKey(), entry.getValue(), set);
            } catch (UnwritableAttributeException e) { // a request changes it just now, or the value's own code failed
                log.log(Level.DEBUG, () -> "Not in the copy: " + e.getMessage());
                all = false;
            }
        }
        return all;
    }

    private void copy(String name, Slot slot, Map<String, SessionDelta.Write> set) {
        if (!slot.local) {
            try {
                set.put(stored(name), new SessionDelta.Write(bytesOf(name, slot), slot.writtenAt));
            } catch (NotSerializableAttributeException e) { // not saved yet: the save will find that it stays here
                log.log(Level.DEBUG, () -> "Not in the copy: " + e.getMessage());
            }
        }
    }

    /** Whether the store's name belongs to this name space. */
    private boolean owns(String name) {
        return kind.prefix.isEmpty() != name.startsWith(LiveSession.CONTAINER);
    }

    private String stored(String name) {
        boolean escaped = kind.prefix.isEmpty() && (name.startsWith(LiveSession.CONTAINER) || name.startsWith(ESCAPE));
        return (escaped ? ESCAPE : kind.prefix) + name;
    }

    private String local(String stored) {
        boolean escaped = kind.prefix.isEmpty() && stored.startsWith(ESCAPE);
        return stored.substring(escaped ? ESCAPE.length() : kind.prefix.length());
    }

    /**
     * Takes in what others changed. What was written here and is not saved yet stays, unless another write was later; objects
     * that requests hold stay as they are.
     *
     * @return whether anything was taken in
     */
    boolean merge(Changes changes) {
        boolean merged = false;
        for (Map.Entry<String, StoredAttribute> change : changes.set().entrySet()) {
            if (owns(change.getKey())) {
                StoredAttribute stored = change.getValue();
                kind.clock.observe(stored.writtenAt());
                boolean accepted = accept(local(change.getKey()), new Slot(stored));
                if (accepted && AttributeCodec.isFlagged(stored.bytes())) {
                    arrived(local(change.getKey()));
                }
                merged |= accepted;
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
        Slot[] overtaken = new Slot[1];
        slots.compute(name, (key, present) -> {
            boolean later = stored != null && isOvertaken(key, present, stored);
            boolean ours = (isDirty(key, present) && !later) || (stored == null && present != null && present.local);
            boolean known = stored != null && present != null && isSame(present, stored);
            accepted[0] = !ours && !known && (stored != null || present != null);
            if (later) {
                overtaken[0] = present;
                kind.statistics.conflicts.increment();
            }
            if (accepted[0] && stored != null) {
                forgetRemoval(key);
            }
            return ours || known ? present : stored;
        });
        if (overtaken[0] != null) {
            supersede(name, overtaken[0], null); // as if it had been replaced here
        }
        return accepted[0];
    }

    /** Within compute(): whether what was written here and is not saved yet is older than this. */
    private boolean isOvertaken(String name, @Nullable Slot present, Slot stored) {
        if (present == null) {
            Long removedAt = unsavedRemovals().get(name);
            return removedAt != null && removedAt < stored.writtenAt;
        }
        return present.dirty && present.writtenAt < stored.writtenAt;
    }

    /** Whether this node has the very write already: then readers keep their instance. */
    private static boolean isSame(Slot present, Slot stored) {
        if (present.writtenAt != stored.writtenAt) {
            return false;
        }
        byte[] theirs = Objects.requireNonNull(stored.bytes);
        synchronized (present) {
            if (present.bytes != null) {
                return Arrays.equals(present.bytes, theirs);
            }
            if (present.digest != null) {
                return Arrays.equals(present.digest, digest(theirs));
            }
        }
        return false;
    }
}
