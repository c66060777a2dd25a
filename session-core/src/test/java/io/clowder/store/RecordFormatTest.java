/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static io.clowder.store.Rendered.render;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class RecordFormatTest {

    private static final List<Function<byte[], Object>> READERS = List.of(
            RecordFormat::readSession, RecordFormat::readCommand, RecordFormat::readAnswer, RecordFormat::readDelta);

    @Test
    void whatIsWrittenIsRead() {
        Set<Class<?>> kinds = new HashSet<>();
        for (int seed = 0; seed < 300; seed++) {
            RandomChanges changes = new RandomChanges(seed);
            StoredSession current = null;
            for (int i = 0; i < 20; i++) {
                Command command = changes.command();
                Command.Outcome outcome = command.apply(current);
                current = outcome.next();
                check(command, RecordFormat.write(command), RecordFormat::readCommand, RecordFormat::write, kinds);
                check(
                        outcome.answer(),
                        RecordFormat.write(outcome.answer()),
                        RecordFormat::readAnswer,
                        RecordFormat::write,
                        kinds);
                if (command instanceof Command.Save save) {
                    SessionDelta delta = save.delta();
                    check(delta, RecordFormat.write(delta), RecordFormat::readDelta, RecordFormat::write, kinds);
                }
                if (current != null) {
                    changes.seen(current.stamp());
                    check(current, RecordFormat.write(current), RecordFormat::readSession, RecordFormat::write, kinds);
                }
                if (current instanceof SessionRecord record && changes.random().nextInt(10) == 0) {
                    current =
                            record.asIncomplete(changes.node(), record.version().counter());
                }
            }
        }
        assertThat(kinds).hasSize(4 + 9 + 6 + 1);
    }

    private static <T> void check(
            T value, byte[] bytes, Function<byte[], T> reader, Function<T, byte[]> writer, Set<Class<?>> kinds) {
        T read = reader.apply(bytes);
        assertThat(render(read)).isEqualTo(render(value));
        assertThat(writer.apply(read)).isEqualTo(bytes);
        kinds.add(value.getClass());
    }

    @Test
    void extremeNumbersAndNamesAreRead() {
        OperationId operation = new OperationId(NodeId.random(), Long.MAX_VALUE);
        SessionTimes times = new SessionTimes(Long.MIN_VALUE, -1, Integer.MIN_VALUE);
        for (String name : List.of("", "\0", "ä漢\uD83D\uDC31", "\uD83D", "n".repeat(65_535))) {
            var write = new SessionDelta.Write(new byte[] {1}, Long.MAX_VALUE);
            SessionDelta delta = new SessionDelta(
                    operation, null, Map.of(name, write), Map.of(name, -1L), times, null, true, true, true);
            assertThat(render(RecordFormat.readDelta(RecordFormat.write(delta))))
                    .isEqualTo(render(delta));
        }
    }

    @Test
    void everyTruncationIsRefused() {
        for (Golden.Sample<?> sample : Golden.samples()) {
            byte[] bytes = sample.written();
            for (int length = 0; length < bytes.length; length++) {
                byte[] truncated = Arrays.copyOf(bytes, length);
                assertThatIllegalArgumentException()
                        .as("%s cut to %s", sample.name(), length)
                        .isThrownBy(() -> sample.read(truncated));
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sample.read(Arrays.copyOf(bytes, bytes.length + 1)))
                    .withMessageContaining("too many");
        }
    }

    @Test
    void brokenBytesAreRefusedOrReadButNothingElse() {
        RandomChanges changes = new RandomChanges(7);
        int refused = 0;
        for (Golden.Sample<?> sample : Golden.samples()) {
            for (int i = 0; i < 500; i++) {
                byte[] broken = sample.written();
                for (int flips = 1 + changes.random().nextInt(4); flips > 0; flips--) {
                    broken[changes.random().nextInt(broken.length)] =
                            (byte) changes.random().nextInt();
                }
                try {
                    sample.read(broken);
                } catch (IllegalArgumentException e) {
                    refused++;
                }
            }
        }
        assertThat(refused).isGreaterThan(500);
    }

    @Test
    void noiseIsRefusedOrReadButNothingElse() {
        RandomChanges changes = new RandomChanges(8);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[changes.random().nextInt(60)];
            changes.random().nextBytes(noise);
            if (noise.length > 1) {
                noise[0] = RecordFormat.FORMAT;
                noise[1] = (byte) changes.random().nextInt(10);
            }
            for (Function<byte[], Object> reader : READERS) {
                try {
                    Object unused = reader.apply(noise);
                } catch (IllegalArgumentException expected) {
                    continue;
                }
            }
        }
    }

    @Test
    void aLengthBeyondTheEndAsksForNoMemory() {
        // kind 3 (save), a new node, its sequence, no base, ...: the lengths of sets and values stand where 2 GiB fit
        byte[] huge = {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x07};
        for (Golden.Sample<?> sample : Golden.samples()) {
            byte[] bytes = sample.written();
            for (int at = 2; at < bytes.length; at++) {
                byte[] broken = Arrays.copyOf(bytes, Math.max(bytes.length, at + huge.length));
                System.arraycopy(huge, 0, broken, at, huge.length);
                try {
                    sample.read(broken);
                } catch (IllegalArgumentException expected) {
                    continue;
                }
            }
        }
    }

    @Test
    void anotherFormatIsNamed() {
        byte[] bytes = RecordFormat.write(new Answer.Refused());
        bytes[0] = 2;
        assertThatThrownBy(() -> RecordFormat.readAnswer(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("format 2")
                .hasMessageContaining("format 1");
    }

    @Test
    void aSmallChangeIsSmall() {
        SessionDelta delta = Change.named(new OperationId(NodeId.random(), 12_345))
                .upon(new Version(300, new OperationId(NodeId.random(), 12_300)))
                .set("counter", new byte[5])
                .accessed(1_700_000_000_000L)
                .delta();
        assertThat(RecordFormat.write(new Command.Save(delta)).length).isLessThan(100);
    }
}
