/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionActivationListener;
import jakarta.servlet.http.HttpSessionAttributeListener;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionIdListener;
import jakarta.servlet.http.HttpSessionListener;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what listeners of every kind are told, and what they see of the session then. Some misbehave: names, values and
 * the attribute {@code mood} say how, so that it happens at the same place whatever keeps the sessions.
 */
public class Journal
        implements HttpSessionListener, HttpSessionAttributeListener, HttpSessionIdListener, ServletRequestListener {

    /** In each session from its beginning: its travels are those of the session. */
    static final String PASSPORT = "passport";

    static final String MOOD = "mood";
    static final String THROW = "throw";
    static final String ERROR = "error";
    static final String SET = "set";
    static final String AT_THE_END = "at the end";

    /** What sessionCreated does, of the thread that is about to create a session. */
    static final ThreadLocal<String> AT_CREATION = ThreadLocal.withInitial(() -> "");

    private static final List<String> LINES = new ArrayList<>();

    private final String prefix;

    /** The listener that is told first, and last of an end. */
    public Journal() {
        this("");
    }

    Journal(String prefix) {
        this.prefix = prefix;
    }

    /** One more, which is told whatever the first one does. */
    public static class Second extends Journal {
        /** Its lines say that they are its. */
        public Second() {
            super("second: ");
        }
    }

    /** The lines since the last call. */
    static List<String> take() {
        synchronized (LINES) {
            List<String> taken = List.copyOf(LINES);
            LINES.clear();
            return taken;
        }
    }

    private void note(String line) {
        write(prefix + line);
    }

    private static void write(String line) {
        synchronized (LINES) {
            LINES.add(line);
        }
    }

    static String attempt(Callable<?> tried) {
        try {
            return String.valueOf(tried.call());
        } catch (Exception | LinkageError e) {
            return e.getClass().getSimpleName() + " " + e.getMessage();
        }
    }

    private static String of(HttpSession session) {
        return " of " + session.getId() + " new " + attempt(session::isNew);
    }

    /** Whether the value is what the session has under the name at this moment. */
    private static String told(HttpSessionBindingEvent event) {
        HttpSession session = event.getSession();
        return " " + event.getName() + "=" + event.getValue() + " there "
                + attempt(() -> session.getAttribute(event.getName()) == event.getValue()) + of(session);
    }

    private static void misbehave(String mood, String why, HttpSession session) {
        switch (mood) {
            case THROW -> throw new IllegalArgumentException("thrown " + why);
            case ERROR -> throw new NoClassDefFoundError("thrown " + why);
            case SET -> session.setAttribute("set " + why, new StringBuilder("by a listener").toString());
            case "remove" -> session.removeAttribute("n0");
            case "end" -> session.invalidate();
            default -> {}
        }
    }

    private static String moodOf(HttpSession session) {
        return session.getAttribute(MOOD) instanceof String mood ? mood : "";
    }

    private static boolean isOver(HttpSession session) {
        return attempt(session::isNew).startsWith(IllegalStateException.class.getSimpleName());
    }

    private boolean isFirst() {
        return prefix.isEmpty();
    }

    @Override
    public void sessionCreated(HttpSessionEvent event) {
        note("created" + of(event.getSession()));
        if (isFirst()) {
            event.getSession().setAttribute(PASSPORT, new Migrant(PASSPORT, ""));
            misbehave(AT_CREATION.get(), "at creation", event.getSession());
        }
    }

    @Override
    public void sessionDestroyed(HttpSessionEvent event) {
        HttpSession session = event.getSession();
        Map<String, Object> attributes = new TreeMap<>();
        for (String name : Collections.list(session.getAttributeNames())) {
            attributes.put(name, session.getAttribute(name));
        }
        note("destroyed with " + attributes + of(session));
        if (isFirst()) {
            misbehave(moodOf(session), "at the end", session);
        }
    }

    @Override
    public void attributeAdded(HttpSessionBindingEvent event) {
        note("added" + told(event));
        attribute(event, "added");
    }

    @Override
    public void attributeRemoved(HttpSessionBindingEvent event) {
        note("removed" + told(event));
        attribute(event, "removed");
    }

    @Override
    public void attributeReplaced(HttpSessionBindingEvent event) {
        note("replaced" + told(event));
        attribute(event, "replaced");
    }

    /** A name such as {@code throw-1} says what the first listener does. */
    private void attribute(HttpSessionBindingEvent event, String why) {
        if (isFirst() && event.getName().contains("-")) {
            misbehave(event.getName().split("-", 2)[0], why + " " + event.getName(), event.getSession());
        }
    }

    @Override
    public void sessionIdChanged(HttpSessionEvent event, String oldSessionId) {
        note("id changed from " + oldSessionId + of(event.getSession()));
        boolean moved = base(oldSessionId).equals(base(event.getSession().getId()));
        if (isFirst() && !moved) {
            String mood = moodOf(event.getSession());
            misbehave(mood.equals("end") ? "" : mood, "at a new id", event.getSession());
        }
    }

    /** Without the route. */
    private static String base(String id) {
        return id.split("\\.", 2)[0];
    }

    /** The last moment at which an application can change the session in a request. */
    @Override
    public void requestDestroyed(ServletRequestEvent event) {
        String late = event.getServletRequest().getParameter("late");
        if (isFirst() && late != null) {
            HttpSession session = ((HttpServletRequest) event.getServletRequest()).getSession(false);
            note("late"
                    + attempt(() -> {
                        session.setAttribute("late", late);
                        return "";
                    }));
        }
    }

    /** A value that is told when it is bound and unbound, writes it down, and then does what its mood says. */
    static class Bound implements HttpSessionBindingListener, Serializable {
        private static final long serialVersionUID = 1;

        private final String label;
        final String mood;

        Bound(String label, String mood) {
            this.label = label;
            this.mood = mood;
        }

        @Override
        public void valueBound(HttpSessionBindingEvent event) {
            write("bound " + this + ":" + told(event));
            misbehave(mood, "bound " + label, event.getSession());
        }

        @Override
        public void valueUnbound(HttpSessionBindingEvent event) {
            write("unbound " + this + ":" + told(event));
            if (isOver(event.getSession())) {
                // Then Tomcat tells no further values, and which those are depends on the order of a map.
                misbehave(mood.equals(AT_THE_END) ? THROW : "", "unbound " + label, event.getSession());
            } else {
                misbehave(mood, "unbound " + label, event.getSession());
            }
        }

        @Override
        public String toString() {
            return getClass().getSimpleName() + "(" + label + ")";
        }
    }

    /** A value that is told of its travels, too. What it opens on a node it closes there. */
    static final class Migrant extends Bound implements HttpSessionActivationListener {
        private static final long serialVersionUID = 1;

        private transient boolean open;

        Migrant(String label, String mood) {
            super(label, mood);
            open = true;
        }

        /** Whether it was told that it has come to this node. */
        boolean isOpen() {
            return open;
        }

        @Override
        public void sessionWillPassivate(HttpSessionEvent event) {
            write("passivated " + this + " reads " + read(event.getSession()) + " was open " + open
                    + of(event.getSession()));
            open = false;
            fail("passivated");
        }

        @Override
        public void sessionDidActivate(HttpSessionEvent event) {
            write("activated " + this + " reads " + read(event.getSession()) + " was open " + open
                    + of(event.getSession()));
            open = true;
            fail("activated");
        }

        /** What it would change would be another difference, which is wanted of nobody here. */
        private void fail(String why) {
            if (mood.equals(THROW) || mood.equals(ERROR)) {
                misbehave(mood, why, null);
            }
        }

        private static @Nullable String read(HttpSession session) {
            return attempt(() -> session.getAttribute(PASSPORT));
        }
    }
}
