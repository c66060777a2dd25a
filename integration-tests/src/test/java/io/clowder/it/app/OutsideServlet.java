/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Uses sessions where no request does. {@code keep=NAME} keeps the request's session, or its {@code HttpSession.Accessor} where
 * Tomcat has it; {@code use=NAME&do=set:n=1} uses it on a thread of its own, without a session of the request, and answers when
 * that is done, with {@code invalid} if the session is. {@code ws} is a WebSocket whose messages are such steps.
 */
public class OutsideServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient ConcurrentHashMap<String, Consumer<Consumer<HttpSession>>> kept = new ConcurrentHashMap<>();

    @Override
    public void init() throws ServletException {
        ServerContainer container =
                (ServerContainer) getServletContext().getAttribute("jakarta.websocket.server.ServerContainer");
        try {
            container.addEndpoint(ServerEndpointConfig.Builder.create(Socket.class, "/ws")
                    .configurator(new WithSession())
                    .build());
        } catch (DeploymentException e) {
            throw new ServletException(e);
        }
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String keep = request.getParameter("keep");
        String accessor = request.getParameter("accessor");
        if (keep != null) {
            HttpSession session = request.getSession();
            kept.put(keep, use -> use.accept(session));
        } else if (accessor != null) {
            kept.put(accessor, accessor(request.getSession()));
        } else {
            Consumer<Consumer<HttpSession>> way = kept.get(request.getParameter("use"));
            String step = request.getParameter("do");
            response.getWriter()
                    .print(CompletableFuture.supplyAsync(() -> used(way, session -> taken(step, session)))
                            .exceptionally(OutsideServlet::refused)
                            .join());
        }
    }

    private static String refused(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause.getClass() == IllegalStateException.class && cause.getCause() == null) {
                return "invalid";
            }
        }
        throw new CompletionException(failure);
    }

    private static String used(Consumer<Consumer<HttpSession>> way, Function<HttpSession, String> use) {
        List<String> answer = new ArrayList<>();
        way.accept(session -> answer.add(use.apply(session)));
        return answer.get(0);
    }

    /** Servlet 6.1 has it; this is compiled for 6.0. */
    private static Consumer<Consumer<HttpSession>> accessor(HttpSession session) {
        try {
            Object accessor = HttpSession.class.getMethod("getAccessor").invoke(session);
            return use -> {
                try {
                    Class.forName("jakarta.servlet.http.HttpSession$Accessor")
                            .getMethod("access", Consumer.class)
                            .invoke(accessor, use);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(e);
                }
            };
        } catch (ReflectiveOperationException e) {
            return use -> use.accept(session); // Servlet 6.0: who keeps a session uses it as it is
        }
    }

    private static String taken(String step, HttpSession session) {
        String[] parts = step.split("[:=]");
        return switch (parts[0]) {
            case "hello" -> "hello"; // without the session
            case "set" -> {
                session.setAttribute(parts[1], parts[2]);
                yield "set";
            }
            case "get" -> String.valueOf(session.getAttribute(parts[1]));
            default ->
                InPlace.taken(parts[0], parts[1], parts.length > 2 ? parts[2] : "", session)
                        .toString();
        };
    }

    /** Gives the endpoint the session of the handshake. */
    public static class WithSession extends ServerEndpointConfig.Configurator {
        @Override
        public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
            config.getUserProperties().put("http", request.getHttpSession());
        }
    }

    /** Answers each message with what the step gave. */
    public static class Socket extends Endpoint {
        @Override
        public void onOpen(Session session, EndpointConfig config) {
            HttpSession http = (HttpSession) config.getUserProperties().get("http");
            session.addMessageHandler(String.class, (MessageHandler.Whole<String>) step -> {
                try {
                    session.getBasicRemote().sendText(taken(step, http));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }
}
