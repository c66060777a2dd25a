/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** CL-4: an application that brings a Hazelcast of its own and ours keep out of each other's way. */
@ExtendWith(TwoNodes.Shared.class)
class CL4BundledIT {
    private static final String OWN = "bundled-" + ProcessHandle.current().pid();
    private static final int PORT = 7580;
    private static final List<String> OURS =
            List.of("io.clowder.tomcat", "io.clowder.hazelcast", "io.clowder.session", "clowder-pulse", "clowder-call");

    @Test
    void bothWorkAndGoApart(TwoNodes two) {
        List<TomcatNode> nodes = List.of(two.a(), two.b());
        Path war = WebApp.bundled("bundled", OWN, PORT).war(two.nodes().folder().resolve("bundled"));
        List<Integer> logged = nodes.stream().map(node -> node.log().length()).toList();
        nodes.forEach(node -> manager(node, "deploy?path=/bundled&war=file:" + war));

        HttpUser user = new HttpUser();
        assertThat(user.does(two.a(), "/bundled", "set:x=1", "cart:cart=milk")).containsExactly("ok", "milk");
        assertThat(own(two.a(), "?value=first")).startsWith("first", "1", OWN, "" + PORT, "true", "1");
        assertThat(own(two.b(), "")).startsWith("first", "2", OWN, "" + (PORT + 1), "true", "1");
        assertThat(own(two.b(), "?value=second")).startsWith("second", "2");
        assertThat(own(two.a(), "")).startsWith("second", "2");
        assertThat(user.does(two.b(), "/bundled", "get:x", "get:cart", "loaded:cart"))
                .containsExactly("1", "milk", "true");

        for (TomcatNode node : nodes) {
            assertThat(Nodes.cluster(node, "members")).isEqualTo("2");
            assertThat(Nodes.bean(node, "com.hazelcast:type=HazelcastInstance,*", "")
                            .lines())
                    .as("beans of members")
                    .singleElement()
                    .asString()
                    .contains("instance=" + own(node, "").get(6));
        }
        assertThat(OWN).isNotEqualTo(two.nodes().cluster());

        // The one goes, and its member with it; ours stays.
        manager(two.a(), "undeploy?path=/bundled");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(own(two.b(), "")).startsWith("second", "1"));
        assertThat(user.does(two.b(), "/bundled", "get:x", "get:cart")).containsExactly("1", "milk");
        manager(two.b(), "undeploy?path=/bundled");
        for (int i = 0; i < nodes.size(); i++) {
            TomcatNode node = nodes.get(i);
            String log = node.log().substring(logged.get(i));
            assertThat(Nodes.cluster(node, "members")).isEqualTo("2");
            assertThat(Nodes.cluster(node, "safe")).isEqualTo("true");
            assertThat(Nodes.linesWith(log, "SEVERE")).isEmpty();
            assertThat(Stream.of("leak", "WARNING").flatMap(word -> Nodes.linesWith(log, word).stream()))
                    .noneMatch(line -> OURS.stream().anyMatch(line::contains));
            assertThat(Nodes.call(node, "Catalina:type=Host,host=localhost", "findReloadedContextMemoryLeaks"))
                    .as("findLeaks")
                    .doesNotContain("/bundled");
        }
    }

    private static List<String> own(TomcatNode node, String query) {
        Answer answer = new HttpUser().get(node, "/bundled/hazelcast" + query);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.lines();
    }

    private static void manager(TomcatNode node, String command) {
        assertThat(new HttpUser()
                        .basicLogin("admin", "admin")
                        .get(node, "/manager/text/" + command)
                        .body())
                .as(command)
                .startsWith("OK");
    }
}
