/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** CL-4: Tomcats whose Hazelcast member is started and ended by a class of somebody else in their lib. */
class CL4InstanceNameIT {
    private static final String APP = "/probe";
    private static final int PORT = 7945;
    private static final String LISTENER = """
            package theirs;

            import com.hazelcast.config.Config;
            import com.hazelcast.core.Hazelcast;
            import com.hazelcast.core.HazelcastInstance;
            import org.apache.catalina.Lifecycle;
            import org.apache.catalina.LifecycleEvent;
            import org.apache.catalina.LifecycleListener;

            public class Member implements LifecycleListener {
                private HazelcastInstance instance;

                public void lifecycleEvent(LifecycleEvent event) {
                    if (event.getType().equals(Lifecycle.BEFORE_START_EVENT)) {
                        Config config = new Config().setInstanceName("theirs").setClusterName("%s");
                        config.getNetworkConfig().setPort(%d).getInterfaces().setEnabled(true).addInterface("127.0.0.1");
                        config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
                        config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true)
                                .addMember("127.0.0.1:%d").addMember("127.0.0.1:%d");
                        instance = Hazelcast.newHazelcastInstance(io.clowder.hazelcast.ClusterMember.prepare(config));
                    } else if (event.getType().equals(Lifecycle.AFTER_DESTROY_EVENT)) {
                        System.out.println("theirs runs: " + instance.getLifecycleService().isRunning());
                        instance.shutdown();
                    }
                }
            }
            """;

    @Test
    void theirMembersKeepTheSessionsAndOutliveTheApplications() throws IOException {
        try (Nodes nodes = new Nodes("theirs", cluster -> "instanceName=\"theirs\"")) {
            Path jar = jar(nodes);
            TomcatNode a = started(nodes, "a", jar);
            TomcatNode b = started(nodes, "b", jar);
            assertThat(a.awaitLog("Sessions of /probe", Duration.ZERO))
                    .contains("cluster '" + nodes.cluster() + "', member 127.0.0.1:" + PORT);
            assertThat(Nodes.bean(b, "Catalina:type=Clowder", "members").lines())
                    .hasSize(2);
            HttpUser user = new HttpUser();
            for (int i = 1; i <= 10; i++) {
                assertThat(user.asks(i % 2 == 0 ? a : b, APP, "inc:n")).isEqualTo("" + i);
            }
            int logged = a.log().length();
            assertThat(a.stop(Duration.ofSeconds(20))).isLessThan(Duration.ofSeconds(20));
            String said = a.log().substring(logged);
            assertThat(said).contains("theirs runs: true");
            assertThat(List.of("SEVERE", "DEGRADED", "leak"))
                    .allSatisfy(word -> assertThat(Nodes.linesWith(said, word)).isEmpty());
            assertThat(user.asks(b, APP, "inc:n")).isEqualTo("11");
        }
    }

    private static TomcatNode started(Nodes nodes, String name, Path jar) {
        TomcatNode node = nodes.start(
                name,
                builder -> builder.lib(jar).server("<Listener className=\"theirs.Member\"/>"),
                WebApp.probe("probe"));
        return node.awaitReady(APP + "/do?q=hello", Nodes.START);
    }

    private static Path jar(Nodes nodes) throws IOException {
        Path folder = Files.createDirectories(nodes.folder().resolve("theirs"));
        Path source = folder.resolve("Member.java");
        Files.writeString(source, LISTENER.formatted(nodes.cluster(), PORT, PORT, PORT + 1));
        String lib = Stream.of(
                        Path.of(System.getProperty("clowder.lib")),
                        Nodes.tomcat().home().resolve("lib"))
                .flatMap(CL4InstanceNameIT::jars)
                .collect(Collectors.joining(System.getProperty("path.separator")));
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-d", folder.toString(), "-cp", lib, source.toString());
        assertThat(failed).isZero();
        Path jar = folder.resolve("theirs.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out)) {
            entries.putNextEntry(new JarEntry("theirs/Member.class"));
            Files.copy(folder.resolve("theirs/Member.class"), entries);
        }
        return jar;
    }

    private static Stream<String> jars(Path folder) {
        return Stream.of(Objects.requireNonNull(folder.toFile().list((dir, name) -> name.endsWith(".jar"))))
                .map(name -> folder.resolve(name).toString());
    }
}
