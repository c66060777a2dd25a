/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A valve of the host that asks for the session before the application gets the request, as Tomcat's crawler valve does. */
class EarlyValveTest {

    @TempDir
    private Path base;

    @Test
    void whatTheRequestChangesIsSavedBeforeItsAnswerAndTheRouteIsCorrected() throws Exception {
        try (TinyTomcat tomcat =
                new TinyTomcat(base).route("one").valve(new EarlyValve()).listening()) {
            Context context = tomcat.deploy("/app", "clusterName=\"clowder-unit-early\" port=\"7460\"");
            tomcat.servlet(context, "/test", new IntervalServlet());
            tomcat.start();
            ClowderManager manager = (ClowderManager) context.getManager();
            String id = get(tomcat, null).body();
            assertThat(id).endsWith(".one");
            assertThat(manager.getSaves()).isEqualTo(1);

            HttpResponse<String> same = get(tomcat, id);
            assertThat(same.body()).isEqualTo(id);
            assertThat(same.headers().allValues("Set-Cookie")).isEmpty();
            assertThat(manager.getSaves()).isEqualTo(2);
            assertThat(manager.getTakeovers()).isZero();

            HttpResponse<String> moved = get(tomcat, id.replace(".one", ".two"));
            assertThat(moved.body()).isEqualTo(id);
            assertThat(moved.headers().allValues("Set-Cookie"))
                    .singleElement()
                    .asString()
                    .startsWith("JSESSIONID=" + id + ";");
            assertThat(manager.getSaves()).isEqualTo(3);
            assertThat(manager.getTakeovers()).isEqualTo(1);
        }
    }

    private static final class EarlyValve extends ValveBase {
        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            request.getSession(false);
            getNext().invoke(request, response);
        }
    }

    /** Changes the timeout, which is no attribute, and says so only when that is saved. */
    private static final class IntervalServlet extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            var session = request.getSession();
            session.setMaxInactiveInterval(session.getMaxInactiveInterval() + 1);
            response.getWriter().print(session.getId());
        }
    }

    private static HttpResponse<String> get(TinyTomcat tomcat, String id) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + tomcat.port() + "/app/test"))
                .timeout(Duration.ofSeconds(30));
        if (id != null) {
            request.header("Cookie", "JSESSIONID=" + id);
        }
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
