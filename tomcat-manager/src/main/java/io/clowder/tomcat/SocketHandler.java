/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.WebConnection;
import jakarta.websocket.Extension;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.websocket.Transformation;
import org.apache.tomcat.websocket.server.WsHandshakeRequest;
import org.apache.tomcat.websocket.server.WsHttpUpgradeHandler;
import org.apache.tomcat.websocket.server.WsServerContainer;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's end of a WebSocket, which tells {@link Sockets} when it is opened, used and closed. Public because Tomcat makes it,
 * by this constructor; nobody else should.
 */
public final class SocketHandler extends WsHttpUpgradeHandler {

    private final AtomicReference<Sockets.@Nullable Origin> origin = new AtomicReference<>();
    private @Nullable Sockets sockets;

    /** The session of the handshake; forgotten when the socket is open, so that its copy can be evicted. */
    private @Nullable ClowderSession session;

    private boolean loggedIn;

    /** For Tomcat. */
    public SocketHandler() {}

    /** Upgrades the request; Tomcat goes on with the handler. */
    static SocketHandler upgraded(HttpServletRequest request, Sockets sockets, ClowderSession session)
            throws IOException, ServletException {
        SocketHandler handler = request.upgrade(SocketHandler.class);
        handler.sockets = sockets;
        handler.session = session;
        return handler;
    }

    /** As Tomcat's. The handshake has the user as the application's own filters see it, Spring Security's for instance. */
    @Override
    public void preInit(
            ServerEndpointConfig config,
            WsServerContainer container,
            WsHandshakeRequest handshake,
            List<Extension> extensions,
            String subProtocol,
            Transformation transformation,
            Map<String, String> pathParameters,
            boolean secure) {
        super.preInit(config, container, handshake, extensions, subProtocol, transformation, pathParameters, secure);
        loggedIn = handshake.getUserPrincipal() != null && handshake.getHttpSession() != null;
    }

    @Override
    public void init(WebConnection connection) {
        Sockets known = sockets;
        ClowderSession opener = session;
        session = null;
        if (known == null || opener == null || !known.follows(loggedIn)) {
            super.init(connection);
            return;
        }
        Sockets.Origin opened = known.opening(opener, loggedIn);
        origin.set(opened);
        super.init(connection); // when it fails, Tomcat destroys this handler
        known.opened(opened, opener, loggedIn);
    }

    /** Whatever arrives is traffic: a message, a part of one, a ping, the answer to one of ours. */
    @Override
    public SocketState upgradeDispatch(SocketEvent status) {
        Sockets.Origin known = origin.get();
        if (known != null && sockets != null && status == SocketEvent.OPEN_READ) {
            sockets.used(known);
        }
        return super.upgradeDispatch(status);
    }

    /** Tomcat calls it once or twice, when the connection is closed for whatever reason. */
    @Override
    public void destroy() {
        super.destroy();
        Sockets.Origin known = origin.getAndSet(null);
        if (known != null && sockets != null) {
            sockets.closed(known);
        }
    }
}
