/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import io.clowder.farm.TomcatLayout;
import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A way to keep sessions: what its Tomcats are given. */
interface Contender {
    /** As on the command line. */
    String key();

    /** As in the table. */
    String title();

    /** One sentence for those who read the table: what is configured, beyond the defaults. */
    String about();

    /** Whether any node may serve any request; if not, its clients stay with their nodes in every scenario. */
    boolean isShared();

    /** Whether its nodes are members of Hazelcast. */
    default boolean hasMembers() {
        return false;
    }

    /** Why it cannot be measured on this machine; null if it can. */
    default @Nullable String missing() {
        return null;
    }

    /** The ports that its nodes talk to each other through; the nodes find free ones among them. */
    Span span();

    /** What the node of that number, counted from 0, has besides the application. */
    void layOut(TomcatLayout.Builder builder, int node);

    /** The Manager of the application that is called so, {@code sticky} or {@code roaming}; empty for Tomcat's own. */
    String manager(String app);

    /** The class of the servlet that answers. */
    default String servlet() {
        return "io.clowder.bench.app.WorkServlet";
    }

    /** What must be there before the nodes start: another server, files in the laid out bases. */
    default List<Process> prepare(List<TomcatNode> nodes) throws IOException {
        return List.of();
    }

    /** Ports one after the other. */
    record Span(int first, int count) {
        boolean has(int port) {
            return port >= first && port < first + count;
        }
    }
}
