/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import io.clowder.farm.Built;
import io.clowder.farm.TomcatLayout;

/**
 * Ours, as the README says to install it.
 *
 * @param port the first of those that the members try
 */
record Clowder(int port) implements Contender {
    /** What Hazelcast asks for: conf-examples/setenv. */
    static final String[] OPTIONS = {
        "--add-modules=java.se",
        "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        "--add-opens=java.management/sun.management=ALL-UNNAMED",
        "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED"
    };

    /** How many ports a member tries. */
    static final int PORTS = 20;

    @Override
    public String key() {
        return "clowder";
    }

    @Override
    public String title() {
        return "**Clowder**";
    }

    @Override
    public String about() {
        return "embedded members, synchronous, one backup, setenv.sh of conf-examples; sticky and `affinity=\"roaming\"`, "
                + "`maxLocalSessions=\"-1\"` (no other contender evicts either), else as it comes";
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
        return new Span(port, PORTS);
    }

    @Override
    public void layOut(TomcatLayout.Builder builder, int node) {
        builder.libs(Built.distributionLib()).server(listener(port)).jvmOptions(OPTIONS);
    }

    /** Puts a Tomcat into a cluster of its own: other Tomcats of this machine are none of our business. */
    static String listener(int port) {
        return "<Listener className=\"io.clowder.tomcat.ServerListener\" clusterName=\"benchmark-" + port + "-"
                + ProcessHandle.current().pid() + "\" port=\"" + port + "\"/>";
    }

    @Override
    public String manager(String app) {
        return "<Manager className=\"io.clowder.tomcat.ClowderManager\" affinity=\"" + app
                + "\" maxLocalSessions=\"-1\"/>";
    }
}
