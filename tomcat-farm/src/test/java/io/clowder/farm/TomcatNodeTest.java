/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starts, stops, kills and freezes real Tomcats. */
class TomcatNodeTest {
    private static final Duration START = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    private final HttpClient client = HttpClient.newHttpClient();

    @ParameterizedTest
    @ValueSource(ints = {10, 11})
    void startsFreezesIsKilledStartsAgainOnTheSameBaseAndStops(int major) throws Exception {
        try (TomcatNode node = TomcatNode.builder(TomcatDistribution.ofMajor(major), dir)
                .route("a")
                .app("ROOT", page("hello"))
                .systemProperty("farm.test", "seen")
                .start()) {
            node.awaitReady("/", START);
            assertThat(get(node.url("/"), Duration.ofSeconds(5))).contains("hello");
            assertThat(node.jcmd("VM.system_properties")).contains("farm.test=seen");
            assertThat(node.threadDump()).contains("http-nio-127.0.0.1-" + node.port());

            node.freeze();
            assertThatThrownBy(() -> get(node.url("/"), Duration.ofMillis(300)))
                    .isInstanceOf(HttpTimeoutException.class);
            node.thaw();
            assertThat(get(node.url("/"), Duration.ofSeconds(5))).contains("hello");

            long killed = node.pid();
            node.kill();
            assertThat(node.isAlive()).isFalse();
            assertThat(ProcessHandle.of(killed)).isEmpty();

            node.start().awaitReady("/", START);
            assertThat(node.stop()).isLessThan(Duration.ofSeconds(20));
            assertThat(node.logOfThisStart()).contains("Stopping service [Catalina]", "Destroying ProtocolHandler");
            assertThat(node.log().split("Server startup in", -1)).hasSize(3);
        }
    }

    @Test
    void saysWhyItIsNotReady() throws Exception {
        try (TomcatNode node = TomcatNode.builder(TomcatDistribution.ofMajor(10), dir)
                .app("ROOT", page("hello"))
                .start()) {
            assertThatThrownBy(() -> node.awaitReady("/nothing-here", START))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("/nothing-here gave status 404")
                    .hasMessageContaining("Server startup in");
        }
    }

    @Test
    void saysThatItEnded() throws Exception {
        try (TomcatNode node = TomcatNode.builder(TomcatDistribution.ofMajor(10), dir)
                .jvmOptions("-XX:NoSuchOption")
                .start()) {
            assertThatThrownBy(() -> node.awaitReady("/", START))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("ended before it was ready")
                    .hasMessageContaining("NoSuchOption");
            assertThat(node.exitCode()).isNotZero();
        }
    }

    @Test
    void reservesEachPortOnce() {
        assertThat(Ports.reserve()).isNotEqualTo(Ports.reserve());
    }

    private Path page(String text) throws Exception {
        Path app = Files.createDirectories(dir.resolve("app"));
        Files.writeString(app.resolve("index.html"), text);
        return app;
    }

    private String get(URI uri, Duration timeout) throws Exception {
        return client.send(HttpRequest.newBuilder(uri).timeout(timeout).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
