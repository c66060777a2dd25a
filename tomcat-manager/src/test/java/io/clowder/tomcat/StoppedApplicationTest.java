/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.core.StandardContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A request that takes longer than Tomcat waits for it when its application is stopped or reloaded. */
class StoppedApplicationTest {

    @TempDir
    private Path base;

    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);

    @Test
    void whatCannotBeSavedAnyMoreIsNotClaimed() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).route("one").listening()) {
            tomcat.listen("clusterName", "clowder-unit-stopped", "port", "6760");
            StandardContext context = (StandardContext) tomcat.deploy("/app", "");
            context.setUnloadDelay(10);
            tomcat.servlet(context, "/", new Slow());
            tomcat.start();
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + tomcat.port() + "/app/"))
                    .build();
            CompletableFuture<HttpResponse<String>> answer =
                    HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
            assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
            context.stop();
            stopped.countDown();
            assertThat(answer.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(503);
        }
    }

    /** Changes its session after the application was stopped. */
    private final class Slow extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            var session = request.getSession();
            arrived.countDown();
            try {
                assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            session.setAttribute("x", 1);
            response.getWriter().print("stored");
        }
    }
}
