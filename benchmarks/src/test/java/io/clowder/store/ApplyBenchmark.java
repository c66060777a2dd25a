/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a save costs where the entry lives, without Hazelcast: the command read, applied upon the record, answered. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ApplyBenchmark {
    /** How many attributes the session has, of 200 B each; one of them changes. */
    @Param({"10", "100"})
    public int attributes;

    private final NodeId node = NodeId.random();
    private SessionRecord record;
    private Command.Save save;
    private Command.Load load;
    private byte[] written;
    private Answer answer;

    @Setup
    public void create() {
        Change creation = Change.named(new OperationId(node, 1)).heldBy(node);
        for (int i = 0; i < attributes; i++) {
            creation.set("a" + i, "x".repeat(200));
        }
        record = (SessionRecord) new Command.Save(creation.delta()).apply(null).next();
        save = new Command.Save(Change.named(new OperationId(node, 2))
                .upon(record.version())
                .set("a0", "y".repeat(200))
                .delta());
        load = new Command.Load(record.version(), 2_000L);
        written = RecordFormat.write(save);
        answer = save.apply(record).answer();
    }

    @Benchmark
    public byte[] writeCommand() {
        return RecordFormat.write(save);
    }

    @Benchmark
    public Command readCommand() {
        return RecordFormat.readCommand(written);
    }

    @Benchmark
    public Command.Outcome applyDelta() {
        return save.apply(record);
    }

    @Benchmark
    public Command.Outcome applyConditionalLoad() {
        return load.apply(record);
    }

    @Benchmark
    public Answer writeAndReadAnswer() {
        return RecordFormat.readAnswer(RecordFormat.write(answer));
    }
}
