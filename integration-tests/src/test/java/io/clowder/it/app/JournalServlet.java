/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Uses the session as each parameter {@code q} says, {@code verb:name=value}, one line of the answer for each; the first line
 * names the values that travel, if the request found a session. {@code take} hands out the {@link Journal}, {@code end} ends a
 * session that is there.
 */
public class JournalServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain;charset=UTF-8");
        if (request.getParameter("take") != null) {
            response.getWriter().print(String.join("\n", Journal.take()));
            return;
        }
        if (request.getParameter("end") != null) {
            HttpSession session = request.getSession(false);
            if (session != null) {
                Journal.attempt(() -> {
                    session.invalidate(); // of two that do so at once, one may be told that it was late
                    return "";
                });
            }
            return;
        }
        List<String> lines = new ArrayList<>();
        lines.add("found " + migrants(request.getSession(false)));
        String[] steps = request.getParameterValues("q");
        for (String step : steps == null ? new String[0] : steps) {
            lines.add(step + " -> " + Journal.attempt(() -> taken(step, request)));
        }
        response.getWriter().print(String.join("\n", lines));
    }

    private static List<String> migrants(HttpSession session) {
        if (session == null) {
            return List.of("nothing");
        }
        return Collections.list(session.getAttributeNames()).stream()
                .sorted()
                .map(session::getAttribute)
                .filter(Journal.Migrant.class::isInstance)
                .map(one -> one + (((Journal.Migrant) one).isOpen() ? "" : " not open"))
                .toList();
    }

    private static Object taken(String step, HttpServletRequest request) throws Exception {
        String[] parts = step.split("[:=]", 4);
        String name = parts.length > 1 ? parts[1] : "";
        String value = parts.length > 2 ? parts[2] : "";
        String mood = parts.length > 3 ? parts[3] : "";
        switch (parts[0]) {
            case "create" -> {
                Journal.AT_CREATION.set(name);
                try {
                    return request.getSession().isNew();
                } finally {
                    Journal.AT_CREATION.remove();
                }
            }
            case "login" -> request.login(name, value);
            case "logout" -> request.logout();
            case "user" -> {
                return request.getRemoteUser() + " by " + request.getAuthType();
            }
            case "change" -> {
                return !request.changeSessionId().equals(request.getRequestedSessionId());
            }
            default -> {
                return withSession(parts[0], name, value, mood, request.getSession());
            }
        }
        return "done";
    }

    private static Object withSession(String verb, String name, String value, String mood, HttpSession session) {
        switch (verb) {
            case "set" -> session.setAttribute(name, new StringBuilder(value).toString());
            case "bind" -> session.setAttribute(name, new Journal.Bound(value, mood));
            case "migrate" -> session.setAttribute(name, new Journal.Migrant(value, mood));
            case "same" -> {
                session.setAttribute(name, session.getAttribute(name));
                return session.getAttribute(name);
            }
            case "share" -> {
                Object one = session.getAttribute(name);
                session.setAttribute(value, one instanceof Journal.Migrant || one == null ? "nothing" : one);
            }
            case "null" -> session.setAttribute(name, null);
            case "remove" -> session.removeAttribute(name);
            case "interval" -> session.setMaxInactiveInterval(Integer.parseInt(name));
            case "end" -> session.invalidate();
            case "get" -> {
                return session.getAttribute(name);
            }
            case "new" -> {
                return session.isNew() + " " + session.getMaxInactiveInterval();
            }
            case "names" -> {
                return SemanticsServlet.names(session);
            }
            default -> throw new IllegalArgumentException(verb);
        }
        return "done";
    }
}
