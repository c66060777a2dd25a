/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.partition.Partition;
import com.hazelcast.partition.PartitionService;
import io.clowder.store.Deadline;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes are clients of members that cannot be asked for it: each keeps an entry that goes when it is not set again. Of a node
 * that has died, it takes as long until the others know. Also whether such members answer.
 */
final class Presences implements Connected {

    /** A node that was not heard of for so long has left. */
    static final Duration LIFE = Duration.ofSeconds(10);

    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private final HazelcastInstance client;
    private final String self;
    private final OwnThreads threads;
    private final InstantSource wall;
    private final PartitionService partitions;
    private final PartitionKeys keys;

    /** Of the pulse alone, as all that {@link #renew} and {@link #ask} need. */
    private long renewedAt = System.nanoTime() - INTERVAL.toNanos();

    private Future<?> renewal = CompletableFuture.completedFuture(true);

    /** With this node's own clock. */
    Presences(HazelcastInstance client, UUID self, OwnThreads threads, InstantSource wall) {
        this.client = client;
        this.self = self.toString();
        this.threads = threads;
        this.wall = wall;
        this.partitions = client.getPartitionService();
        this.keys = new PartitionKeys(partitions);
    }

    private IMap<String, String> map() {
        return client.getMap(StockMaps.NODES);
    }

    /** Says that this node is here, if it is time to; does not wait. */
    void renew() {
        long now = System.nanoTime();
        if (renewal.isDone() && now - renewedAt >= INTERVAL.toNanos()) {
            renewedAt = now;
            renewal = begun(this::set);
        }
    }

    /**
     * Says it, and returns when it is said.
     *
     * @throws io.clowder.store.StoreUnavailableException when that is not known by the deadline
     */
    void begin(Deadline deadline) {
        Calls.repeat(
                () -> threads.call(this::set, deadline.remaining().toNanos()),
                client,
                () -> "That this node is there",
                deadline);
    }

    private boolean set() {
        SocketAddress address = client.getLocalEndpoint().getSocketAddress();
        map().set(self, AskConnected.text(address), LIFE.toSeconds(), TimeUnit.SECONDS);
        return true;
    }

    /** This node is not here any more. */
    void end() {
        map().delete(self);
    }

    @Override
    public @Nullable String address(UUID node, Deadline deadline) {
        String found = Calls.repeat(
                () -> threads.call(
                        () -> map().getOrDefault(node.toString(), ""),
                        deadline.remaining().toNanos()),
                client,
                () -> "Whether another node is there",
                deadline);
        return found.isEmpty() ? null : found;
    }

    /** Asks for something that this member keeps; the answer is the time here, since nothing of ours could tell that of the member. */
    Future<Long> ask(Member member) {
        String key = key(member);
        return begun(() -> {
            Object unused = map().get(key);
            return wall.millis();
        });
    }

    /** Any, as long as no partition is known to be the member's: who asks makes the cluster arrange them. */
    private String key(Member member) {
        for (Partition partition : partitions.getPartitions()) {
            if (member.equals(partition.getOwner())) {
                return keys.of(partition);
            }
        }
        return self;
    }

    private <T> Future<T> begun(Callable<T> call) {
        try {
            return threads.begin(call);
        } catch (RejectedExecutionException e) { // all threads wait for members
            return CompletableFuture.failedFuture(e);
        }
    }
}
