/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import org.apache.catalina.Container;
import org.apache.catalina.valves.HealthCheckValve;

/**
 * Tells a load balancer or orchestrator whether this Tomcat is to get requests: Tomcat's {@link HealthCheckValve}, whose
 * {@code path} is {@code /ready} by default, and which answers 503 also while the node is {@link NodeState#STARTING} or {@link
 * NodeState#DEGRADED}, and from the first moment of its stop on. A client of a dedicated cluster is ready while that is away, as
 * all its other clients lack it, too. {@code <Valve className="io.clowder.tomcat.ReadinessValve"/>} in the Engine or a
 * Host.
 */
public final class ReadinessValve extends HealthCheckValve {

    private boolean containers = true;

    /** A valve with the defaults. */
    public ReadinessValve() {
        setPath("/ready");
    }

    @Override
    public boolean getCheckContainersAvailable() {
        return containers;
    }

    /** Whether the web applications must be available, too; true by default, as Tomcat's. */
    @Override
    public void setCheckContainersAvailable(boolean checkContainersAvailable) {
        containers = checkContainersAvailable; // to Tomcat's own valve false means that nothing is checked
    }

    @Override
    protected boolean isAvailable(Container container) {
        return (container != getContainer() || isNodeReady()) && (!containers || super.isAvailable(container));
    }

    private boolean isNodeReady() {
        return ServerListener.of(getContainer()).isReady();
    }
}
