/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** UX-3: one line works; whatever is wrong stops the start and says name, value and what is allowed. */
@Tag("any-tomcat")
class UX3ConfigurationIT {
    private static final int PORTS_TRIED = 20;

    @Test
    void whatIsWrongStopsTheStartAndIsNamed() {
        Map<String, String> wrong = new LinkedHashMap<>();
        Map<String, String[]> named = new LinkedHashMap<>();
        add(wrong, named, "unknown", "clusterNam=\"cats\"", "clusterNam", "cats", "clusterName");
        add(wrong, named, "lettercase", "clustername=\"cats\"", "clustername", "cats", "clusterName");
        add(wrong, named, "low", "operationTimeout=\"10\"", "operationTimeout", "10", "500", "9000");
        add(wrong, named, "high", "operationTimeout=\"9001\"", "operationTimeout", "9001", "500", "9000");
        add(wrong, named, "number", "operationTimeout=\"soon\"", "operationTimeout", "soon", "500", "9000");
        add(wrong, named, "flag", "strict=\"maybe\"", "strict", "maybe", "true", "false");
        add(wrong, named, "port", "port=\"70000\"", "port", "70000", "65516");
        add(wrong, named, "file", "config=\"/nowhere/cats.xml\"", "config", "/nowhere/cats.xml");
        // An address kept for documentation: nobody has it, and nobody needs to.
        add(wrong, named, "open", "interface=\"192.0.2.7\"", "interface", "192.0.2.7", "clusterName");

        try (Nodes nodes = new Nodes("ux3", 7080)) {
            TomcatNode node = nodes.start(
                    "a",
                    builder -> builder,
                    wrong.entrySet().stream()
                            .map(one -> WebApp.probe(one.getKey()).manager(one.getValue()))
                            .toArray(WebApp[]::new));
            node.awaitLog("Server startup in", Nodes.START);
            String log = node.log();
            named.forEach((app, texts) -> {
                assertThat(Nodes.linesWith(log, texts))
                        .as("lines with %s", List.of(texts))
                        .isNotEmpty();
                assertThat(new HttpUser()
                                .get(node, HttpUser.doing("/" + app, "hello"))
                                .status())
                        .as(app)
                        .isEqualTo(404);
            });
        }
    }

    private static void add(
            Map<String, String> wrong, Map<String, String[]> named, String app, String attribute, String... texts) {
        wrong.put(app, attribute);
        named.put(app, texts);
    }

    @Test
    void aPortRangeWithoutAFreePortIsNamed() throws Exception {
        int first = 7100;
        List<ServerSocket> taken = new ArrayList<>();
        try (Nodes nodes = new Nodes("ux3-ports", first)) {
            for (int port = first; port < first + PORTS_TRIED; port++) {
                taken.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
            }
            TomcatNode node = nodes.start("a", builder -> builder, WebApp.probe("probe"));
            node.awaitLog("Server startup in", Nodes.START);
            assertThat(Nodes.linesWith(node.log(), "port", "" + first, "" + (first + PORTS_TRIED - 1)))
                    .isNotEmpty();
            assertThat(new HttpUser()
                            .get(node, HttpUser.doing("/probe", "hello"))
                            .status())
                    .isEqualTo(404);
        } finally {
            for (ServerSocket socket : taken) {
                socket.close();
            }
        }
    }

    @Test
    void twoApplicationsThatWantDifferentClustersAreToldSo() {
        try (Nodes nodes = new Nodes("ux3-clusters", 7120)) {
            TomcatNode node = nodes.start(
                    "a",
                    builder -> builder,
                    WebApp.probe("one").manager("clusterName=\"" + nodes.cluster() + "\" port=\"7120\""),
                    WebApp.probe("two").manager("clusterName=\"" + nodes.cluster() + "-other\" port=\"7120\""));
            node.awaitLog("Server startup in", Nodes.START);
            List<Integer> statuses = new ArrayList<>();
            for (String app : List.of("/one", "/two")) {
                statuses.add(
                        new HttpUser().get(node, HttpUser.doing(app, "hello")).status());
            }
            assertThat(statuses).containsExactlyInAnyOrder(200, 404);
            assertThat(Nodes.linesWith(node.log(), "clusterName", nodes.cluster(), nodes.cluster() + "-other"))
                    .isNotEmpty();
        }
    }

    @Test
    @ExtendWith(TwoNodes.Shared.class)
    void oneLineAtStartSaysWhatIsInUse(TwoNodes two) {
        for (TomcatNode node : List.of(two.a(), two.b())) {
            for (String app : List.of("/probe", "/distributable")) {
                assertThat(Nodes.linesWith(
                                node.logOfThisStart(),
                                "INFO",
                                app,
                                "sticky",
                                two.nodes().cluster(),
                                "127.0.0.1"))
                        .as("the line of %s on %s", app, node)
                        .hasSize(1)
                        .first()
                        .asString()
                        .containsPattern("127\\.0\\.0\\.1\\]?:70[0-1][0-9]")
                        .containsPattern("2 members seen|no other member seen");
            }
        }
    }

    @Test
    @ExtendWith(TwoNodes.Shared.class)
    void tomcatDoesNotSearchOurJarsForTagLibraries(TwoNodes two) {
        // TldScanner says so of each jar that it searched in vain; Hazelcast's jar is large.
        assertThat(two.a().logOfThisStart()).doesNotContain("TldScanner");
    }

    @Test
    @ExtendWith(TwoNodes.Shared.class)
    void distributableIsNotNeeded(TwoNodes two) {
        for (String app : List.of("/probe", "/distributable")) {
            HttpUser user = new HttpUser();
            user.does(two.a(), app, "set:x=1");
            assertThat(user.asks(two.b(), app, "get:x")).isEqualTo("1");
        }
    }
}
