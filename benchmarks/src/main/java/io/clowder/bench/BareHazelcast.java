/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clowder.farm.Built;
import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/**
 * The floor: no sessions, but one bare operation of Hazelcast for each request, on a map of the member that Clowder's
 * ServerListener starts.
 *
 * @param port the first of those that the members try
 */
record BareHazelcast(int port) implements Contender {
    private static final String CONFIG = "conf/floor.xml";

    /** As Clowder sets up members; what is left out, its ServerListener fills in. The map has no near cache. */
    private static final String XML = """
            <hazelcast xmlns="http://www.hazelcast.com/schema/config">
              <cluster-name>floor-%d-%d</cluster-name>
              <network>
                <port auto-increment="true" port-count="20">%d</port>
                <join>
                  <auto-detection enabled="false"/>
                  <multicast enabled="false"/>
                  <tcp-ip enabled="true" connection-timeout-seconds="1"><member>127.0.0.1</member></tcp-ip>
                </join>
                <interfaces enabled="true"><interface>127.0.0.1</interface></interfaces>
              </network>
              <map name="floor">
                <in-memory-format>OBJECT</in-memory-format>
                <backup-count>1</backup-count>
                <statistics-enabled>false</statistics-enabled>
              </map>
              <jet enabled="false"/>
              <metrics enabled="false"/>
            </hazelcast>
            """;

    private static final List<String> PARTS = List.of("io/clowder/bench/floor", "META-INF/services");

    @Override
    public String key() {
        return "floor";
    }

    @Override
    public String title() {
        return "bare Hazelcast (the floor)";
    }

    @Override
    public String about() {
        return "no session; a write is one entry processor with a synchronous backup, a roaming read one that only reads, a "
                + "sticky read nothing; members and JVM options as Clowder's, the map without a near cache";
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public boolean hasMembers() {
        return true;
    }

    @Override
    public Span span() {
        return new Span(port, Clowder.PORTS);
    }

    @Override
    public void layOut(TomcatLayout.Builder builder, int node) {
        builder.libs(Built.distributionLib())
                .server("<Listener className=\"io.clowder.tomcat.ServerListener\" config=\"" + CONFIG + "\"/>")
                .jvmOptions(Clowder.OPTIONS);
    }

    @Override
    public String manager(String app) {
        return new PlainTomcat().manager(app);
    }

    @Override
    public String servlet() {
        return "io.clowder.bench.app.FloorServlet";
    }

    /** Tomcat's common class loader reads folders in lib/ as it reads jars. */
    @Override
    public List<Process> prepare(List<TomcatNode> nodes) throws IOException {
        for (TomcatNode node : nodes) {
            String xml = XML.formatted(port, ProcessHandle.current().pid(), port);
            Files.writeString(node.base().resolve(CONFIG), xml, UTF_8);
            for (String part : PARTS) {
                Stand.copy(part, node.base().resolve("lib"));
            }
        }
        return List.of();
    }
}
