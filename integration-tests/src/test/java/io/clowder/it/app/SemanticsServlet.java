/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What {@link HttpSession} does in all the corners that a test of its contract visits, as lines without ids and times:
 * two session managers with the same behaviour give the same lines. The request parameter {@code part} says which.
 */
public class SemanticsServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    /** The objects that earlier parts put into the session, to see whether later ones get the same. */
    private final transient Map<String, Object> put = new ConcurrentSkipListMap<>();

    private static final class Lines {
        private final List<String> lines = new ArrayList<>();

        void note(String what, Callable<?> tried) {
            String result;
            try {
                result = String.valueOf(tried.call());
            } catch (Exception e) {
                result = e.getClass().getName() + ": " + e.getMessage();
            }
            lines.add(what + " -> " + result.replaceAll("[0-9A-F]{32}", "<id>"));
        }

        void note(String what, Runnable tried) {
            note(what, () -> {
                tried.run();
                return "done";
            });
        }
    }

    static String names(HttpSession session) {
        return String.join(
                ",",
                Collections.list(session.getAttributeNames()).stream().sorted().toList());
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Lines lines = new Lines();
        switch (request.getParameter("part")) {
            case "first" -> first(request, lines);
            case "second" -> second(request, lines);
            case "ids" -> ids(request, lines);
            case "end" -> end(request, response, lines);
            case "after" -> after(request, lines);
            case "short" -> lines.note("interval", () -> request.getSession().setMaxInactiveInterval(1));
            case "expired" -> expired(request, lines);
            default -> throw new IllegalArgumentException();
        }
        List<String> events = Events.take();
        if (request.getParameter("part").equals("end")) {
            // The end removes the attributes in whatever order their map has.
            Collections.sort(events);
        }
        lines.lines.add("events -> " + events);
        response.setContentType("text/plain;charset=UTF-8");
        response.getWriter().print(String.join("\n", lines.lines));
    }

    private void first(HttpServletRequest request, Lines lines) {
        Events.take();
        lines.note("no session yet", () -> request.getSession(false));
        lines.note("requested id", request::getRequestedSessionId);
        HttpSession session = request.getSession();
        lines.note("is new", session::isNew);
        lines.note("same facade", () -> request.getSession() == session);
        lines.note("same facade without creating", () -> request.getSession(false) == session);
        lines.note("names", () -> names(session));
        lines.note("absent", () -> session.getAttribute("absent"));
        lines.note("get null", () -> session.getAttribute(null));
        lines.note("set null name", () -> session.setAttribute(null, "x"));
        lines.note("set null value", () -> session.setAttribute("nothing", null));
        lines.note("remove null", () -> session.removeAttribute(null));
        lines.note("remove absent", () -> session.removeAttribute("absent"));
        lines.note("names after nulls", () -> names(session));

        Object list = new ArrayList<>(List.of("a", "b"));
        put.put("list", list);
        lines.note("set", () -> session.setAttribute("list", list));
        lines.note("get what was set", () -> session.getAttribute("list") == list);
        lines.note("get it again", () -> {
            Object first = session.getAttribute("list");
            return first == session.getAttribute("list");
        });
        lines.note("set string", () -> session.setAttribute("string", "one"));
        lines.note("replace string", () -> session.setAttribute("string", "two"));
        lines.note("get string", () -> session.getAttribute("string"));
        lines.note("set same again", () -> session.setAttribute("string", session.getAttribute("string")));
        lines.note("set empty name", () -> session.setAttribute("", "empty"));
        lines.note("get empty name", () -> session.getAttribute(""));
        lines.note("names", () -> names(session));
        lines.note("set null removes", () -> session.setAttribute("", null));
        lines.note("names", () -> names(session));
        lines.note("bound", () -> session.setAttribute("bound", new Events.Bound("first")));
        lines.note("bound replaced", () -> session.setAttribute("bound", new Events.Bound("second")));
        Object third = new Events.Bound("third");
        lines.note("bound to be removed", () -> session.setAttribute("gone", third));
        lines.note("bound set again", () -> session.setAttribute("gone", third));
        lines.note("bound removed", () -> session.removeAttribute("gone"));
        lines.note("get removed", () -> session.getAttribute("gone"));
        lines.note("set after remove", () -> session.setAttribute("gone", "back"));
        lines.note("get after remove", () -> session.getAttribute("gone"));
        lines.note("remove again", () -> session.removeAttribute("gone"));
        for (Object value : new Object[] {1, 2L, 3.5, 'c', true, (byte) 4, (short) 5, 1.5f, new Date(0), new Cart()}) {
            String name = value.getClass().getSimpleName();
            put.put(name, value);
            lines.note("set " + name, () -> session.setAttribute(name, value));
            lines.note("get " + name, () -> session.getAttribute(name) == value);
        }
        lines.note("enumeration is of its time", () -> {
            Enumeration<String> before = session.getAttributeNames();
            session.setAttribute("later", "x");
            return Collections.list(before).contains("later");
        });
        lines.note("attributes may be removed while the names are read", () -> {
            session.setAttribute("t1", "x");
            session.setAttribute("t2", "x");
            for (Enumeration<String> all = session.getAttributeNames(); all.hasMoreElements(); ) {
                String name = all.nextElement();
                if (name.startsWith("t")) {
                    session.removeAttribute(name);
                }
            }
            return names(session);
        });
        lines.note("servlet context", () -> session.getServletContext() == request.getServletContext());
        lines.note("interval", session::getMaxInactiveInterval);
        lines.note("created is accessed", () -> session.getCreationTime() == session.getLastAccessedTime());
        lines.note("set interval", () -> session.setMaxInactiveInterval(1234));
        lines.note("interval", session::getMaxInactiveInterval);
    }

    private void second(HttpServletRequest request, Lines lines) {
        lines.note("requested is valid", request::isRequestedSessionIdValid);
        lines.note("requested from cookie", request::isRequestedSessionIdFromCookie);
        lines.note(
                "requested is it",
                () -> request.getRequestedSessionId()
                        .equals(request.getSession().getId()));
        HttpSession session = request.getSession(false);
        lines.note("is new", session::isNew);
        lines.note("names", () -> names(session));
        put.forEach((name, value) -> lines.note("same " + name, () -> session.getAttribute(name) == value));
        lines.note("string", () -> session.getAttribute("string"));
        lines.note("list", () -> session.getAttribute("list"));
        lines.note("bound", () -> session.getAttribute("bound"));
        lines.note("interval", session::getMaxInactiveInterval);
        lines.note("accessed is not before created", () -> session.getLastAccessedTime() >= session.getCreationTime());
        lines.note("no limit", () -> session.setMaxInactiveInterval(-1));
        lines.note("interval", session::getMaxInactiveInterval);
        lines.note("no limit by zero", () -> session.setMaxInactiveInterval(0));
        lines.note("interval", session::getMaxInactiveInterval);
        lines.note("interval back", () -> session.setMaxInactiveInterval(1800));
    }

    private static void ids(HttpServletRequest request, Lines lines) {
        HttpSession session = request.getSession(false);
        String old = session.getId();
        lines.note("change id", () -> !request.changeSessionId().equals(old));
        lines.note("id changed", () -> !session.getId().equals(old));
        lines.note("same session", () -> request.getSession(false) == session);
        lines.note("requested id stays", () -> old.equals(request.getRequestedSessionId()));
        lines.note("is new", session::isNew);
        lines.note("names", () -> names(session));
        lines.note("length", () -> session.getId().length() - old.length());
        lines.note("route", () -> session.getId().substring(session.getId().lastIndexOf('.') + 1));
    }

    private static void end(HttpServletRequest request, HttpServletResponse response, Lines lines) {
        HttpSession session = request.getSession(false);
        String id = session.getId();
        lines.note("names", () -> names(session));
        lines.note("invalidate", session::invalidate);
        lines.note("get", () -> session.getAttribute("string"));
        lines.note("set", () -> session.setAttribute("string", "x"));
        lines.note("set null", () -> session.setAttribute("string", null));
        lines.note("remove", () -> session.removeAttribute("string"));
        lines.note("names", () -> names(session));
        lines.note("is new", session::isNew);
        lines.note("created", session::getCreationTime);
        lines.note("accessed", session::getLastAccessedTime);
        lines.note("interval", session::getMaxInactiveInterval);
        lines.note("set interval", () -> session.setMaxInactiveInterval(5));
        lines.note("id", () -> session.getId().equals(id));
        lines.note("servlet context", () -> session.getServletContext() == request.getServletContext());
        lines.note("invalidate again", session::invalidate);
        lines.note("change id", () -> request.changeSessionId());
        lines.note("encoded", () -> response.encodeURL("/x"));
        lines.note("session", () -> request.getSession(false));
        HttpSession next = request.getSession();
        lines.note("new session", () -> next != session);
        lines.note("new id", () -> !next.getId().equals(id));
        lines.note("new is new", next::isNew);
        lines.note("new is empty", () -> names(next));
        lines.note("set in new", () -> next.setAttribute("fresh", "yes"));
    }

    private static void after(HttpServletRequest request, Lines lines) {
        HttpSession session = request.getSession(false);
        lines.note("requested is valid", request::isRequestedSessionIdValid);
        lines.note("names", () -> names(session));
        lines.note("fresh", () -> session.getAttribute("fresh"));
    }

    private static void expired(HttpServletRequest request, Lines lines) {
        lines.note("session", () -> request.getSession(false));
        lines.note("requested is valid", request::isRequestedSessionIdValid);
        lines.note("requested id", () -> request.getRequestedSessionId() != null);
        HttpSession next = request.getSession();
        lines.note("is new", next::isNew);
        lines.note("another id", () -> !next.getId().equals(request.getRequestedSessionId()));
        lines.note("names", () -> names(next));
    }
}
