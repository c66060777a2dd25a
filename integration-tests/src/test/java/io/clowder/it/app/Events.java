/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import jakarta.servlet.http.HttpSessionAttributeListener;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionIdListener;
import jakarta.servlet.http.HttpSessionListener;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/** What the listeners of the application were told, in order. */
public class Events implements HttpSessionListener, HttpSessionAttributeListener, HttpSessionIdListener {
    private static final List<String> SEEN = new CopyOnWriteArrayList<>();
    private static final LongAdder BOUND = new LongAdder();
    private static final LongAdder UNBOUND = new LongAdder();

    /** Nobody takes the events of most tests, and some tests make very many. */
    private static volatile boolean noted;

    /** Those since the last call; what was before the first one is not kept. */
    static List<String> take() {
        noted = true;
        List<String> taken = new ArrayList<>(SEEN);
        SEEN.removeAll(taken);
        return taken;
    }

    private static void note(String event) {
        if (noted) {
            SEEN.add(event);
        }
    }

    /** How many values were told that they are bound to a session of this node. */
    static long bound() {
        return BOUND.sum();
    }

    /** How many values were told that they are not bound any more. */
    static long unbound() {
        return UNBOUND.sum();
    }

    /** An attribute that is told when it is bound and unbound. */
    static class Bound implements HttpSessionBindingListener, Serializable {
        private static final long serialVersionUID = 1;

        private final String name;

        Bound(String name) {
            this.name = name;
        }

        @Override
        public void valueBound(HttpSessionBindingEvent event) {
            BOUND.increment();
            note("bound " + name + " as " + event.getName() + " value " + event.getValue());
        }

        @Override
        public void valueUnbound(HttpSessionBindingEvent event) {
            UNBOUND.increment();
            note("unbound " + name + " as " + event.getName() + " value " + event.getValue());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @Override
    public void sessionCreated(HttpSessionEvent event) {
        note("created");
    }

    @Override
    public void sessionDestroyed(HttpSessionEvent event) {
        String attributes;
        try {
            attributes = SemanticsServlet.names(event.getSession());
        } catch (IllegalStateException e) {
            attributes = e.toString();
        }
        note("destroyed with " + attributes);
    }

    @Override
    public void attributeAdded(HttpSessionBindingEvent event) {
        note("added " + event.getName() + "=" + event.getValue());
    }

    @Override
    public void attributeRemoved(HttpSessionBindingEvent event) {
        note("removed " + event.getName() + "=" + event.getValue());
    }

    @Override
    public void attributeReplaced(HttpSessionBindingEvent event) {
        note("replaced " + event.getName() + "=" + event.getValue());
    }

    @Override
    public void sessionIdChanged(HttpSessionEvent event, String oldSessionId) {
        note("id changed " + !event.getSession().getId().equals(oldSessionId));
    }
}
