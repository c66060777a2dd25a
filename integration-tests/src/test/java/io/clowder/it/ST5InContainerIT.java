/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.Ports;
import io.clowder.farm.TomcatNode;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** ST-5 in a Tomcat that Arquillian starts, stops and deploys to, with the sample beside the probe. */
@ExtendWith({ST5InContainerIT.LaidOut.class, ArquillianExtension.class})
class ST5InContainerIT {
    private static TomcatNode node;

    /** Lays Tomcat out, before Arquillian starts it. */
    static final class LaidOut implements BeforeAllCallback {
        @Override
        @SuppressWarnings("resource") // Nothing of ours runs in this cluster.
        public void beforeAll(ExtensionContext context) {
            node = new Nodes("st5", 7140).laidOut("a");
            Map.of(
                            "catalinaHome", Nodes.tomcat().home().toString(),
                            "catalinaBase", node.base().toString(),
                            "bindHttpPort", Integer.toString(node.port()),
                            "jmxPort", Integer.toString(Ports.reserve()),
                            "javaVmArguments",
                                    "-Xmx192m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
                                            + " --add-opens=java.base/java.lang=ALL-UNNAMED"
                                            + " --add-opens=java.rmi/sun.rmi.transport=ALL-UNNAMED"
                                            + " -Dcom.sun.management.jmxremote.host=127.0.0.1"
                                            + " -Djava.rmi.server.hostname=127.0.0.1")
                    .forEach((name, value) -> System.setProperty("arq.container.tomcat.configuration." + name, value));
        }
    }

    @Deployment(name = "probe", testable = false)
    static WebArchive probe() {
        return archive(WebApp.probe("probe"));
    }

    @Deployment(name = "standard", testable = false)
    static WebArchive standard() {
        return archive(WebApp.probe("standard")
                .contextXml("<Manager className=\"org.apache.catalina.session.StandardManager\"/>"));
    }

    @Deployment(name = "sample", testable = false)
    static WebArchive sample() {
        return ShrinkWrap.createFromZipFile(WebArchive.class, new File(System.getProperty("clowder.sample")));
    }

    private static WebArchive archive(WebApp app) {
        Path war = app.war(node.base().resolve("wars"));
        return ShrinkWrap.createFromZipFile(WebArchive.class, war.toFile());
    }

    @Test
    void theDifferenceToStandardManagerIsEmpty() {
        List<String> standard = ST5SemanticsIT.lines(node, "/standard");
        assertThat(standard).hasSizeGreaterThan(150);
        assertThat(ST5SemanticsIT.lines(node, "/probe")).containsExactlyElementsOf(standard);
        assertThat(Nodes.bean(node, "Catalina:type=Manager,host=localhost,context=/probe", "className"))
                .isEqualTo(Nodes.CLASS);
        assertThat(Nodes.bean(node, "Catalina:type=Manager,host=localhost,context=/standard", "className"))
                .isEqualTo("org.apache.catalina.session.StandardManager");
    }

    @Test
    void theSampleKeepsItsSession() {
        HttpUser user = new HttpUser();
        assertThat(user.get(node, "/sample/").status()).isEqualTo(200);
        assertThat(user.route()).isEqualTo("a");
        String id = user.sessionId();
        assertThat(user.get(node, "/sample/").status()).isEqualTo(200);
        assertThat(user.get(node, "/sample/status").body()).contains("\"node\":\"a\"", "\"visits\":2");
        assertThat(user.sessionId()).isEqualTo(id);
        assertThat(Nodes.counter(node, "/sample", "saves")).isEqualTo(2);
    }
}
