/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpUpgradeHandler;
import java.io.IOException;
import org.apache.catalina.connector.Request;

/** A request that may become a WebSocket, which {@link Sockets} hears of then. Does not need Tomcat's WebSocket jar. */
final class SocketRequest extends HttpServletRequestWrapper {

    /** What Tomcat upgrades to a WebSocket with. */
    private static final String HANDLER = "org.apache.tomcat.websocket.server.WsHttpUpgradeHandler";

    private final Request tomcat;
    private final Sockets sockets;

    private SocketRequest(HttpServletRequest request, Request tomcat, Sockets sockets) {
        super(request);
        this.tomcat = tomcat;
        this.sockets = sockets;
    }

    /** From now on the application has the wrapped request, if this one asks for an upgrade; all others stay as they are. */
    static void watch(Request request, Sockets sockets) {
        if (request.getHeader("Upgrade") != null) {
            HttpServletRequest present = request.getRequest();
            if (!(present instanceof SocketRequest)) {
                request.setRequest(new SocketRequest(present, request, sockets));
            }
        }
    }

    @Override
    public <T extends HttpUpgradeHandler> T upgrade(Class<T> type) throws IOException, ServletException {
        return isTomcats(type) && tomcat.getSessionInternal(false) instanceof ClowderSession session
                ? type.cast(SocketHandler.upgraded((HttpServletRequest) getRequest(), sockets, session))
                : super.upgrade(type);
    }

    /** Whether it is the handler that ours extends: an application can bring a WebSocket jar of its own. */
    private static boolean isTomcats(Class<?> type) {
        try {
            return type.getName().equals(HANDLER)
                    && type == Class.forName(HANDLER, false, SocketRequest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
