/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Values as bytes and back: the small types that have a form of their own, and what the JDK serializes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmark {
    @Param({"integer", "text", "cart"})
    public String kind;

    private final AttributeCodec codec = new AttributeCodec(getClass().getClassLoader(), null, value -> false);
    private Object value;
    private byte[] bytes;

    @Setup
    public void choose() {
        value = switch (kind) {
            case "integer" -> 4711;
            case "text" -> "x".repeat(200);
            default -> cart();
        };
        bytes = codec.encode("name", value);
    }

    private static Map<String, List<Integer>> cart() {
        Map<String, List<Integer>> cart = new LinkedHashMap<>();
        for (String article : List.of("tea", "milk", "sugar", "bread", "butter")) {
            cart.put(article, new ArrayList<>(List.of(1, 250, 3)));
        }
        return cart;
    }

    @Benchmark
    public byte[] encode() {
        return codec.encode("name", value);
    }

    @Benchmark
    public Object decode() {
        return codec.decode("name", bytes);
    }
}
