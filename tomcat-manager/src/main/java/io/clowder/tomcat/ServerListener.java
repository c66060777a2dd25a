/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.hazelcast.ClusterMember;
import io.clowder.hazelcast.ClusterSettings;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleListener;
import org.apache.catalina.Server;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the one cluster member of a Tomcat: starts it when the first web application needs it, stops it when all contexts have
 * stopped. A manager adds the listener by itself; an operator who wants the member started before the contexts names it in
 * {@code server.xml}, and then gives the cluster settings here or on every Manager alike. Thread-safe.
 */
public final class ServerListener implements LifecycleListener {

    private final ClusterAttributes attributes = new ClusterAttributes();

    private boolean configured;
    private @Nullable ClusterSettings settings;
    private @Nullable ClusterMember member;

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

    /** Where Tomcat brings attributes that this class does not have. */
    public boolean setProperty(String name, String value) {
        attributes.wrong(name, value, "there is no such attribute; allowed are " + ClusterAttributes.NAMES);
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

    @Override
    public void lifecycleEvent(LifecycleEvent event) {
        if (event.getType().equals(Lifecycle.BEFORE_START_EVENT)) {
            startConfigured((Server) event.getLifecycle());
        } else if (event.getType().equals(Lifecycle.AFTER_STOP_EVENT)) {
            stop();
        }
    }

    private synchronized void startConfigured(Server server) {
        attributes.checkNoneWrong("ServerListener");
        configured = true;
        ClusterSettings said = attributes.settings(server);
        settings = said != null ? said : ClusterSettings.defaults();
        member = ClusterMember.start(settings);
    }

    /**
     * The member of this Tomcat, started if need be.
     *
     * @param wanted null when the manager says nothing about the cluster
     * @throws IllegalArgumentException if another web application, or this listener, has other settings
     */
    synchronized ClusterMember member(@Nullable ClusterSettings wanted) {
        ClusterMember running = member;
        if (running == null) {
            settings = wanted != null ? wanted : ClusterSettings.defaults();
            running = ClusterMember.start(settings);
            member = running;
        } else if (wanted != null
                ? !wanted.equals(settings)
                : !configured && !ClusterSettings.defaults().equals(settings)) {
            throw new IllegalArgumentException(
                    "All web applications of a Tomcat share one cluster member. This one asks for "
                            + (wanted != null ? wanted : ClusterSettings.defaults()) + ", but the member runs with "
                            + settings
                            + "; give every Manager the same settings, or name them once in a ServerListener in server.xml");
        }
        return running;
    }

    /** The member of this Tomcat; null when it has not been started. */
    synchronized @Nullable ClusterMember running() {
        return member;
    }

    private synchronized void stop() {
        ClusterMember running = member;
        member = null;
        if (running != null) {
            running.close();
        }
    }
}
