/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.map.IMap;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.exception.RetryableHazelcastException;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemberSecurityTest {

    private static final ClusterSettings SETTINGS =
            new ClusterSettings("MemberSecurityTest", List.of(), null, 6170, null);

    private final Deque<ClusterMember> started = new ArrayDeque<>();

    @AfterEach
    void closeAll() {
        while (!started.isEmpty()) {
            started.pop().close();
        }
    }

    @Test
    void foreignClassesAreNotRead() throws IOException {
        ClusterMember a = start(config -> {});
        IMap<String, Object> map = a.instance().getMap("any");
        map.set("k", URI.create("http://localhost/").toURL());
        assertThatExceptionOfType(HazelcastSerializationException.class)
                .isThrownBy(() -> map.get("k"))
                .havingRootCause()
                .withMessage("Resolving class java.net.URL is not allowed.");
    }

    /** kind 0: with a cause and a suppressed one; 1: one of Hazelcast's; 2: an Error; 3: from java.util. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void exceptionsOfAnotherMemberArrive(int kind) {
        ClusterMember a = start(config -> {});
        ClusterMember b = start(config -> {});
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> ask(a, b, kind).get(20, TimeUnit.SECONDS))
                .havingCause()
                .isInstanceOf(Thrower.planted(kind).getClass());
    }

    @Test
    void aFilterThatRefusesEverythingLeavesTheCallerWaiting() {
        Consumer<Config> refuse = config -> config.getSerializationConfig()
                .setJavaSerializationFilterConfig(new JavaSerializationFilterConfig()
                        .setDefaultsDisabled(true)
                        .setWhitelist(new com.hazelcast.config.ClassFilter().addPackages("none.allowed")));
        ClusterMember a = start(refuse);
        ClusterMember b = start(refuse);
        // Which is why ours does not; when this begins to fail, Hazelcast has found another way for its exceptions.
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> ask(a, b, 0).get(3, TimeUnit.SECONDS));
    }

    private ClusterMember start(Consumer<Config> customizer) {
        ClusterMember member = ClusterMember.start(
                SETTINGS,
                config -> {
                    config.getSerializationConfig().addDataSerializableFactory(Thrower.FACTORY_ID, id -> new Thrower());
                    customizer.accept(config);
                },
                InstantSource.system());
        started.push(member);
        return member;
    }

    private static Future<Boolean> ask(ClusterMember from, ClusterMember to, int kind) {
        Thrower thrower = new Thrower();
        thrower.kind = kind;
        var other = from.member(to.nodeId());
        assertThat(other).isNotNull();
        return from.instance().getExecutorService("any").submitToMember(thrower, other);
    }

    private static final class Thrower implements Callable<Boolean>, IdentifiedDataSerializable {

        private static final int FACTORY_ID = 9999;
        private int kind;

        static Throwable planted(int kind) {
            return switch (kind) {
                case 1 -> new RetryableHazelcastException("planted", new HazelcastException("cause"));
                case 2 -> new StackOverflowError("planted");
                case 3 -> new java.util.NoSuchElementException("planted");
                default -> {
                    IllegalStateException e = new IllegalStateException("planted", new IOException("cause"));
                    e.addSuppressed(new IllegalArgumentException("suppressed"));
                    yield e;
                }
            };
        }

        @Override
        public Boolean call() throws Exception {
            Throwable planted = planted(kind);
            if (planted instanceof Error error) {
                throw error;
            }
            throw (Exception) planted;
        }

        @Override
        public int getFactoryId() {
            return FACTORY_ID;
        }

        @Override
        public int getClassId() {
            return 1;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            out.writeInt(kind);
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            kind = in.readInt();
        }
    }
}
