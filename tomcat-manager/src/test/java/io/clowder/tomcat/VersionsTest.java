/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.catalina.Container;
import org.apache.catalina.Context;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two versions of an application: Tomcat asks each whether it has the session, before it gives the request to one. */
class VersionsTest {

    @TempDir
    private Path base;

    private final HttpClient client = HttpClient.newHttpClient();
    private TinyTomcat tomcat;
    private ClowderManager first;
    private ClowderManager second;
    private String old;

    @BeforeEach
    void deployTheSecondBesideTheFirst() throws Exception {
        tomcat = new TinyTomcat(base).route("one").listening();
        tomcat.listen("clusterName", "clowder-unit-versions", "port", "6740");
        tomcat.host().addContainerListener(event -> {
            if (event.getType().equals(Container.ADD_CHILD_EVENT)) {
                ((Context) event.getData()).addLifecycleListener(this::serve);
            }
        });
        Context context = deploy("1");
        tomcat.start();
        first = (ClowderManager) context.getManager();
        old = cookie(get("/app/", null));
        second = (ClowderManager) deploy("2").getManager();
    }

    @AfterEach
    void stop() throws Exception {
        tomcat.close();
    }

    private Context deploy(String version) throws IOException {
        return tomcat.deploy("/app", version, "operationTimeout=\"500\" onOutage=\"fail\"");
    }

    /** At each start of an application: a reload forgets what it consists of. */
    private void serve(LifecycleEvent event) {
        if (event.getType().equals(Lifecycle.CONFIGURE_START_EVENT)) {
            Context context = (Context) event.getLifecycle();
            tomcat.servlet(context, "/", new Counting(context.getWebappVersion()));
        }
    }

    /** Says its version and how often it was asked in this session. */
    private static final class Counting extends HttpServlet {
        private static final long serialVersionUID = 1;

        private final String version;

        Counting(String version) {
            this.version = version;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            HttpSession session = request.getSession();
            Integer asked = (Integer) session.getAttribute("asked");
            session.setAttribute("asked", asked == null ? 1 : asked + 1);
            response.getWriter().print(version + ":" + session.getAttribute("asked"));
            if (request.getParameter("end") != null) {
                session.invalidate();
            }
        }
    }

    @Test
    void aSessionStaysWithItsVersionUntilItEnds() throws Exception {
        for (int i = 2; i < 5; i++) {
            assertThat(get("/app/", old).body()).isEqualTo("1:" + i);
        }
        HttpResponse<String> other = get("/app/", null);
        assertThat(other.body()).isEqualTo("2:1");
        assertThat(get("/app/", cookie(other)).body()).isEqualTo("2:2");
        assertThat(get("/app/?end=1", old).body()).isEqualTo("1:5");
        assertThat(get("/app/", old).body()).isEqualTo("2:1");
    }

    @Test
    void toAskIsNotToUse() throws Exception {
        long operations = second.getStoreOperations();
        long ofFirst = first.getStoreOperations();
        for (int i = 0; i < 3; i++) {
            get("/app/", old);
        }
        assertThat(second.getStoreOperations() - operations)
                .as("one look a request")
                .isEqualTo(3);
        assertThat(first.getStoreOperations() - ofFirst).as("its saves").isEqualTo(3);
        assertThat(second.getActiveSessions()).isZero();
        assertThat(second.getTakeovers() + second.getLoads() + first.getTakeovers() + first.getLoads())
                .isZero();
        assertThat(second.findSessions()).isEmpty();
    }

    @Test
    void tomcatLearnsHowManySessionsAnOldVersionHas() throws Exception {
        assertThat(first.getActiveSessionsFull()).isEqualTo(1);
        assertThat(first.getSessionIdsFull()).containsExactly(SessionId.baseOf(old));
        assertThat(second.getActiveSessionsFull()).isZero();
        get("/app/?end=1", old);
        assertThat(first.getActiveSessionsFull()).isZero();
        Objects.requireNonNull(ServerListener.of(tomcat.server()).running()).close();
        assertThat(first.getActiveSessionsFull()).as("nobody knows").isEqualTo(1);
    }

    /** As two applications with other cookie paths give a browser. */
    @Test
    void ofSeveralCookiesTheOneCountsThatNamesASession() throws Exception {
        assertThat(get("/app/", "nobody; JSESSIONID=" + old).body()).isEqualTo("1:2");
        assertThat(get("/app/", old + "; JSESSIONID=nobody").body()).isEqualTo("1:3");
        assertThat(first.getTakeovers() + first.getLoads()).isZero();
    }

    /** Meanwhile Tomcat looks for its version each second, and asks the manager that is stopped. */
    @Test
    void aRequestWaitsForTheReloadOfItsVersion() throws Exception {
        AtomicReference<CompletableFuture<HttpResponse<String>>> answer = new AtomicReference<>();
        first.getContext().addLifecycleListener(event -> {
            if (event.getType().equals(Lifecycle.AFTER_STOP_EVENT)) {
                answer.set(client.sendAsync(request("/app/", old), HttpResponse.BodyHandlers.ofString()));
                await().pollDelay(Duration.ofMillis(1_500)).until(() -> true);
            }
        });
        first.getContext().reload();
        HttpResponse<String> late = answer.get().get(20, TimeUnit.SECONDS);
        assertThat(late.statusCode()).isEqualTo(200);
        assertThat(late.body()).isEqualTo("1:2");
    }

    @Test
    void withoutAnAnswerNoVersionIsTakenForTheRightOne() throws Exception {
        Objects.requireNonNull(ServerListener.of(tomcat.server()).running()).close();
        assertThat(get("/app/", old).statusCode()).as("this node has it").isEqualTo(200);
        assertThat(first.getActiveSessions()).isEqualTo(1);
        assertThat(second.getActiveSessions()).isZero();
        HttpResponse<String> refused = get("/app/", "0123456789ABCDEF0123456789ABCDEF");
        assertThat(refused.statusCode()).as("onOutage=\"fail\"").isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        assertThat(first.getActiveSessions()).isEqualTo(1);
        assertThat(second.getActiveSessions()).isZero();
        assertThat(get("/app/missing", null).statusCode())
                .as("another request of that thread")
                .isNotEqualTo(500);
    }

    private HttpResponse<String> get(String path, String cookie) throws Exception {
        return client.send(request(path, cookie), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String path, String cookie) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + tomcat.port() + path));
        if (cookie != null) {
            request.header("Cookie", "JSESSIONID=" + cookie);
        }
        return request.build();
    }

    private static String cookie(HttpResponse<String> response) {
        return response.headers().firstValue("Set-Cookie").orElseThrow().split("[=;]")[1];
    }
}
