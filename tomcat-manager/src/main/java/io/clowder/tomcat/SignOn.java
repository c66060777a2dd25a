/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.store.SessionTimes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster knows of one single sign-on: who it is, and the sessions that end with it. A password is not part of it.
 *
 * @param authType the kind of login; null while nobody has logged in
 * @param principal encoded; empty while nobody has logged in
 * @param over whether somebody has logged out: it is of no use any more, and what is left of its sessions is to end
 * @param usedAt when a request last presented it, roughly, in milliseconds since the epoch
 * @param longest the longest timeout of its sessions, in seconds; negative when one never ends by itself
 * @param sessions that are not known to have ended
 */
@SuppressWarnings("ArrayRecordComponent") // bytes that nobody changes
record SignOn(
        @Nullable String authType,
        byte[] principal,
        boolean over,
        long usedAt,
        int longest,
        Set<SignedSession> sessions) {

    private static final byte FORMAT = 1;

    /** How long after its longest timeout it is looked for sessions that ended unnoticed. */
    private static final Duration GRACE = Duration.ofMinutes(1);

    /** The same where a session never ends by itself. */
    private static final Duration LONG = Duration.ofDays(1);

    /**
     * A session of the sign-on.
     *
     * @param host the name of its virtual host
     * @param context the name of its web application
     * @param id without route
     * @param node the only node that knows it; empty when all do
     */
    record SignedSession(String host, String context, String id, String node) {}

    /** A new one, without a session. */
    static SignOn of(@Nullable String authType, byte[] principal, long now) {
        return new SignOn(authType, principal, false, now, 0, Set.of());
    }

    SignOn as(@Nullable String newAuthType, byte[] newPrincipal) {
        return new SignOn(newAuthType, newPrincipal, over, usedAt, longest, sessions);
    }

    /** With one session more, unless it is over. */
    SignOn with(SignedSession session, int timeoutSeconds) {
        if (over || sessions.contains(session)) {
            return this;
        }
        Set<SignedSession> more = new LinkedHashSet<>(sessions);
        more.add(session);
        int most = longest < 0 || timeoutSeconds <= 0 ? -1 : Math.max(longest, timeoutSeconds);
        return new SignOn(authType, principal, over, usedAt, most, more);
    }

    /** Without a session of it that has ended; null when that was the last one. */
    @Nullable
    SignOn without(SignedSession session) {
        if (!sessions.contains(session)) {
            return this;
        }
        Set<SignedSession> fewer = new LinkedHashSet<>(sessions);
        fewer.remove(session);
        return fewer.isEmpty() ? null : new SignOn(authType, principal, over, usedAt, longest, fewer);
    }

    /** After a logout; null when no session is left to end. */
    @Nullable
    SignOn ended() {
        return sessions.isEmpty() ? null : new SignOn(authType, principal, true, usedAt, longest, sessions);
    }

    /** Whether the time of its last use lies so far behind that a use now is to be noted. */
    boolean isToNoteAt(long now) {
        return now - usedAt >= Math.max(GRACE.toMillis(), longest * 1000L / SessionTimes.ACCESS_SHARE);
    }

    SignOn usedAt(long now) {
        return new SignOn(authType, principal, over, now, longest, sessions);
    }

    /** Whether its sessions should all have ended long ago, if nobody uses them without presenting it. */
    boolean isDueAt(long now) {
        long timeout = longest < 0
                ? LONG.toMillis()
                : longest * 1000L + longest * 2000L / SessionTimes.ACCESS_SHARE + GRACE.toMillis();
        return now - usedAt > timeout;
    }

    byte[] write() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeByte(FORMAT);
            out.writeBoolean(over);
            out.writeLong(usedAt);
            out.writeInt(longest);
            out.writeUTF(Objects.requireNonNullElse(authType, ""));
            out.writeInt(principal.length);
            out.write(principal);
            out.writeInt(sessions.size());
            for (SignedSession session : sessions) {
                out.writeUTF(session.host());
                out.writeUTF(session.context());
                out.writeUTF(session.id());
                out.writeUTF(session.node());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * What was written.
     *
     * @throws IOException if that was done by another version
     */
    static SignOn read(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        byte format = in.readByte();
        if (format != FORMAT) {
            throw new IOException("unknown format " + format);
        }
        boolean over = in.readBoolean();
        long usedAt = in.readLong();
        int longest = in.readInt();
        String authType = in.readUTF();
        byte[] principal = in.readNBytes(in.readInt());
        int count = in.readInt();
        Set<SignedSession> sessions = new LinkedHashSet<>();
        for (int i = 0; i < count; i++) {
            sessions.add(new SignedSession(in.readUTF(), in.readUTF(), in.readUTF(), in.readUTF()));
        }
        return new SignOn(authType.isEmpty() ? null : authType, principal, over, usedAt, longest, sessions);
    }

    /** Without the ids, which are credentials. */
    @Override
    public String toString() {
        return "SignOn[" + authType + ", " + sessions.size() + " sessions" + (over ? ", over]" : "]");
    }
}
