/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.Cookie;
import io.undertow.server.handlers.ResponseCodeHandler;
import io.undertow.server.handlers.proxy.LoadBalancingProxyClient;
import io.undertow.server.handlers.proxy.ProxyHandler;
import java.net.BindException;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * A load balancer in front of some nodes, as one would have it in production: sticky on the route that the session id
 * ends with (in the cookie, else in {@code ;jsessionid=}), round robin for the rest, and another node when the first
 * one is gone. It keeps no table of sessions.
 *
 * <p>A request whose connection is refused goes to the next node, whatever its method. A request that was already sent
 * is repeated only if it is idempotent.
 */
public final class FrontDoor implements AutoCloseable {
    private static final String COOKIE = "JSESSIONID";
    private static final String PARAMETER = "jsessionid";
    private static final int SECONDS_BETWEEN_PROBES = 1;

    private final Undertow server;
    private final LoadBalancingProxyClient balancer;
    private final int port;

    private FrontDoor(Undertow server, LoadBalancingProxyClient balancer, int port) {
        this.server = server;
        this.balancer = balancer;
        this.port = port;
    }

    /** Opens the door on a port of the loopback interface; 0 takes a free one. */
    public static FrontDoor open(int port, TomcatNode... nodes) throws BindException {
        return open(port, Duration.ofSeconds(30), nodes);
    }

    /** As {@link #open(int, TomcatNode...)}, with the time after which an unanswered request gets a 504. */
    public static FrontDoor open(int port, Duration requestTimeout, TomcatNode... nodes) throws BindException {
        int chosen = port == 0 ? Ports.reserve() : port;
        LoadBalancingProxyClient balancer = new StickyBalancer();
        balancer.setProblemServerRetry(SECONDS_BETWEEN_PROBES).setConnectionsPerThread(100);
        ProxyHandler proxy = ProxyHandler.builder()
                .setProxyClient(balancer)
                .setMaxConnectionRetries(nodes.length)
                .setMaxRequestTime((int) requestTimeout.toMillis())
                .setNext(ResponseCodeHandler.HANDLE_404)
                .build();
        Undertow server = Undertow.builder()
                .addHttpListener(chosen, "127.0.0.1")
                .setHandler(proxy)
                .build();
        FrontDoor door = new FrontDoor(server, balancer, chosen);
        List.of(nodes).forEach(door::admit);
        try {
            server.start();
        } catch (RuntimeException e) {
            server.stop();
            if (e.getCause() instanceof BindException busy) {
                throw busy;
            }
            throw e;
        }
        return door;
    }

    /** Lets requests through to the node. */
    public void admit(TomcatNode node) {
        balancer.addHost(node.url(), node.route());
    }

    /** Sends no more requests to the node, as one does before maintenance. */
    public void drain(TomcatNode node) {
        balancer.removeHost(node.url());
    }

    /** {@code http://localhost:<port>}, without a slash at the end. */
    public URI url() {
        return URI.create("http://localhost:" + port);
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        server.stop();
    }

    /** Undertow's balancer, which by itself looks for the route in the cookie only. */
    private static final class StickyBalancer extends LoadBalancingProxyClient {
        @Override
        protected Iterator<CharSequence> parseRoutes(HttpServerExchange exchange) {
            String id = sessionId(exchange);
            int dot = id.lastIndexOf('.');
            return dot < 0
                    ? Collections.emptyIterator()
                    : List.<CharSequence>of(id.substring(dot + 1)).iterator();
        }

        private static String sessionId(HttpServerExchange exchange) {
            for (Cookie cookie : exchange.requestCookies()) {
                if (COOKIE.equals(cookie.getName())) {
                    return cookie.getValue();
                }
            }
            Deque<String> inPath = exchange.getPathParameters().get(PARAMETER);
            return inPath == null ? "" : inPath.getLast();
        }
    }
}
