/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.hazelcast.ClusterMember;
import io.clowder.hazelcast.ClusterSettings;
import io.clowder.hazelcast.HazelcastSessionStore;
import io.clowder.store.Deadline;
import io.clowder.store.LiveCopies;
import io.clowder.store.Loaded;
import io.clowder.store.OperationId;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionTimes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.Session;
import org.apache.catalina.session.StandardManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** EX-4: each session has its own timeout, in Tomcat and in the record, and ends by it as with Tomcat's own Manager. */
class EX4TimeoutsTest {

    private static final int YEAR = 31_536_000;
    private static final List<Integer> TIMEOUTS = List.of(10, 3_600, YEAR, 0, -1, Integer.MIN_VALUE);

    @TempDir
    private Path base;

    /** Someone who looks at records, and has no copies. */
    private static final class Onlooker implements LiveCopies {
        @Override
        public @Nullable SessionTimes release(String id, long counter) {
            return null;
        }

        @Override
        public void changed(String id, long counter) {}

        @Override
        public @Nullable SessionDelta whole(String id, OperationId operation) {
            return null;
        }

        @Override
        public boolean remembers(String id) {
            return false;
        }

        @Override
        public void doubtAll() {}
    }

    @Test
    void aTimeoutThatIsSetAtRunTimeIsKeptWithAndWithoutAWrite() throws Exception {
        String settings = "clusterName=\"clowder-unit-timeouts\" port=\"6860\"";
        try (TinyTomcat a = new TinyTomcat(base.resolve("a")).route("one");
                TinyTomcat b = new TinyTomcat(base.resolve("b")).route("two");
                ClusterMember member = ClusterMember.start(
                        new ClusterSettings("clowder-unit-timeouts", List.of(), null, 6860, null))) {
            a.start();
            b.start();
            Context context = a.deploy("/app", settings);
            ClowderManager first = (ClowderManager) context.getManager();
            ClowderManager second = (ClowderManager) b.deploy("/app", settings).getManager();
            HazelcastSessionStore records =
                    member.sessions("clowder::localhost:/app", new Onlooker(), Duration.ofSeconds(5));
            StandardManager standard = new StandardManager();
            standard.setContext(context);
            for (int timeout : TIMEOUTS) {
                for (boolean writes : new boolean[] {true, false}) {
                    ClowderSession session = (ClowderSession) first.createSession(null);
                    first.save(session);
                    session.setMaxInactiveInterval(timeout);
                    if (writes) {
                        session.getSession().setAttribute("n", timeout);
                    }
                    first.save(session);
                    String id = session.getIdInternal();
                    assertThat(timeoutIn(records, id)).isEqualTo(timeout);
                    Session taken = second.findSession(id);
                    assertThat(taken).isNotNull();
                    assertThat(taken.getMaxInactiveInterval()).isEqualTo(timeout);
                    taken.getSession().setAttribute("m", 1);
                    second.save((ClowderSession) taken);
                    assertThat(timeoutIn(records, id)).isEqualTo(timeout);
                }
                livesAsLong(first, standard, timeout);
            }
        }
    }

    /** A second before its end it lives, a second after it does not; without a timeout always. */
    private static void livesAsLong(ClowderManager manager, StandardManager standard, int timeout) {
        for (long idle : new long[] {timeout - 1L, timeout + 1L, 2L * YEAR}) {
            boolean expected = isAlive(standard.createSession("standard" + timeout + "-" + idle), timeout, idle);
            assertThat(expected).isEqualTo(timeout <= 0 || idle < timeout);
            ClowderSession session = (ClowderSession) manager.createSession(null);
            session.setMaxInactiveInterval(timeout);
            session.setCreationTime(System.currentTimeMillis() - 1000 * idle);
            manager.save(session);
            assertThat(isAlive(session, timeout, idle))
                    .as("%d s, %d s idle", timeout, idle)
                    .isEqualTo(expected);
        }
    }

    private static boolean isAlive(Session session, int timeout, long idle) {
        session.setMaxInactiveInterval(timeout);
        session.setCreationTime(System.currentTimeMillis() - 1000 * idle);
        return session.isValid();
    }

    private static int timeoutIn(HazelcastSessionStore records, String id) {
        Loaded loaded = records.load(SessionId.baseOf(id), null, Deadline.in(Duration.ofSeconds(20)));
        return ((Loaded.Found) loaded).times().maxInactiveSeconds();
    }
}
