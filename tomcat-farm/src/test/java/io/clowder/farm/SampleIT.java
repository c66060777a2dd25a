/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sample in plain Tomcats: what it does without us. The module sample-war must have been packaged. */
class SampleIT {
    private static final Duration START = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    private final Browser browser = new Browser(Duration.ofSeconds(20));

    @ParameterizedTest
    @ValueSource(ints = {10, 11})
    void sellsTeaAndBooks(int major) {
        try (TomcatNode node = TomcatNode.builder(TomcatDistribution.ofMajor(major), dir)
                .route("a")
                .app("sample", Built.sample())
                .user("<al&ice>", "wonder\"land", "customer")
                .start()
                .awaitReady("/sample/status", START)) {
            URI shop = node.url("/sample/");
            assertThat(status(node).hasSession()).as("status makes no session").isFalse();

            assertThat(browser.get(shop).body()).contains("Earl Greypaw", "class=\"node tone-0\">a<");
            buy(node, "earl");
            buy(node, "earl");
            buy(node, "door");
            browser.post(node.url("/sample/cart/change"), Map.of("product", "earl", "quantity", "-1", "back", "cart"));
            assertThat(status(node)).isEqualTo(new ShopStatus(node.port(), null, 5, "{\"earl\":1,\"door\":1}"));
            assertThat(browser.get(node.url("/sample/cart")).body()).contains("€ 24.80");

            String anonymous = browser.sessionId();
            assertThat(browser.get(node.url("/sample/account")).body()).contains("j_security_check");
            assertThat(logIn(node, "alice", "wrong").body()).contains("do not belong together");
            Browser.Page account = logIn(node, "<al&ice>", "wonder\"land");
            assertThat(account.uri()).isEqualTo(node.url("/sample/account"));
            assertThat(account.body())
                    .contains("Hello, &lt;al&amp;ice&gt;", "for <strong>€ 24.80</strong>")
                    .doesNotContain("<al&ice>");
            String id = Objects.requireNonNull(browser.sessionId());
            assertThat(id).isNotEqualTo(anonymous).endsWith(".a");

            for (String path : List.of("", "cart", "account", "status", "nowhere")) {
                assertThat(browser.get(shop.resolve(path)).body())
                        .as(path)
                        .contains(id.substring(0, 6))
                        .doesNotContain(id.substring(0, 12));
            }
            assertThat(browser.get(shop.resolve("nowhere")).status()).isEqualTo(404);
            assertThat(browser.post(shop.resolve("cart/change"), Map.of("product", "<b>"))
                            .body())
                    .contains("Status 400")
                    .doesNotContain("<b>");
            assertThat(browser.post(shop.resolve("account/order"), Map.of()).body())
                    .contains("Thank you! € 24.80", "your basket is empty");

            browser.post(shop.resolve("logout"), Map.of());
            browser.sessionId(id);
            assertThat(status(node).hasSession()).isFalse();

            node.stop();
            assertThat(node.log()).doesNotContain("WARNING", "SEVERE", "Exception");
        }
    }

    @Test
    void carriesNoLibrary() throws Exception {
        try (JarFile war = new JarFile(Built.sample().toFile())) {
            assertThat(war.stream()).noneMatch(entry -> entry.getName().endsWith(".jar"));
            assertThat(new String(
                            war.getInputStream(war.getEntry("WEB-INF/web.xml")).readAllBytes(), StandardCharsets.UTF_8))
                    .doesNotContain("<distributable");
        }
    }

    @Test
    void theTourFailsWithoutUsWhereTheNodeIsKilled() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Stage stage = Stage.set(
                TomcatDistribution.ofMajor(10), "org.apache.catalina.session.StandardManager", dir, Ports.reserve())) {
            assertThat(new Check(stage, new PrintStream(out, true, StandardCharsets.UTF_8)).run())
                    .isFalse();
        }
        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("OK .* fill the cart")
                .containsPattern("OK .* kill -9 node [ab]")
                .containsPattern("FAILED .* go on at node [ab]")
                .doesNotContain("log out");
    }

    private void buy(TomcatNode node, String product) {
        browser.post(node.url("/sample/cart/change"), Map.of("product", product));
    }

    private Browser.Page logIn(TomcatNode node, String user, String password) {
        return browser.post(node.url("/sample/j_security_check"), Map.of("j_username", user, "j_password", password));
    }

    private ShopStatus status(TomcatNode node) {
        return ShopStatus.of(browser.get(node.url("/sample/status")));
    }
}
