/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.hazelcast.ClusterNode;
import io.clowder.hazelcast.ClusterSettings;
import io.clowder.hazelcast.Topology;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.Container;
import org.apache.catalina.Engine;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleListener;
import org.apache.catalina.Server;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what makes a Tomcat a node of the cluster: starts it when the first web application needs it, stops it when all contexts
 * have stopped. A manager adds the listener by itself; an operator who wants it started before the contexts names it in
 * {@code server.xml}, and then gives the cluster settings here or on every Manager alike. Thread-safe.
 */
/* Concurrency: the lock is held while a node joins or leaves, which takes seconds; who only asks reads volatile fields. */
public final class ServerListener implements LifecycleListener {

    private static final Logger log = System.getLogger(ServerListener.class.getName());

    private static final String STOP_DELAY = "stopDelay";
    private static final int MAX_STOP_DELAY = 3_600;
    private static final String STOP_DELAYS = "allowed is 0 to " + MAX_STOP_DELAY + " (seconds)";

    private final ClusterAttributes attributes = new ClusterAttributes();

    private boolean configured;
    private @Nullable ClusterSettings settings;
    private int stopDelay;
    private volatile @Nullable ClusterNode node;
    private volatile boolean stopping;

    /** See {@link ClowderManager#setTopology}. */
    public void setTopology(String topology) {
        attributes.setTopology(topology);
    }

    /** See {@link ClowderManager#setClusterName}. */
    public void setClusterName(String clusterName) {
        attributes.clusterName = clusterName;
    }

    /** See {@link ClowderManager#setMembers}. */
    public void setMembers(String members) {
        attributes.members = members;
    }

    /** See {@link ClowderManager#setInterface}. */
    public void setInterface(String networkInterface) {
        attributes.networkInterface = networkInterface;
    }

    /** See {@link ClowderManager#setPort}. */
    public void setPort(String port) {
        attributes.port = port;
    }

    /** See {@link ClowderManager#setConfig}. */
    public void setConfig(String config) {
        attributes.config = config;
    }

    /** See {@link ClowderManager#setInstanceName}. */
    public void setInstanceName(String instanceName) {
        attributes.instanceName = instanceName;
    }

    /** See {@link ClowderManager#setMinimumClusterSize}. */
    public void setMinimumClusterSize(String minimumClusterSize) {
        attributes.minimumClusterSize = minimumClusterSize;
    }

    /** See {@link ClowderManager#setFailFast}. */
    public void setFailFast(String failFast) {
        attributes.setFailFast(failFast);
    }

    /**
     * How long a Tomcat that is to stop goes on serving after {@link ReadinessValve} has begun to answer 503, in seconds: 0,
     * the default, to 3600.
     */
    public void setStopDelay(int stopDelay) {
        if (stopDelay < 0 || stopDelay > MAX_STOP_DELAY) {
            attributes.wrong(STOP_DELAY, String.valueOf(stopDelay), STOP_DELAYS);
        }
        this.stopDelay = stopDelay;
    }

    /** Where Tomcat brings attributes that this class does not have, or whose value is of another kind. */
    public boolean setProperty(String name, String value) {
        attributes.wrong(
                name,
                value,
                name.equals(STOP_DELAY)
                        ? STOP_DELAYS
                        : "there is no such attribute; allowed are " + ClusterAttributes.NAMES + ", " + STOP_DELAY);
        return true;
    }

    /** The listener of this server, added if there is none. */
    static ServerListener of(Server server) {
        // Not the server itself: who starts it holds that lock, and waits for contexts that start on other threads.
        synchronized (ServerListener.class) {
            for (LifecycleListener listener : server.findLifecycleListeners()) {
                if (listener instanceof ServerListener present) {
                    return present;
                }
            }
            ServerListener added = new ServerListener();
            server.addLifecycleListener(added);
            return added;
        }
    }

    /** The listener of the server that a container is in. */
    static ServerListener of(Container at) {
        return of(engine(at).getService().getServer());
    }

    /** The engine that a container is in, or is. */
    static Engine engine(Container at) {
        Container above = at;
        while (!(above instanceof Engine engine)) {
            above = above.getParent();
        }
        return engine;
    }

    @Override
    public void lifecycleEvent(LifecycleEvent event) {
        if (event.getType().equals(Lifecycle.BEFORE_START_EVENT)) {
            startConfigured((Server) event.getLifecycle());
        } else if (event.getType().equals(Lifecycle.BEFORE_STOP_EVENT)) {
            announceStop((Server) event.getLifecycle());
        } else if (event.getType().equals(Lifecycle.AFTER_STOP_EVENT)) {
            stop((Server) event.getLifecycle());
        }
    }

    private synchronized void startConfigured(Server server) {
        stopping = false;
        attributes.checkNoneWrong("ServerListener");
        configured = true;
        ClusterSettings said = attributes.settings(server);
        settings = said != null ? said : ClusterSettings.defaults();
        start(server, settings);
    }

    private ClusterNode start(Server server, ClusterSettings wanted) {
        ClusterNode started = ClusterNode.start(wanted);
        node = started;
        NodeStatus.register(server, this);
        return started;
    }

    /** Before the connectors are paused: who asks for readiness hears of it, and brings no more requests. */
    private void announceStop(Server server) {
        stopping = true;
        if (stopDelay == 0 || !server.getState().isAvailable()) { // its start has failed: nobody is served
            return;
        }
        log.log(Level.INFO, "Not ready any more; requests are served for another {0} s", stopDelay);
        try {
            TimeUnit.SECONDS.sleep(stopDelay);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // whoever stops the server does not want to wait
        }
    }

    /** Where the members are: as the manager says, else as this listener or another manager has said. */
    synchronized Topology topology(@Nullable ClusterSettings wanted) {
        ClusterSettings said = wanted != null ? wanted : settings;
        return said == null ? Topology.EMBEDDED : said.topology();
    }

    /**
     * The node that this Tomcat is, started if need be.
     *
     * @param server this Tomcat
     * @param wanted null when the manager says nothing about the cluster
     * @throws IllegalArgumentException if another web application, or this listener, has other settings
     */
    synchronized ClusterNode node(Server server, @Nullable ClusterSettings wanted) {
        ClusterNode running = node;
        if (running == null) {
            settings = wanted != null ? wanted : ClusterSettings.defaults();
            running = start(server, settings);
        } else if (wanted != null
                ? !wanted.equals(settings)
                : !configured && !ClusterSettings.defaults().equals(settings)) {
            throw new IllegalArgumentException("All web applications of a Tomcat share one cluster. This one asks for "
                    + (wanted != null ? wanted : ClusterSettings.defaults()) + ", but this Tomcat runs with "
                    + settings
                    + "; give every Manager the same settings, or name them once in a ServerListener in server.xml");
        }
        return running;
    }

    /** The node that this Tomcat is; null when it has not been started. */
    @Nullable
    ClusterNode running() {
        return node;
    }

    /** What this Tomcat can do with its sessions now. */
    NodeState state() {
        if (stopping) {
            return NodeState.STOPPING;
        }
        if (node == null) {
            return NodeState.STARTING;
        }
        return trouble() == null ? NodeState.CLUSTERED : NodeState.DEGRADED;
    }

    /** Whether a balancer is to send requests here: also while this node goes on alone because the whole cluster is away. */
    boolean isReady() {
        ClusterNode running = node;
        return !stopping && running != null && running.isReady();
    }

    /** Why the cluster cannot be used; null when it can, or has not been joined. */
    @Nullable
    String trouble() {
        ClusterNode running = node;
        return running == null ? null : running.trouble();
    }

    private synchronized void stop(Server server) {
        ClusterNode running = node;
        node = null;
        if (running != null) {
            NodeStatus.unregister(server);
            running.close();
        }
    }
}
