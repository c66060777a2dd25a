/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Asks a member whether a node is connected to it as a client; the answer is its address, empty when it is not. */
final class AskConnected implements Callable<String>, IdentifiedDataSerializable, HazelcastInstanceAware {

    private UUID node;
    private transient @Nullable HazelcastInstance instance;

    /** For deserialization. */
    AskConnected() {
        this(new UUID(0, 0));
    }

    AskConnected(UUID node) {
        this.node = node;
    }

    /** What a client that is that node is labelled with. */
    static String label(UUID node) {
        return MemberConfig.NODE_ATTRIBUTE + "=" + node;
    }

    /** "host:port". */
    static String text(SocketAddress address) {
        return address.toString().replaceFirst("^[^/]*/", "");
    }

    @Override
    public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
        instance = hazelcastInstance;
    }

    @Override
    public String call() {
        return Objects.requireNonNull(instance).getClientService().getConnectedClients().stream()
                .filter(client -> client.getLabels().contains(label(node)))
                .map(client -> text(client.getSocketAddress()))
                .findFirst()
                .orElse("");
    }

    @Override
    public int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return ClowderSerialization.ASK_CONNECTED;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(node.getMostSignificantBits());
        out.writeLong(node.getLeastSignificantBits());
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        node = new UUID(in.readLong(), in.readLong());
    }
}
