/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One value of every kind that is written, and the file that holds what format 1 makes of it. */
final class Golden {

    private static final NodeId A = node(1);
    private static final NodeId B = node(2);
    private static final NodeId C = node(3);

    private Golden() {}

    /**
     * A value and how it is written and read.
     *
     * @param name of the file, without suffix
     */
    record Sample<T>(String name, T value, Function<T, byte[]> writer, Function<byte[], T> reader) {

        byte[] written() {
            return writer.apply(value);
        }

        T read(byte[] bytes) {
            return reader.apply(bytes);
        }

        /** The bytes of a value that was read from bytes. */
        byte[] rewritten(byte[] bytes) {
            return writer.apply(reader.apply(bytes));
        }
    }

    static List<Sample<?>> samples() {
        List<Sample<?>> samples = new ArrayList<>();
        SessionRecord record = record(false);
        entry(samples, "record", record);
        entry(samples, "record-incomplete", record(true));
        entry(samples, "record-noted", record.usedAt(1_800_000_000_000L));
        entry(samples, "sealed", new StoredSession.Sealed(record, "NEWID", operation(A, 7)));
        entry(samples, "ending", new StoredSession.Ending(record, operation(B, 8)));
        entry(
                samples,
                "tombstone",
                new StoredSession.Tombstone(operation(A, 9), 12, 1_700_000_000_000L, null, Map.of()));
        entry(
                samples,
                "tombstone-renamed",
                new StoredSession.Tombstone(operation(A, 9), 12, 1_700_000_000_000L, "NEWID", Map.of()));
        entry(
                samples,
                "tombstone-writers",
                new StoredSession.Tombstone(operation(A, 9), 12, 1_700_000_000_000L, null, record.writers()));
        Version known = new Version(4, operation(A, 4));
        command(samples, "load", new Command.Load(known));
        command(samples, "load-unknown", new Command.Load(null));
        command(samples, "load-used", new Command.Load(known, 1_700_000_060_000L));
        command(samples, "take", new Command.Take(operation(B, 5), known));
        command(samples, "save-creation", new Command.Save(delta(null)));
        command(samples, "save", new Command.Save(delta(known)));
        command(samples, "seal", new Command.Seal(operation(A, 7), "NEWID"));
        command(samples, "unseal", new Command.Unseal(operation(A, 7)));
        command(samples, "create", new Command.Create(operation(A, 7), "OLDID", record));
        command(samples, "claim", new Command.Claim(operation(B, 8), 1_700_000_000_000L));
        command(samples, "claim-anyway", new Command.Claim(operation(B, 8), null));
        command(samples, "bury", new Command.Bury(operation(A, 9), 1_700_000_000_000L, "NEWID"));
        command(samples, "accept", new Command.Accept(operation(C, 2), 1_700_000_000_000L));
        command(samples, "reap", new Command.Reap(operation(C, 3), 1_700_000_000_000L, null));
        Answer.Held holder = new Answer.Held(A, null);
        command(samples, "reap-held", new Command.Reap(operation(C, 3), 1_700_000_000_000L, holder));
        Answer.Held claimer = new Answer.Held(B, operation(B, 8));
        command(samples, "reap-claimed", new Command.Reap(operation(C, 3), 1_700_000_000_000L, claimer));
        answer(samples, "held", holder);
        answer(samples, "held-claimed", claimer);
        Set<NodeId> former = new TreeSet<>(Set.of(B, C));
        Changes changes = new Changes(false, record.attributes(), new TreeSet<>(Set.of("x", "y")), record.times());
        answer(samples, "found", new Answer.Found(record.version(), A, former, changes));
        Answer.Found noted = new Answer.Found(record.version(), A, former, changes);
        answer(samples, "noted", new Answer.Noted(1_800_000_000_000L, noted));
        answer(samples, "whole", new Answer.Whole(record));
        answer(samples, "gone", new Answer.Gone("NEWID", true));
        answer(samples, "moving", new Answer.Moving("NEWID", operation(A, 7), B, 11));
        answer(samples, "incomplete", new Answer.Incomplete(A, known));
        answer(samples, "refused", new Answer.Refused());
        samples.add(new Sample<>("delta", delta(known), RecordFormat::write, RecordFormat::readDelta));
        return samples;
    }

    private static void entry(List<Sample<?>> samples, String name, StoredSession entry) {
        samples.add(new Sample<>("entry-" + name, entry, RecordFormat::write, RecordFormat::readSession));
    }

    private static void command(List<Sample<?>> samples, String name, Command command) {
        samples.add(new Sample<>("command-" + name, command, RecordFormat::write, RecordFormat::readCommand));
    }

    private static void answer(List<Sample<?>> samples, String name, Answer answer) {
        samples.add(new Sample<>("answer-" + name, answer, RecordFormat::write, RecordFormat::readAnswer));
    }

    private static SessionDelta delta(@Nullable Version base) {
        Map<String, SessionDelta.Write> set = new LinkedHashMap<>();
        set.put("cart", new SessionDelta.Write("three fish".getBytes(StandardCharsets.UTF_8), 111_000_000_000_001L));
        set.put("n", new SessionDelta.Write(new byte[0], 111_000_000_000_002L));
        Map<String, Long> removed = new LinkedHashMap<>();
        removed.put("gone", 111_000_000_000_003L);
        SessionTimes times = new SessionTimes(1_700_000_000_000L, 1_700_000_060_000L, 1800);
        return new SessionDelta(operation(A, 6), base, set, removed, times, base == null ? A : null, false, true, true);
    }

    private static SessionRecord record(boolean incomplete) {
        Version first = new Version(1, operation(A, 1));
        Version second = new Version(2, operation(B, 1));
        Version third = new Version(3, operation(A, 3));
        Map<String, StoredAttribute> attributes = new LinkedHashMap<>();
        attributes.put("cart", new StoredAttribute("two fish".getBytes(StandardCharsets.UTF_8), first, 100));
        attributes.put("näme", new StoredAttribute(new byte[] {0, 1, (byte) 0xFF}, second, 200));
        Map<String, Removal> removals = new LinkedHashMap<>();
        removals.put("gone", new Removal(third, 300));
        Map<NodeId, Long> former = new LinkedHashMap<>();
        former.put(B, 2L);
        former.put(C, 3L);
        Map<NodeId, Version> writers = new LinkedHashMap<>();
        writers.put(A, third);
        writers.put(B, second);
        return new SessionRecord(
                third,
                A,
                former,
                new SessionTimes(1_700_000_000_000L, 1_700_000_060_000L, -1),
                attributes,
                removals,
                1,
                writers,
                List.of(first, second),
                incomplete);
    }

    private static NodeId node(int number) {
        return new NodeId(new UUID(0x1122334455667700L + number, 0x8899AABBCCDDEE00L + number));
    }

    private static OperationId operation(NodeId node, long sequence) {
        return new OperationId(node, sequence);
    }

    /** Writes the files of a new format; those of a released one are never written again. */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        for (Sample<?> sample : samples()) {
            Files.write(folder.resolve(sample.name() + ".bin"), sample.written());
        }
    }
}
