/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos.app;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/**
 * Takes the steps of a request: each parameter {@code s} is one, {@code action:name=value}, and gives one line of the
 * answer. All steps are done before the first byte leaves. Without a session, and a step that creates one, it does
 * nothing.
 */
public final class ChaosServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private static final int MORE_THAN_ANY_BUFFER = 100_000;
    private static final int AFTER_THE_FLUSH_MILLIS = 30;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String[] steps = request.getParameterValues("s");
        HttpSession session = request.getSession(false);
        response.setHeader("X-Found", Boolean.toString(session != null));
        response.setContentType("text/plain;charset=UTF-8");
        if (session == null && steps[0].startsWith("create:")) {
            session = request.getSession();
        }
        StringBuilder lines = new StringBuilder();
        if (session != null) {
            for (String step : steps) {
                lines.append(taken(step, session, request)).append('\n');
            }
        }
        String shape = request.getParameter("shape");
        if (shape.equals("REDIRECT")) {
            response.sendRedirect(request.getContextPath() + "/");
            return;
        }
        PrintWriter out = response.getWriter();
        out.print(lines);
        if (shape.equals("FLUSHED")) {
            response.flushBuffer();
            sleep(AFTER_THE_FLUSH_MILLIS);
            out.print("more");
        } else if (shape.equals("LARGE")) {
            out.print("x".repeat(MORE_THAN_ANY_BUFFER));
        }
    }

    private static @Nullable String taken(String step, HttpSession session, HttpServletRequest request) {
        String[] parts = step.split("[:=]", 3);
        String name = parts[1];
        switch (parts[0]) {
            case "get" -> {
                return shown(session.getAttribute(name));
            }
            case "set" -> session.setAttribute(name, Letter.of(parts[2]));
            case "remove" -> session.removeAttribute(name);
            case "add" -> ((Basket) session.getAttribute(name)).add(parts[2]);
            case "pause" -> sleep(Long.parseLong(parts[2]));
            case "create" -> {
                session.setAttribute("l0", new Basket());
                session.setAttribute("l1", new Basket());
            }
            case "rename" -> request.changeSessionId();
            case "login" -> login(request);
            case "idle" -> session.setMaxInactiveInterval(Integer.parseInt(parts[2]));
            case "end" -> session.invalidate();
            default -> throw new IllegalArgumentException(step);
        }
        return parts[0];
    }

    private static void login(HttpServletRequest request) {
        try {
            if (request.getUserPrincipal() == null) {
                request.login("tom", "cat");
            }
        } catch (ServletException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String shown(@Nullable Object value) {
        if (value == null) {
            return "-";
        }
        return value instanceof Basket basket
                ? "[" + String.join(",", basket.items()) + "]"
                : Letter.read((String) value);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
