/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.codec.AttributeCodec;
import io.clowder.codec.UnreadableAttributeException;
import io.clowder.codec.UnwritableAttributeException;
import io.clowder.hazelcast.SharedValues;
import io.clowder.store.Deadline;
import io.clowder.store.ProtocolStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.Principal;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The {@link SignOn}s of a virtual host, as all nodes share them: each is changed as a whole by who knows it as it is. */
final class SignOns {

    private static final Logger log = System.getLogger(SignOns.class.getName());

    /** A sign-on that nobody presents and nobody looks after goes after that time. */
    private static final Duration LIFETIME = Duration.ofDays(30);

    /** One that is over, whose last sessions no node can end. */
    private static final Duration LIFETIME_OVER = Duration.ofHours(1);

    private static final byte[] NOBODY = {};

    private final SharedValues values;
    private final Duration patience;
    private final AtomicBoolean reported = new AtomicBoolean();

    /** The classes of Tomcat and its realms, which lie where ours do. */
    private final AttributeCodec codec = new AttributeCodec(SignOns.class.getClassLoader(), null, value -> false);

    SignOns(SharedValues values, Duration patience) {
        this.values = values;
        this.patience = patience;
    }

    /**
     * What a change found, and what it left.
     *
     * @param after null when nothing is left
     */
    record Change(SignOn before, @Nullable SignOn after) {

        /** Whether somebody can still be signed on by it. */
        boolean isAlive() {
            return after != null && !after.over();
        }
    }

    /** The sign-on; null when there is none. */
    @Nullable
    SignOn find(String id) {
        byte[] bytes = values.get(id, Deadline.in(patience));
        return bytes == null ? null : read(id, bytes);
    }

    /** Creates one. */
    void add(String id, SignOn signOn) {
        values.swap(id, null, signOn.write(), LIFETIME, Deadline.in(patience));
    }

    /**
     * Changes one.
     *
     * @param how gives what it becomes: null when nothing of it is left; asked again when another node was faster
     * @return null when there is none
     */
    @Nullable
    Change change(String id, Function<SignOn, @Nullable SignOn> how) {
        Deadline deadline = Deadline.in(patience);
        while (true) {
            byte[] before = values.get(id, deadline);
            SignOn found = before == null ? null : read(id, before);
            if (found == null) {
                return null;
            }
            SignOn next = how.apply(found);
            byte[] after = next == null ? null : next.write();
            Duration lifetime = next != null && next.over() ? LIFETIME_OVER : LIFETIME;
            if (Arrays.equals(before, after) || values.swap(id, before, after, lifetime, deadline)) {
                return new Change(found, next);
            }
        }
    }

    /** Those that this node keeps, by id. */
    Map<String, SignOn> here() {
        Map<String, SignOn> found = new HashMap<>();
        values.here().forEach((id, bytes) -> {
            SignOn signOn = read(id, bytes);
            if (signOn != null) {
                found.put(id, signOn);
            }
        });
        return found;
    }

    private static @Nullable SignOn read(String id, byte[] bytes) {
        try {
            return SignOn.read(bytes);
        } catch (IOException e) {
            log.log(
                    Level.DEBUG,
                    "Sign-on {0} was written by another version: {1}",
                    ProtocolStore.shortened(id),
                    e.getMessage());
            return null;
        }
    }

    /** The principal as bytes; null when it cannot travel. */
    byte @Nullable [] encode(@Nullable Principal principal) {
        if (principal == null) {
            return NOBODY;
        }
        try {
            return codec.encode("principal", principal);
        } catch (UnwritableAttributeException e) {
            report("Nobody can be signed on to other applications: the realm''s principal cannot be stored: {0}", e);
            return null;
        }
    }

    /** Who it is; null when that is nobody yet, or cannot be read here. */
    @Nullable
    Principal principal(SignOn signOn) {
        if (signOn.principal().length == 0) {
            return null;
        }
        try {
            return (Principal) codec.decode("principal", signOn.principal());
        } catch (UnreadableAttributeException e) { // as when the realm's class was exchanged: the user logs in again
            report("Users have to log in again: the realm''s principal cannot be read: {0}", e);
            return null;
        }
    }

    private void report(String message, RuntimeException reason) {
        if (reported.compareAndSet(false, true)) {
            log.log(Level.WARNING, message, reason.getMessage());
        }
    }
}
