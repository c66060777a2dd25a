/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import jakarta.servlet.http.HttpSession;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Threads of an application that use a session while no request does. */
class OutsideRequestsTest {

    private static final Duration BOUND = Duration.ofSeconds(5);

    @TempDir
    private static Path base;

    private static TinyTomcat tomcat;
    private static ClowderManager manager;

    @BeforeAll
    static void start() throws Exception {
        tomcat = new TinyTomcat(base);
        tomcat.start();
        manager = (ClowderManager) tomcat.deploy("/app", "clusterName=\"clowder-outside\" port=\"8960\"")
                .getManager();
    }

    @AfterAll
    static void stop() throws Exception {
        tomcat.close();
    }

    /** A session that is stored and that nobody uses any more. */
    private static ClowderSession session() {
        ClowderSession session = (ClowderSession) manager.createSession(null);
        manager.save(session);
        return session;
    }

    private static void awaitClean(ClowderSession session) {
        await("saved").atMost(BOUND).until(() -> !session.live().isUnsaved());
    }

    /** The session as a node sees it that has no copy. */
    private static HttpSession fresh(ClowderSession session) throws Exception {
        await("evicted").atMost(BOUND).until(() -> {
            manager.endIdle(session); // refused, as it was used later; then the copy goes
            return session.live().isEvicted();
        });
        return manager.findSession(session.getIdInternal()).getSession();
    }

    @Test
    void whatAThreadSetsIsSavedSoon() throws Exception {
        ClowderSession session = session();
        long saves = manager.getSaves();
        session.getSession().setAttribute("n", 1);
        session.getSession().setAttribute("m", 2);
        assertThat(manager.getSaves()).as("together").isEqualTo(saves);
        awaitClean(session);
        assertThat(manager.getSaves()).isEqualTo(saves + 1);
        session.getSession().removeAttribute("m");
        awaitClean(session);
        HttpSession fresh = fresh(session);
        assertThat(fresh.getAttribute("n")).isEqualTo(1);
        assertThat(fresh.getAttribute("m")).isNull();
    }

    @Test
    void whatAThreadChangesInPlaceIsSavedSoon() throws Exception {
        ClowderSession session = session();
        session.getSession().setAttribute("list", new ArrayList<>());
        awaitClean(session);
        add(session.getSession());
        awaitClean(session);
        assertThat(fresh(session).getAttribute("list")).isEqualTo(List.of("fish"));
    }

    @SuppressWarnings("unchecked")
    private static void add(HttpSession session) {
        ((List<String>) session.getAttribute("list")).add("fish");
    }

    @Test
    void theBackgroundProcessSavesWhatWasLeft() {
        ClowderSession session = session();
        session.live().attributes().put("n", 1);
        manager.backgroundProcess();
        assertThat(session.live().isDirty()).isFalse();
    }

    @Test
    void anObjectWhoseCopyWasEvictedActsOnTheSession() throws Exception {
        ClowderSession session = session();
        HttpSession kept = session.getSession();
        kept.setAttribute("n", 1);
        kept.setAttribute("gone", 1);
        awaitClean(session);
        HttpSession fresh = fresh(session);
        fresh.setAttribute("n", 2);
        assertThat(kept.getAttribute("n")).isEqualTo(2);
        kept.setAttribute("n", 3);
        kept.removeAttribute("gone");
        assertThat(fresh.getAttribute("n")).isEqualTo(3);
        assertThat(fresh.getAttribute("gone")).isNull();
        kept.invalidate();
        assertThatIllegalStateException().isThrownBy(() -> fresh.getAttribute("n"));
        assertThat(manager.findSession(session.getIdInternal())).isNull();
    }

    @Test
    void anObjectOfAnEndedSessionIsInvalid() throws Exception {
        ClowderSession session = session();
        HttpSession kept = session.getSession();
        fresh(session).invalidate();
        assertThatIllegalStateException().isThrownBy(() -> kept.getAttribute("n"));
        assertThatIllegalStateException().isThrownBy(() -> kept.setAttribute("n", 1));
        assertThatIllegalStateException().isThrownBy(() -> kept.removeAttribute("n"));
        assertThatIllegalStateException().isThrownBy(kept::invalidate);
    }
}
