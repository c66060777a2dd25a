/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Does what the test tells it, step by step: each parameter {@code q} is one step, {@code verb} or {@code verb:argument},
 * and gives one line of the answer. Only the steps that say so touch the session.
 */
public class ProbeServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private static final int PATIENCE_SECONDS = 20;

    private final transient ConcurrentHashMap<String, CountDownLatch> arrivals = new ConcurrentHashMap<>();
    private final transient ConcurrentHashMap<String, CountDownLatch> gates = new ConcurrentHashMap<>();

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        response.setContentType("text/plain;charset=UTF-8");
        String[] steps = request.getParameterValues("q");
        List<String> lines = new ArrayList<>();
        for (String step : steps == null ? new String[0] : steps) {
            int colon = step.indexOf(':');
            String verb = colon < 0 ? step : step.substring(0, colon);
            String argument = colon < 0 ? "" : step.substring(colon + 1);
            if (verb.equals("error")) {
                response.sendError(500, argument);
                return;
            }
            if (verb.equals("redirect")) {
                response.sendRedirect(argument);
                return;
            }
            lines.add(String.valueOf(taken(verb, argument, request, response)));
        }
        response.getWriter().print(String.join("\n", lines));
    }

    private Object taken(String verb, String argument, HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        return switch (verb) {
            // Without the session.
            case "hello" -> "hello";
            case "park" -> park(argument);
            case "parked" -> await(arrivals, argument);
            case "open" -> {
                latch(gates, argument).countDown();
                yield "open";
            }
            case "sleep" -> {
                sleep(Long.parseLong(argument));
                yield "slept";
            }
            case "user" -> request.getRemoteUser() + " by " + request.getAuthType();
            case "logout" -> {
                request.logout();
                yield "logged out";
            }
            case "role" -> request.isUserInRole(argument);
            case "url" -> response.encodeURL(argument);
            case "flush" -> {
                response.flushBuffer();
                yield "flushed";
            }
            // With a session that must be there already.
            case "found" -> {
                HttpSession found = request.getSession(false);
                yield found == null ? "none" : SemanticsServlet.names(found);
            }
            default -> withSession(verb, argument, request, request.getSession());
        };
    }

    private static Object withSession(String verb, String argument, HttpServletRequest request, HttpSession session) {
        int equals = argument.indexOf('=');
        String name = equals < 0 ? argument : argument.substring(0, equals);
        String value = equals < 0 ? "" : argument.substring(equals + 1);
        return switch (verb) {
            case "get" -> session.getAttribute(name);
            case "set" -> stored(session, name, value);
            case "int" -> stored(session, name, Integer.valueOf(value));
            case "object" -> stored(session, name, new Object());
            case "holder" -> stored(session, name, new Holder());
            case "null" -> stored(session, name, null);
            case "type" -> {
                Object found = session.getAttribute(name);
                yield found == null ? "null" : found.getClass().getName();
            }
            case "new" -> stored(session, name, instance(value));
            case "loaded" -> {
                Object found = session.getAttribute(name);
                yield found.getClass().getClassLoader()
                        == Thread.currentThread().getContextClassLoader();
            }
            case "inc" -> {
                Integer old = (Integer) session.getAttribute(name);
                int next = old == null ? 1 : old + 1;
                session.setAttribute(name, next);
                yield next;
            }
            case "cart" -> {
                Cart cart = (Cart) session.getAttribute(name);
                cart = cart == null ? new Cart() : cart;
                cart.add(value);
                session.setAttribute(name, cart);
                yield cart;
            }
            case "fill" -> fill(session, name, value);
            case "names" -> SemanticsServlet.names(session);
            case "remove" -> {
                session.removeAttribute(name);
                yield "removed";
            }
            case "end" -> {
                session.invalidate();
                yield "ended";
            }
            case "change" -> request.changeSessionId();
            case "id" -> session.getId();
            case "isNew" -> session.isNew();
            case "created" -> session.getCreationTime();
            case "accessed" -> session.getLastAccessedTime();
            case "interval" -> {
                if (!name.isEmpty()) {
                    session.setMaxInactiveInterval(Integer.parseInt(name));
                }
                yield session.getMaxInactiveInterval();
            }
            default -> InPlace.taken(verb, name, value, session);
        };
    }

    /** {@code fill:p=100x1024}: p0 to p99, each 1024 letters. */
    private static String fill(HttpSession session, String prefix, String how) {
        String[] numbers = how.split("x");
        for (int i = 0; i < Integer.parseInt(numbers[0]); i++) {
            session.setAttribute(prefix + i, "x".repeat(Integer.parseInt(numbers[1])));
        }
        return "filled";
    }

    private static Object stored(HttpSession session, String name, Object value) {
        try {
            session.setAttribute(name, value);
            return "ok";
        } catch (IllegalArgumentException e) {
            return "refused " + e.getMessage();
        }
    }

    private static Object instance(String type) {
        try {
            return Class.forName(type, true, Thread.currentThread().getContextClassLoader())
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private String park(String name) {
        latch(arrivals, name).countDown();
        return await(gates, name);
    }

    private static String await(ConcurrentHashMap<String, CountDownLatch> latches, String name) {
        try {
            return latch(latches, name).await(PATIENCE_SECONDS, TimeUnit.SECONDS) ? "through" : "timeout";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private static CountDownLatch latch(ConcurrentHashMap<String, CountDownLatch> latches, String name) {
        return latches.computeIfAbsent(name, any -> new CountDownLatch(1));
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
