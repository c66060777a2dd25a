/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Valve;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.ContainerBase;
import org.apache.catalina.valves.ValveBase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Applications come and go in a host that serves others meanwhile: their valves share its pipeline. */
class PipelineTest {

    @TempDir
    private Path base;

    /** Tomcat tells it what comes next when a valve is added or removed. */
    private static final class Neighbour extends ValveBase {

        private Runnable meanwhile = () -> {};

        Neighbour() {
            super(true);
        }

        @Override
        public void setNext(Valve valve) {
            super.setNext(valve);
            meanwhile.run();
        }

        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            getNext().invoke(request, response);
        }
    }

    private static final class Hello extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getWriter().print("hello " + request.getSession(false));
        }
    }

    @Test
    void aRequestAmidTheDeploymentOfAnotherApplicationIsServed() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).route("one").listening()) {
            tomcat.listen("clusterName", "clowder-unit-pipeline", "port", "6780");
            tomcat.servlet(tomcat.deploy("/first", ""), "/", new Hello());
            tomcat.start();
            Neighbour neighbour = new Neighbour();
            tomcat.host().getPipeline().addValve(neighbour);
            List<String> answers = new ArrayList<>();
            neighbour.meanwhile = () -> {
                try (RawRequest request = new RawRequest(tomcat.port(), "/first/", "x")) {
                    answers.add(request.answer().lines().findFirst().orElseThrow());
                }
            };
            Context second = tomcat.deploy("/second", "");
            assertThat(second.getState()).isEqualTo(LifecycleState.STARTED);
            assertThat(answers).containsExactly("HTTP/1.1 200 ");
            tomcat.host().removeChild(second);
            assertThat(answers).hasSize(2).allMatch("HTTP/1.1 200 "::equals);
        }
    }

    @Test
    void applicationsThatStartAndStopTogetherEachHaveTheirValve() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).route("one")) {
            tomcat.listen("clusterName", "clowder-unit-together", "port", "6780");
            List<Context> contexts = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                contexts.add(tomcat.deploy("/app" + i, ""));
            }
            ((ContainerBase) tomcat.host()).setStartStopThreads(12);
            tomcat.start();
            assertThat(valves(tomcat)).isEqualTo(12);
            for (int round = 0; round < 10; round++) {
                contexts.parallelStream().forEach(context -> {
                    try {
                        context.stop();
                        context.start();
                    } catch (LifecycleException e) {
                        throw new IllegalStateException(e);
                    }
                });
                assertThat(valves(tomcat)).isEqualTo(12);
            }
        }
    }

    private static long valves(TinyTomcat tomcat) {
        return Stream.of(tomcat.host().getPipeline().getValves())
                .filter(ClowderValve.class::isInstance)
                .count();
    }
}
