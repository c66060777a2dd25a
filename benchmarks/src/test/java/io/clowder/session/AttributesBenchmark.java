/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.codec.AttributeCodec;
import io.clowder.store.HybridClock;
import io.clowder.store.SessionDelta;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The attributes of one session of 50, seen by one request: read, written, drained, compared. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AttributesBenchmark {
    private static final int SIZE = 50;

    private TrackedAttributes attributes;
    private int number;

    @Setup
    public void fill() {
        attributes = new TrackedAttributes(new TrackedAttributes.Kind(
                "",
                new AttributeCodec(getClass().getClassLoader(), null, value -> false),
                Detection.ON_READ,
                new HybridClock(InstantSource.system()),
                new SessionStatistics(),
                (name, trouble) -> {
                    throw trouble;
                }));
        for (int i = 0; i < SIZE; i++) {
            attributes.put("a" + i, "x".repeat(200));
        }
        attributes.put("cart", new ArrayList<>(List.of("tea", "milk", "sugar")));
        drain();
        attributes.forgetHeld();
    }

    private Map<String, SessionDelta.Write> drain() {
        Map<String, SessionDelta.Write> set = new HashMap<>();
        attributes.drain(set, new HashMap<>(), () -> 0);
        return set;
    }

    @Benchmark
    public Object read() {
        return attributes.get("a7");
    }

    @Benchmark
    public Object write() {
        return attributes.put("a7", number++);
    }

    @Benchmark
    public Object drainNothing() {
        return drain();
    }

    @Benchmark
    public Object writeAndDrainOneOfFifty() {
        attributes.put("a7", number++);
        return drain();
    }

    /** The price of noticing changes in place: a list that was read is serialized, and its hash compared. */
    @Benchmark
    public Object readListAndFindItUnchanged() {
        attributes.get("cart");
        Map<String, SessionDelta.Write> nothing = drain();
        attributes.forgetHeld();
        return nothing;
    }
}
