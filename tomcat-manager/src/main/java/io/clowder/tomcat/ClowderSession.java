/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.codec.UnreadableAttributeException;
import io.clowder.session.ContainerSession;
import io.clowder.session.LiveSession;
import io.clowder.session.Sessions;
import io.clowder.store.SessionTimes;
import jakarta.servlet.http.HttpSessionActivationListener;
import jakarta.servlet.http.HttpSessionEvent;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.apache.catalina.Context;
import org.apache.catalina.authenticator.Constants;
import org.apache.catalina.session.StandardSession;
import org.apache.tomcat.util.ExceptionUtils;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's session, with its attributes in a {@link LiveSession}. Events, binding and invalidation stay Tomcat's; what this
 * class adds is that nobody ends a session alone, and that the principal and an unfinished FORM login travel along.
 */
@SuppressWarnings("serial") // written by the codec, attribute by attribute, never as an object
final class ClowderSession extends StandardSession implements ContainerSession {

    private static final long serialVersionUID = 1;

    private static final String AUTH_TYPE = "authType";
    private static final String PRINCIPAL = "principal";
    private static final String NOTE = "note:";

    /** What FormAuthenticator keeps between its steps. The user's name and password, which it may keep too, never travel. */
    private static final Set<String> TRAVELLING_NOTES = Set.of(Constants.FORM_REQUEST_NOTE, Constants.SESSION_ID_NOTE);

    private final transient ClowderManager clowder;
    private final transient LiveSession live;
    private final transient Presence presence = new Presence();
    private final transient AtomicInteger entered = new AtomicInteger();
    private transient volatile boolean accessedHere;

    /** A session that is new, or about to be filled by {@link #load}. */
    @SuppressWarnings("this-escape") // worn last, when the fields are set
    ClowderSession(ClowderManager manager, LiveSession live) {
        super(manager);
        this.clowder = manager;
        this.live = live;
        this.attributes = live.attributes();
        live.wear(this);
    }

    LiveSession live() {
        return live;
    }

    /** Whether it is valid, without looking at its idleness. */
    boolean isUsable() {
        return isValid;
    }

    /** Becomes the session that came from the store. */
    void load(String fullId, SessionTimes times) {
        this.id = fullId;
        this.isValid = true;
        this.maxInactiveInterval = times.maxInactiveSeconds();
        this.creationTime = times.createdAt();
        this.thisAccessedTime = times.accessedAt();
        this.lastAccessedTime = times.accessedAt();
        presence.beginsAway();
        refreshState();
    }

    @Override
    public void setId(String newId, boolean notify) {
        if (id == null) {
            super.setId(newId, notify);
            accessedHere = true;
        } else {
            clowder.move(this, newId);
            id = newId;
        }
    }

    @Override
    public SessionTimes times() {
        return new SessionTimes(creationTime, Math.max(lastAccessedTime, thisAccessedTime), maxInactiveInterval);
    }

    @Override
    public void refresh(SessionTimes times) {
        creationTime = times.createdAt();
        maxInactiveInterval = times.maxInactiveSeconds();
        if (times.accessedAt() > thisAccessedTime) {
            thisAccessedTime = times.accessedAt();
            lastAccessedTime = times.accessedAt();
        }
    }

    @Override
    public void refreshState() {
        authType = (String) read(AUTH_TYPE);
        principal = (Principal) read(PRINCIPAL);
    }

    private @Nullable Object read(String name) {
        try {
            return live.container().get(name);
        } catch (UnreadableAttributeException e) { // as when the realm's class was exchanged: the user logs in again
            manager.getContext().getLogger().warn("Session " + SessionId.parse(id) + ": the login cannot be read", e);
            return null;
        }
    }

    /** Of what is told later, the values are those of now: a request may bring newer ones before. */
    @Override
    public void released() {
        accessedHere = false;
        if (presence.isHere()) {
            Collection<Object> leaving = live.attributes().flaggedValues();
            if (presence.leaves(() -> passivate(leaving))) {
                clowder.later(presence::tellFarewell);
            }
        }
    }

    /**
     * Tells the application that the session has come to this node, if it has not been told; else tells those values that have
     * come alone, from a node that shares the session.
     */
    void arrived() {
        Set<String> newcomers = live.attributes().newcomers();
        if (presence.isHere() && newcomers.isEmpty()) {
            return;
        }
        if (presence.isHere()) {
            tell(values(newcomers), HttpSessionActivationListener::sessionDidActivate);
        } else {
            presence.comes(this::welcome);
        }
    }

    private void welcome() {
        fireSessionEvent(SESSION_ACTIVATED_EVENT, null);
        tell(values(live.attributes().flagged()), HttpSessionActivationListener::sessionDidActivate);
    }

    private void passivate(Collection<Object> values) {
        fireSessionEvent(SESSION_PASSIVATED_EVENT, null);
        tell(values, HttpSessionActivationListener::sessionWillPassivate);
    }

    private Collection<Object> values(Set<String> names) {
        List<Object> values = new ArrayList<>();
        for (String name : names) {
            try {
                Object value = live.attributes().get(name);
                if (value != null) {
                    values.add(value);
                }
            } catch (UnreadableAttributeException e) { // whoever asks for it learns that, too
                manager.getContext().getLogger().error("Session " + SessionId.parse(id), e);
            }
        }
        return values;
    }

    /** As StandardSession.activate and passivate, but without reading attributes that do not listen. */
    private void tell(
            Collection<Object> values, BiConsumer<HttpSessionActivationListener, HttpSessionEvent> notification) {
        Context context = manager.getContext();
        ClassLoader before = context.bind(false, null);
        try {
            HttpSessionEvent event = new HttpSessionEvent(getSession());
            for (Object value : values) {
                if (value instanceof HttpSessionActivationListener listener) {
                    attempt(() -> notification.accept(listener, event));
                }
            }
        } finally {
            context.unbind(false, before);
        }
    }

    /** What the application throws is logged, as Tomcat does, and the next one is told. */
    private void attempt(Runnable telling) {
        try {
            telling.run();
        } catch (Throwable t) {
            ExceptionUtils.handleThrowable(t);
            manager.getContext().getLogger().error("Session " + SessionId.parse(id) + ": a listener failed", t);
        }
    }

    /** Ended elsewhere: unusable here, not announced a second time. What values opened on this node they can close. */
    @Override
    public void gone() {
        leaving();
        synchronized (live.attributes()) { // as Tomcat: what is bound, is bound before, and unbound below
            setValid(false);
        }
        clowder.dropped(this);
        Set<String> unsaved = live.unsaved();
        if (!unsaved.isEmpty()) {
            clowder.later(() -> unbind(unsaved));
        }
    }

    /** Tells values that they are not bound any more. Who ended the session told those that the cluster had. */
    private void unbind(Set<String> names) {
        Context context = manager.getContext();
        ClassLoader before = context.bind(false, null);
        try {
            names.forEach(name -> attempt(() -> removeAttributeInternal(name, true)));
        } finally {
            context.unbind(false, before);
        }
    }

    @Override
    public void leaving() {
        presence.leaves(() -> passivate(values(live.attributes().flagged())));
        presence.tellFarewell();
    }

    @Override
    public void left() {
        clowder.dropped(this);
    }

    /** Saves what requests changed; see {@link io.clowder.session.Sessions#save}. */
    void save() {
        clowder.save(this);
    }

    /** Announces the end of a session that came back from the cluster only for that. */
    void announceEnd() {
        arrived();
        synchronized (this) {
            super.expire(true);
        }
    }

    /** A request has asked for the session. It may use it until {@link #endAccess}, also on threads of its own. */
    @Override
    public void access() {
        super.access();
        accessedHere = true;
        Exchange exchange = Exchange.current();
        if ((exchange != null && exchange.handOver(this)) || live.enter()) {
            entered.incrementAndGet();
        }
    }

    @Override
    public void endAccess() {
        super.endAccess();
        // Tomcat recycles the request: what async work or a late thread changed after the response goes now.
        if ((live.isDirty() || live.isUnchecked()) && isValid) {
            clowder.saveLate(this);
        }
        if (entered.getAndUpdate(count -> Math.max(0, count - 1)) > 0) {
            live.leave();
        }
    }

    /** As Tomcat's, but an idle session is only ended if the cluster agrees. */
    @Override
    public boolean isValid() {
        if (!isValid) {
            return false;
        }
        if (!expiring && !(activityCheck && accessCount.get() > 0) && looksIdle()) {
            expireIdle();
        }
        return isValid;
    }

    private boolean looksIdle() {
        return maxInactiveInterval > 0
                && (live.isHeld() || clowder.isRoaming())
                && getIdleTimeInternal() - slack() >= maxInactiveInterval * 1000L;
    }

    /** How much later than known here the session may have been used on another node. */
    private long slack() {
        return accessedHere && !clowder.isRoaming() ? 0 : Sessions.shareOf(maxInactiveInterval);
    }

    private void expireIdle() {
        synchronized (this) {
            long idleSince = System.currentTimeMillis() - maxInactiveInterval * 1000L - slack();
            if (isValid && !expiring && clowder.endIdle(this, idleSince)) {
                announce(true);
            }
        }
    }

    @Override
    public void expire(boolean notify) {
        synchronized (this) {
            if (isValid && !expiring && clowder.end(this)) {
                announce(notify);
            }
        }
    }

    private void announce(boolean notify) {
        try {
            super.expire(notify);
        } finally {
            clowder.announced(this);
        }
    }

    /**
     * The object to act on: this one, unless its copy was evicted while somebody outside of a request kept it. Whoever uses it
     * from now on is known: what it changes will be saved.
     */
    private ClowderSession inUse() {
        if (live.isEvicted() && isValid) {
            ClowderSession now = clowder.again(this);
            if (now != null) {
                return now;
            }
            isValid = false;
        }
        Exchange exchange = Exchange.current();
        if (exchange == null) {
            clowder.usedOutside(this);
        } else {
            exchange.uses(clowder, this);
        }
        return this;
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        ClowderSession used = inUse();
        return used == this ? super.getAttribute(name) : used.getAttribute(name);
    }

    @Override
    public void setAttribute(String name, Object value, boolean notify) {
        ClowderSession used = inUse();
        if (used != this) {
            used.setAttribute(name, value, notify);
            return;
        }
        if (name != null && value != null) {
            clowder.checkAttribute(name, value);
        }
        super.setAttribute(name, value, notify);
    }

    @Override
    public void removeAttribute(String name, boolean notify) {
        ClowderSession used = inUse();
        if (used == this) {
            super.removeAttribute(name, notify);
        } else {
            used.removeAttribute(name, notify);
        }
    }

    /** As Tomcat's; who kept an object whose copy was evicted ends the session, too. */
    @Override
    public void invalidate() {
        ClowderSession used = inUse();
        if (used == this) {
            super.invalidate();
        } else {
            used.invalidate();
        }
    }

    @Override
    public void setAuthType(@Nullable String authType) {
        super.setAuthType(authType);
        keep(AUTH_TYPE, authType);
    }

    @Override
    public void setPrincipal(@Nullable Principal principal) {
        super.setPrincipal(principal);
        keep(PRINCIPAL, principal);
    }

    private void keep(String name, @Nullable Object value) {
        if (!clowder.getPersistAuthentication()) {
            return;
        }
        if (value != null) {
            live.container().put(name, value);
        } else {
            live.container().remove(name);
        }
    }

    @Override
    public @Nullable Object getNote(String name) {
        return TRAVELLING_NOTES.contains(name) ? live.container().get(NOTE + name) : super.getNote(name);
    }

    @Override
    public void setNote(String name, Object value) {
        if (TRAVELLING_NOTES.contains(name)) {
            live.container().put(NOTE + name, value);
        } else {
            super.setNote(name, value);
        }
    }

    @Override
    public void removeNote(String name) {
        if (TRAVELLING_NOTES.contains(name)) {
            live.container().remove(NOTE + name);
        } else {
            super.removeNote(name);
        }
    }

    @Override
    public String toString() {
        return "ClowderSession[" + SessionId.parse(id == null ? "" : id) + "]";
    }
}
