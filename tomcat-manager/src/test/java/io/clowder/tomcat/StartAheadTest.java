/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.catalina.Context;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The node starts while Tomcat looks through the application. */
class StartAheadTest {

    @TempDir
    private Path base;

    @Test
    void theNodeIsThereBeforeItsManagerIsStarted() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            Context app = tomcat.deploy("/app", "clusterName=\"ahead\"");
            AtomicReference<LifecycleState> manager = new AtomicReference<>();
            app.addLifecycleListener(event -> {
                if (event.getType().equals(Lifecycle.CONFIGURE_START_EVENT)) {
                    await().atMost(Duration.ofSeconds(60))
                            .until(() -> ServerListener.of(app).running() != null);
                    manager.set(((ClowderManager) app.getManager()).getState());
                }
            });
            tomcat.start();
            assertThat(app.getState()).isEqualTo(LifecycleState.STARTED);
            assertThat(manager.get()).isEqualTo(LifecycleState.NEW);
        }
    }

    @Test
    void nothingIsStartedForAManagerThatWillNotStart() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            Context app = tomcat.deploy("/app", "affinity=\"sticky\"");
            tomcat.start();
            assertThat(app.getState()).isNotEqualTo(LifecycleState.STARTED);
            assertThat(tomcat.refusals()).hasSize(1);
            assertThat(ServerListener.of(app).running()).isNull();
        }
    }

    @Test
    void whatIsWrongWithTheClusterIsToldOnce() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            Context app = tomcat.deploy("/app", "port=\"80\"");
            tomcat.start();
            assertThat(app.getState()).isNotEqualTo(LifecycleState.STARTED);
            assertThat(tomcat.refusals())
                    .containsExactly("Clowder cannot start for /app: port must be between 1024 and 65516"
                            + " (20 ports are tried from there), was 80");
        }
    }
}
