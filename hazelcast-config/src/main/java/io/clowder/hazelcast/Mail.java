/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.collection.IQueue;
import com.hazelcast.core.HazelcastInstance;
import io.clowder.store.Deadline;
import io.clowder.store.NodeId;
import io.clowder.store.StoreUnavailableException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Delivers messages between clients, which have no connection to each other: each takes its letters, questions and answers, out of
 * a queue of its own in the cluster. Who is not answered asks again, until the other is known to hold nothing. Thread-safe.
 */
/* A letter may be lost, as when a member dies, which is why queues have no backups; or come twice, or late. All of that does no
 * harm: the meaning of a message does not depend on when it comes, and only an answer counts. */
final class Mail implements Messages, AutoCloseable {

    /** Begins the names of the queues. */
    static final String QUEUE = "clowder-mail:";

    /** More letters than that nobody takes any more. */
    static final int LONGEST_QUEUE = 10_000;

    private static final Logger log = System.getLogger(Mail.class.getName());

    private static final Duration POLL = Duration.ofSeconds(2);
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** As after two looks without a letter. */
    private static final long UNREAD_NANOS = POLL.multipliedBy(2).toNanos();

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** Who waits for an answer looks that often whether the other is over. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final HazelcastInstance client;
    private final Nodes nodes;
    private final Post post;
    private final Tenures tenures;
    private final OwnThreads threads;
    private final Bulkhead bulkhead;
    private final Runnable missed;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, CompletableFuture<Optional<byte[]>>> awaited = new ConcurrentHashMap<>();
    private @Nullable Thread reading;
    private volatile boolean closed;
    private volatile long lookedAt = System.nanoTime();

    /**
     * That of a client; takes no letters until {@link #open}, or until it asks something.
     *
     * @param missed told when a letter may have been lost that was for this node
     */
    Mail(HazelcastInstance client, Nodes nodes, Tenures tenures, OwnThreads threads, Runnable missed) {
        this.client = client;
        this.nodes = nodes;
        this.post = new Post(client, nodes);
        this.tenures = tenures;
        this.threads = threads;
        this.bulkhead = Peers.of(client).bulkhead();
        this.missed = missed;
    }

    /** From now on takes the letters to this node. Again is fine. */
    synchronized void open() {
        if (reading == null && !closed) {
            Thread reader = new Thread(this::read, "clowder-mail");
            reader.setDaemon(true);
            reader.setContextClassLoader(OurLoader.LOADER);
            reading = reader;
            lookedAt = System.nanoTime();
            reader.start();
        }
    }

    /** Whether letters to this node are read: who cannot be asked must not hold anything. */
    boolean isRead() {
        return System.nanoTime() - lookedAt < UNREAD_NANOS;
    }

    @Override
    public byte @Nullable [] ask(NodeId node, PeerMessage message, Deadline deadline) {
        if (node.equals(nodes.self()) || post.isThere(node)) {
            return post.ask(node, message, deadline);
        }
        open();
        long since = System.nanoTime();
        if (tenures.mayBeOver(node) && tenures.isOver(node, since, deadline)) {
            return null;
        }
        long number = numbers.incrementAndGet();
        CompletableFuture<Optional<byte[]>> answer = new CompletableFuture<>();
        awaited.put(number, answer);
        try (Bulkhead.Wait wait = bulkhead.waiting(() -> Calls.owner(name(node), client), deadline)) {
            byte[] letter = Letter.asks(nodes.self(), number, message).bytes();
            return answer(node, message, letter, answer, since, wait, deadline);
        } finally {
            awaited.remove(number);
        }
    }

    @Override
    public boolean isThere(NodeId node) {
        return post.isThere(node) || !tenures.isOver(node, System.nanoTime(), Deadline.in(LOOK));
    }

    private byte @Nullable [] answer(
            NodeId node,
            PeerMessage message,
            byte[] letter,
            CompletableFuture<Optional<byte[]>> answer,
            long since,
            Bulkhead.Wait wait,
            Deadline deadline) {
        long sentAt = since - AGAIN_NANOS;
        while (true) {
            wait.look();
            if (System.nanoTime() - sentAt >= AGAIN_NANOS) {
                sentAt = System.nanoTime();
                send(node, letter, message, deadline);
            }
            try {
                long left = deadline.remaining().toNanos();
                return answer.get(Math.min(LOOK_NANOS, left), TimeUnit.NANOSECONDS)
                        .orElse(null);
            } catch (TimeoutException e) {
                if (deadline.isOver()) {
                    throw new StoreUnavailableException("The " + message + " was not answered in time", e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreUnavailableException("The " + message + " was interrupted", e);
            } catch (ExecutionException e) {
                throw new IllegalStateException(e); // nobody completes it so
            }
            if (tenures.isOver(node, since, deadline)) {
                threads.run(() -> giveUp(node));
                return null;
            }
        }
    }

    /** What nobody took: who takes letters again after all misses nothing, as it doubts all that it held. */
    private void giveUp(NodeId node) {
        try {
            queue(node).destroy();
        } catch (RuntimeException e) { // it is small
            log.log(Level.DEBUG, "The letters to a node that is gone were left", e);
        }
    }

    private void send(NodeId node, byte[] letter, Object what, Deadline deadline) {
        // A queue that is full is of a node that stands still.
        boolean unused = Calls.repeat(
                () -> threads.call(
                        () -> queue(node).offer(letter), deadline.remaining().toNanos()),
                client,
                () -> "The " + what,
                deadline);
    }

    private IQueue<byte[]> queue(NodeId node) {
        return client.getQueue(name(node));
    }

    private static String name(NodeId node) {
        return QUEUE + node.uuid();
    }

    private void read() {
        while (!closed) {
            try {
                byte[] letter = queue(nodes.self()).poll(POLL.toMillis(), TimeUnit.MILLISECONDS);
                lookedAt = System.nanoTime();
                if (letter != null) {
                    threads.run(() -> deliver(letter));
                }
            } catch (InterruptedException e) {
                return; // only close() interrupts
            } catch (RuntimeException e) { // Hazelcast has no common type; a letter may have been on its way
                log.log(Level.DEBUG, "No letter could be taken", e);
                missed.run();
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void deliver(byte[] bytes) {
        try {
            Letter letter = Letter.of(bytes);
            PeerMessage question = letter.question();
            if (question == null) {
                CompletableFuture<Optional<byte[]>> waiting = awaited.get(letter.number());
                if (waiting != null) {
                    waiting.complete(Optional.ofNullable(letter.answer()));
                }
                return;
            }
            byte[] answer = letter.answered(question.answer(Peers.of(client))).bytes();
            boolean unused = queue(letter.from()).offer(answer);
        } catch (RuntimeException e) { // who has asked asks again
            log.log(Level.DEBUG, "A letter could not be answered", e);
        }
    }

    /** Takes no letters any more. */
    @Override
    public synchronized void close() {
        closed = true;
        if (reading != null) {
            reading.interrupt();
        }
    }

    /** Leaves no queue behind. Throws when that fails. */
    synchronized void leave() {
        if (reading != null) {
            queue(nodes.self()).destroy();
        }
    }
}
