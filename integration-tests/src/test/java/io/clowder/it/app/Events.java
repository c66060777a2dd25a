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

/** What the listeners of the application were told, in order. */
public class Events implements HttpSessionListener, HttpSessionAttributeListener, HttpSessionIdListener {
    private static final List<String> SEEN = new CopyOnWriteArrayList<>();

    /** Those since the last call. */
    static List<String> take() {
        List<String> taken = new ArrayList<>(SEEN);
        SEEN.removeAll(taken);
        return taken;
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
            SEEN.add("bound " + name + " as " + event.getName() + " value " + event.getValue());
        }

        @Override
        public void valueUnbound(HttpSessionBindingEvent event) {
            SEEN.add("unbound " + name + " as " + event.getName() + " value " + event.getValue());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @Override
    public void sessionCreated(HttpSessionEvent event) {
        SEEN.add("created");
    }

    @Override
    public void sessionDestroyed(HttpSessionEvent event) {
        String attributes;
        try {
            attributes = SemanticsServlet.names(event.getSession());
        } catch (IllegalStateException e) {
            attributes = e.toString();
        }
        SEEN.add("destroyed with " + attributes);
    }

    @Override
    public void attributeAdded(HttpSessionBindingEvent event) {
        SEEN.add("added " + event.getName() + "=" + event.getValue());
    }

    @Override
    public void attributeRemoved(HttpSessionBindingEvent event) {
        SEEN.add("removed " + event.getName() + "=" + event.getValue());
    }

    @Override
    public void attributeReplaced(HttpSessionBindingEvent event) {
        SEEN.add("replaced " + event.getName() + "=" + event.getValue());
    }

    @Override
    public void sessionIdChanged(HttpSessionEvent event, String oldSessionId) {
        SEEN.add("id changed " + !event.getSession().getId().equals(oldSessionId));
    }
}
