/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The binary form of what is stored and of what nodes say to each other. The first byte is the format's version; golden files
 * in the tests hold what each released version wrote. Numbers are base-128 varints, names are in modified UTF-8, and a node or
 * version that was written before is written as its index.
 */
public final class RecordFormat {

    /** The version of the format that this class writes. */
    static final byte FORMAT = 1;

    /** Stands where a delta says whether it is whole. */
    private static final byte BROUGHT_BACK = 2;

    /** In characters; longer names are not kept for others that may come. */
    private static final int LONGEST_SHARED = 100;

    private static final Recurring<String> NAMES = new Recurring<>();
    private static final Recurring<NodeId> NODES = new Recurring<>();

    private RecordFormat() {}

    /** The bytes of an entry. */
    public static byte[] write(StoredSession session) {
        return write(out -> out.session(session));
    }

    /** The bytes of a command. */
    public static byte[] write(Command command) {
        return write(out -> out.command(command));
    }

    /** The bytes of an answer. */
    public static byte[] write(Answer answer) {
        return write(out -> out.answer(answer));
    }

    /** The entry in these bytes; throws {@link IllegalArgumentException} when they are not one. */
    public static StoredSession readSession(byte[] bytes) {
        return read(bytes, Reader::session);
    }

    /** The command in these bytes; throws {@link IllegalArgumentException} when they are not one. */
    public static Command readCommand(byte[] bytes) {
        return read(bytes, Reader::command);
    }

    /** The answer in these bytes; throws {@link IllegalArgumentException} when they are not one. */
    public static Answer readAnswer(byte[] bytes) {
        return read(bytes, Reader::answer);
    }

    /** The bytes of a delta. */
    public static byte[] write(SessionDelta delta) {
        return write(out -> out.delta(delta));
    }

    /** The delta in these bytes; throws {@link IllegalArgumentException} when they are not one. */
    public static SessionDelta readDelta(byte[] bytes) {
        return read(bytes, Reader::delta);
    }

    private interface Writing {
        void to(Writer out) throws IOException;
    }

    private interface Reading<T> {
        T from(Reader in) throws IOException;
    }

    private static byte[] write(Writing what) {
        Writer out = new Writer();
        try {
            out.data.writeByte(FORMAT);
            what.to(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a name longer than 65,535 bytes: nothing else can fail in memory
        }
        return out.data.toByteArray();
    }

    private static <T> T read(byte[] bytes, Reading<T> what) {
        Reader in = new Reader(new BytesIn(bytes));
        try {
            byte format = in.data.readByte();
            if (format != FORMAT) {
                throw new IllegalArgumentException(
                        "This record has format " + format + "; this version of Clowder reads format " + FORMAT);
            }
            T value = what.from(in);
            if (in.data.available() > 0) {
                throw new IllegalArgumentException(in.data.available() + " bytes too many in a record");
            }
            return value;
        } catch (IOException e) {
            throw new IllegalArgumentException("Broken record of " + bytes.length + " bytes", e);
        }
    }

    private static final class Writer {

        private final BytesOut data = new BytesOut(256);
        private final Map<NodeId, Integer> nodes = new HashMap<>();
        private final Map<Version, Integer> versions = new HashMap<>();

        void session(StoredSession session) throws IOException {
            if (session instanceof SessionRecord record) {
                data.writeByte(record.notedAt() == 0 ? 1 : 6);
                record(record);
                if (record.notedAt() != 0) {
                    number(record.notedAt());
                }
            } else if (session instanceof StoredSession.Sealed sealed) {
                data.writeByte(2);
                record(sealed.record());
                data.writeUTF(sealed.newId());
                operation(sealed.by());
            } else if (session instanceof StoredSession.Ending ending) {
                data.writeByte(3);
                record(ending.record());
                operation(ending.by());
            } else if (session instanceof StoredSession.Tombstone tomb) {
                data.writeByte(tomb.writers().isEmpty() ? 4 : 5);
                operation(tomb.by());
                number(tomb.counter());
                number(tomb.endedAt());
                optionalName(tomb.newId());
                if (!tomb.writers().isEmpty()) {
                    writers(tomb.writers());
                }
            }
        }

        void command(Command command) throws IOException {
            if (command instanceof Command.Load load) {
                data.writeByte(load.usedAt() == null ? 1 : 10);
                optionalVersion(load.known());
                if (load.usedAt() != null) {
                    number(load.usedAt());
                }
            } else if (command instanceof Command.Take take) {
                data.writeByte(2);
                operation(take.operation());
                optionalVersion(take.known());
            } else if (command instanceof Command.Save save) {
                data.writeByte(3);
                delta(save.delta());
            } else if (command instanceof Command.Seal seal) {
                data.writeByte(4);
                operation(seal.operation());
                data.writeUTF(seal.newId());
            } else if (command instanceof Command.Unseal unseal) {
                data.writeByte(5);
                operation(unseal.seal());
            } else if (command instanceof Command.Create create) {
                data.writeByte(6);
                operation(create.operation());
                data.writeUTF(create.oldId());
                record(create.record());
            } else if (command instanceof Command.Claim claim) {
                data.writeByte(7);
                operation(claim.operation());
                data.writeBoolean(claim.idleAt() != null);
                if (claim.idleAt() != null) {
                    number(claim.idleAt());
                }
            } else if (command instanceof Command.Bury bury) {
                data.writeByte(8);
                operation(bury.operation());
                number(bury.at());
                optionalName(bury.newId());
            } else if (command instanceof Command.Accept accept) {
                data.writeByte(9);
                operation(accept.operation());
                number(accept.at());
            } else if (command instanceof Command.Reap reap) {
                data.writeByte(11);
                operation(reap.operation());
                number(reap.at());
                data.writeBoolean(reap.by() != null);
                if (reap.by() != null) {
                    held(reap.by());
                }
            }
        }

        void answer(Answer answer) throws IOException {
            if (answer instanceof Answer.Found found) {
                data.writeByte(found.conflicts() == 0 ? 1 : 7);
                version(found.version());
                optionalNode(found.holder());
                nodes(found.former());
                changes(found.changes());
                if (found.conflicts() != 0) {
                    number(found.conflicts());
                }
            } else if (answer instanceof Answer.Noted noted) {
                data.writeByte(8);
                number(noted.notedAt());
                answer(noted.found());
            } else if (answer instanceof Answer.Whole whole) {
                data.writeByte(2);
                record(whole.record());
            } else if (answer instanceof Answer.Gone gone) {
                data.writeByte(3);
                optionalName(gone.newId());
                data.writeBoolean(gone.known());
            } else if (answer instanceof Answer.Moving moving) {
                data.writeByte(4);
                data.writeUTF(moving.newId());
                operation(moving.by());
                optionalNode(moving.holder());
                number(moving.counter());
            } else if (answer instanceof Answer.Incomplete incomplete) {
                data.writeByte(5);
                optionalNode(incomplete.holder());
                version(incomplete.version());
            } else if (answer instanceof Answer.Held held) {
                data.writeByte(9);
                held(held);
            } else {
                data.writeByte(6);
            }
        }

        private void held(Answer.Held held) throws IOException {
            node(held.node());
            data.writeBoolean(held.claim() != null);
            if (held.claim() != null) {
                operation(held.claim());
            }
        }

        void delta(SessionDelta delta) throws IOException {
            operation(delta.operation());
            optionalVersion(delta.base());
            times(delta.times());
            optionalNode(delta.holder());
            data.writeByte(delta.wholeAt() != 0 ? BROUGHT_BACK : delta.whole() ? 1 : 0);
            if (delta.wholeAt() != 0) {
                number(delta.wholeAt());
            }
            data.writeBoolean(delta.settled());
            data.writeBoolean(delta.timeoutSet());
            number(delta.set().size());
            for (Map.Entry<String, SessionDelta.Write> write : delta.set().entrySet()) {
                data.writeUTF(write.getKey());
                number(write.getValue().writtenAt());
                bytes(write.getValue().bytes());
            }
            number(delta.removed().size());
            for (Map.Entry<String, Long> removed : delta.removed().entrySet()) {
                data.writeUTF(removed.getKey());
                number(removed.getValue());
            }
        }

        private void record(SessionRecord record) throws IOException {
            version(record.version());
            optionalNode(record.holder());
            number(record.former().size());
            for (Map.Entry<NodeId, Long> former : record.former().entrySet()) {
                node(former.getKey());
                number(former.getValue());
            }
            times(record.times());
            attributes(record.attributes());
            number(record.removals().size());
            for (Map.Entry<String, Removal> removal : record.removals().entrySet()) {
                data.writeUTF(removal.getKey());
                version(removal.getValue().version());
                number(removal.getValue().writtenAt());
            }
            number(record.floor());
            writers(record.writers());
            number(record.recent().size());
            for (Version earlier : record.recent()) {
                version(earlier);
            }
            data.writeBoolean(record.incomplete());
        }

        private void writers(Map<NodeId, Version> writers) throws IOException {
            number(writers.size());
            for (Version last : writers.values()) {
                version(last);
            }
        }

        private void changes(Changes changes) throws IOException {
            data.writeBoolean(changes.whole());
            attributes(changes.set());
            number(changes.removed().size());
            for (String removed : changes.removed()) {
                data.writeUTF(removed);
            }
            times(changes.times());
        }

        private void attributes(Map<String, StoredAttribute> attributes) throws IOException {
            number(attributes.size());
            for (Map.Entry<String, StoredAttribute> attribute : attributes.entrySet()) {
                data.writeUTF(attribute.getKey());
                version(attribute.getValue().version());
                number(attribute.getValue().writtenAt());
                bytes(attribute.getValue().bytes());
            }
        }

        private void times(SessionTimes times) throws IOException {
            number(times.createdAt());
            number(times.accessedAt());
            data.writeInt(times.maxInactiveSeconds());
        }

        private void version(Version version) throws IOException {
            Integer index = versions.putIfAbsent(version, versions.size() + 1);
            number(index == null ? 0 : index);
            if (index == null) {
                number(version.counter());
                operation(version.operation());
            }
        }

        private void optionalVersion(@Nullable Version version) throws IOException {
            data.writeBoolean(version != null);
            if (version != null) {
                version(version);
            }
        }

        private void operation(OperationId operation) throws IOException {
            node(operation.node());
            number(operation.sequence());
        }

        private void node(NodeId node) throws IOException {
            Integer index = nodes.putIfAbsent(node, nodes.size() + 1);
            number(index == null ? 0 : index);
            if (index == null) {
                data.writeLong(node.uuid().getMostSignificantBits());
                data.writeLong(node.uuid().getLeastSignificantBits());
            }
        }

        private void nodes(Set<NodeId> all) throws IOException {
            number(all.size());
            for (NodeId node : all) {
                node(node);
            }
        }

        private void optionalNode(@Nullable NodeId node) throws IOException {
            data.writeBoolean(node != null);
            if (node != null) {
                node(node);
            }
        }

        private void optionalName(@Nullable String name) throws IOException {
            data.writeBoolean(name != null);
            if (name != null) {
                data.writeUTF(name);
            }
        }

        private void bytes(byte[] bytes) throws IOException {
            number(bytes.length);
            data.write(bytes);
        }

        private void number(long value) {
            data.writeNumber(value);
        }
    }

    private static final class Reader {

        private final BytesIn data;
        private final List<NodeId> nodes = new ArrayList<>();
        private final List<Version> versions = new ArrayList<>();

        Reader(BytesIn data) {
            this.data = data;
        }

        StoredSession session() throws IOException {
            return switch (data.readByte()) {
                case 1 -> record();
                case 2 -> new StoredSession.Sealed(record(), data.readUTF(), operation());
                case 3 -> new StoredSession.Ending(record(), operation());
                case 4 -> new StoredSession.Tombstone(operation(), number(), number(), optionalName(), Map.of());
                case 5 -> new StoredSession.Tombstone(operation(), number(), number(), optionalName(), writers());
                case 6 -> record().usedAt(number());
                default -> throw new IOException("unknown kind of entry");
            };
        }

        Command command() throws IOException {
            return switch (data.readByte()) {
                case 1 -> new Command.Load(optionalVersion());
                case 2 -> new Command.Take(operation(), optionalVersion());
                case 3 -> new Command.Save(delta());
                case 4 -> new Command.Seal(operation(), data.readUTF());
                case 5 -> new Command.Unseal(operation());
                case 6 -> new Command.Create(operation(), data.readUTF(), record());
                case 7 -> new Command.Claim(operation(), data.readBoolean() ? number() : null);
                case 8 -> new Command.Bury(operation(), number(), optionalName());
                case 9 -> new Command.Accept(operation(), number());
                case 10 -> new Command.Load(optionalVersion(), number());
                case 11 -> new Command.Reap(operation(), number(), data.readBoolean() ? held() : null);
                default -> throw new IOException("unknown kind of command");
            };
        }

        Answer answer() throws IOException {
            return switch (data.readByte()) {
                case 1 -> new Answer.Found(version(), optionalNode(), nodes(), changes());
                case 2 -> new Answer.Whole(record());
                case 3 -> new Answer.Gone(optionalName(), data.readBoolean());
                case 4 -> new Answer.Moving(data.readUTF(), operation(), optionalNode(), number());
                case 5 -> new Answer.Incomplete(optionalNode(), version());
                case 6 -> new Answer.Refused();
                case 7 -> new Answer.Found(version(), optionalNode(), nodes(), changes(), Math.toIntExact(number()));
                case 8 -> noted(number(), answer());
                case 9 -> held();
                default -> throw new IOException("unknown kind of answer");
            };
        }

        private static Answer noted(long at, Answer answer) throws IOException {
            if (!(answer instanceof Answer.Found found)) {
                throw new IOException("an access was noted of something else than a session in use");
            }
            return new Answer.Noted(at, found);
        }

        SessionDelta delta() throws IOException {
            OperationId operation = operation();
            Version base = optionalVersion();
            SessionTimes times = times();
            NodeId holder = optionalNode();
            byte kind = data.readByte();
            boolean whole = kind != 0;
            long wholeAt = kind == BROUGHT_BACK ? number() : 0;
            boolean settled = data.readBoolean();
            boolean timeoutSet = data.readBoolean();
            Map<String, SessionDelta.Write> set = new LinkedHashMap<>();
            for (int left = size(); left > 0; left--) {
                String name = name();
                long writtenAt = number();
                set.put(name, new SessionDelta.Write(bytes(), writtenAt));
            }
            Map<String, Long> removed = new LinkedHashMap<>();
            for (int left = size(); left > 0; left--) {
                removed.put(name(), number());
            }
            return new SessionDelta(operation, base, set, removed, times, holder, whole, settled, timeoutSet, wholeAt);
        }

        private SessionRecord record() throws IOException {
            Version version = version();
            NodeId holder = optionalNode();
            Map<NodeId, Long> former = new LinkedHashMap<>();
            for (int left = size(); left > 0; left--) {
                former.put(node(), number());
            }
            SessionTimes times = times();
            Map<String, StoredAttribute> attributes = Attributes.of(attributes());
            Map<String, Removal> removals = new LinkedHashMap<>();
            for (int left = size(); left > 0; left--) {
                removals.put(name(), new Removal(version(), number()));
            }
            long floor = number();
            Map<NodeId, Version> writers = writers();
            List<Version> recent = new ArrayList<>();
            for (int left = size(); left > 0; left--) {
                recent.add(version());
            }
            return new SessionRecord(
                    version, holder, former, times, attributes, removals, floor, writers, recent, data.readBoolean());
        }

        private Map<NodeId, Version> writers() throws IOException {
            Map<NodeId, Version> writers = new LinkedHashMap<>();
            for (int left = size(); left > 0; left--) {
                Version last = version();
                writers.put(last.operation().node(), last);
            }
            return writers;
        }

        private Changes changes() throws IOException {
            boolean whole = data.readBoolean();
            Map<String, StoredAttribute> set = attributes();
            Set<String> removed = new LinkedHashSet<>();
            for (int left = size(); left > 0; left--) {
                removed.add(name());
            }
            return new Changes(whole, set, removed, times());
        }

        private Map<String, StoredAttribute> attributes() throws IOException {
            Map<String, StoredAttribute> attributes = new LinkedHashMap<>();
            for (int left = size(); left > 0; left--) {
                String name = name();
                Version version = version();
                long writtenAt = number();
                attributes.put(name, new StoredAttribute(bytes(), version, writtenAt));
            }
            return attributes;
        }

        private SessionTimes times() throws IOException {
            return new SessionTimes(number(), number(), data.readInt());
        }

        private Version version() throws IOException {
            long index = number();
            if (index != 0) {
                return known(versions, index);
            }
            // The index counts in the order of first mention, as the writer's.
            Version version = new Version(number(), operation());
            versions.add(version);
            return version;
        }

        private @Nullable Version optionalVersion() throws IOException {
            return data.readBoolean() ? version() : null;
        }

        private Answer.Held held() throws IOException {
            return new Answer.Held(node(), data.readBoolean() ? operation() : null);
        }

        private OperationId operation() throws IOException {
            return new OperationId(node(), number());
        }

        /** Of an attribute. */
        private String name() throws IOException {
            String name = data.readUTF();
            return name.length() <= LONGEST_SHARED ? NAMES.of(name) : name;
        }

        private NodeId node() throws IOException {
            long index = number();
            if (index != 0) {
                return known(nodes, index);
            }
            NodeId node = NODES.of(new NodeId(new UUID(data.readLong(), data.readLong())));
            nodes.add(node);
            return node;
        }

        private static <T> T known(List<T> values, long index) throws IOException {
            if (index < 0 || index > values.size()) {
                throw new IOException("reference to something that was not there");
            }
            return values.get((int) index - 1);
        }

        private Set<NodeId> nodes() throws IOException {
            Set<NodeId> all = new LinkedHashSet<>();
            for (int left = size(); left > 0; left--) {
                all.add(node());
            }
            return all;
        }

        private @Nullable NodeId optionalNode() throws IOException {
            return data.readBoolean() ? node() : null;
        }

        private @Nullable String optionalName() throws IOException {
            return data.readBoolean() ? data.readUTF() : null;
        }

        private byte[] bytes() throws IOException {
            return data.read(size());
        }

        /** A length; never more than there is left, so that broken bytes cannot ask for more memory than they have. */
        private int size() throws IOException {
            long size = number();
            if (size < 0 || size > data.available()) {
                throw new EOFException("a length of " + size + " with " + data.available() + " bytes left");
            }
            return (int) size;
        }

        private long number() throws IOException {
            return data.readNumber();
        }
    }
}
