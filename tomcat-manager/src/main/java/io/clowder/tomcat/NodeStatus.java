/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.hazelcast.ClusterNode;
import java.util.List;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.apache.catalina.Server;
import org.apache.catalina.util.LifecycleMBeanBase;
import org.apache.tomcat.util.modeler.Registry;
import org.jspecify.annotations.Nullable;

/** The MBean {@code Catalina:type=Clowder}: what a Tomcat has to do with its cluster now. Thread-safe. */
public final class NodeStatus {

    private final ServerListener node;

    private NodeStatus(ServerListener node) {
        this.node = node;
    }

    /** Registers the one of this server, in place of an earlier one. */
    static void register(Server server, ServerListener node) {
        try {
            Registry.getRegistry(null, null).registerComponent(new NodeStatus(node), name(server), null);
        } catch (Exception e) { // as Tomcat declares it; without JMX the node works as well
            System.getLogger(NodeStatus.class.getName())
                    .log(System.Logger.Level.WARNING, "The MBean of type Clowder cannot be registered", e);
        }
    }

    static void unregister(Server server) {
        Registry.getRegistry(null, null).unregisterComponent(name(server));
    }

    private static ObjectName name(Server server) {
        String domain = server instanceof LifecycleMBeanBase bean ? bean.getDomain() : "Catalina";
        try {
            return new ObjectName(domain, "type", "Clowder");
        } catch (MalformedObjectNameException e) {
            throw new IllegalStateException(e); // Tomcat has registered others in this domain
        }
    }

    /** See {@link NodeState}. */
    public String getState() {
        return node.state().name();
    }

    /** Why the state is {@code DEGRADED}; null when it is not. */
    public @Nullable String getReason() {
        return node.trouble();
    }

    /** How many calls of requests were refused because too many waited for a member that does not answer; each a 503. */
    public long getRefused() {
        ClusterNode running = node.running();
        return running == null ? 0 : running.refused();
    }

    /** The name of the cluster. */
    public String getClusterName() {
        ClusterNode running = node.running();
        return running == null ? "" : running.clusterName();
    }

    /** "host:port" of the members of the cluster that this node sees, its own first if it is one. */
    public String[] getMembers() {
        ClusterNode running = node.running();
        return (running == null ? List.<String>of() : running.addresses()).toArray(String[]::new);
    }
}
