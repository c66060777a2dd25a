/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import io.clowder.store.InMemoryCluster;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a sticky request that only reads needs of the rules: to find the copy that its node holds, and to let go of it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OpenBenchmark {
    private static final String ID = "0123456789ABCDEF0123456789ABCDEF";

    private Node node;

    @Setup
    public void create() {
        node = new Node(new InMemoryCluster(), true);
        node.create(ID, Map.of("name", "value"));
    }

    @Benchmark
    public LiveSession openHeldCopy() {
        LiveSession live = node.sessions.open(ID, true, node.soon());
        live.leave();
        return live;
    }

    @Benchmark
    public Object openHeldCopyAndReadOneAttribute() {
        LiveSession live = node.sessions.open(ID, true, node.soon());
        Object value = live.attributes().get("name");
        live.leave();
        return value;
    }

    /** What is done at the end of a request that has changed nothing. */
    @Benchmark
    public LiveSession openHeldCopyAndSaveNothing() {
        LiveSession live = node.sessions.open(ID, true, node.soon());
        node.sessions.save(live, node.soon());
        live.leave();
        return live;
    }
}
