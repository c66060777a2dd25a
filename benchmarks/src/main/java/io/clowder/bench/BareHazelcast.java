/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import io.clowder.farm.Built;
import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.util.List;

/**
 * The floor: no sessions, but one bare operation of Hazelcast for each request, on a map of the member that Clowder's
 * ServerListener starts.
 *
 * @param port the first of those that the members try
 */
record BareHazelcast(int port) implements Contender {
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
                + "sticky read nothing; members, map and JVM options as Clowder's";
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Span span() {
        return new Span(port, Clowder.PORTS);
    }

    @Override
    public void layOut(TomcatLayout.Builder builder, int node) {
        builder.libs(Built.distributionLib()).server(Clowder.listener(port)).jvmOptions(Clowder.OPTIONS);
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
            for (String part : PARTS) {
                Stand.copy(part, node.base().resolve("lib"));
            }
        }
        return List.of();
    }
}
