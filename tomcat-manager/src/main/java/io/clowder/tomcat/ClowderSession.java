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
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.apache.catalina.Context;
import org.apache.catalina.authenticator.Constants;
import org.apache.catalina.session.StandardSession;
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
    private static final String SIGN_ON = "signOn";

    /** What FormAuthenticator keeps between its steps. The user's name and password, which it may keep too, never travel. */
    private static final Set<String> TRAVELLING_NOTES = Set.of(Constants.FORM_REQUEST_NOTE, Constants.SESSION_ID_NOTE);

    private final transient ClowderManager clowder;
    private final transient LiveSession live;
    private final transient AtomicBoolean passive = new AtomicBoolean();
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
        passive.set(true);
        refreshState();
    }

    @Override
    public void setId(String newId, boolean notify) {
        if (id == null) {
            super.setId(newId, notify);
            accessedHere = true;
        } else {
            boolean stays = clowder.move(this, newId);
            id = newId;
            if (!stays) {
                expire(true);
            }
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

    @Override
    public void released() {
        accessedHere = false;
        if (passive.compareAndSet(false, true)) {
            clowder.later(() ->
                    notifyActivation(SESSION_PASSIVATED_EVENT, HttpSessionActivationListener::sessionWillPassivate));
        }
    }

    /** Tells the application that the session has come to this node, if it has not been told. */
    void arrived() {
        if (passive.compareAndSet(true, false)) {
            notifyActivation(SESSION_ACTIVATED_EVENT, HttpSessionActivationListener::sessionDidActivate);
        }
    }

    /** As StandardSession.activate and passivate, but without reading attributes that do not listen. */
    private void notifyActivation(
            String eventType, BiConsumer<HttpSessionActivationListener, HttpSessionEvent> notification) {
        Context context = manager.getContext();
        ClassLoader before = context.bind(false, null);
        try {
            fireSessionEvent(eventType, null);
            for (String name : live.attributes().flagged()) {
                if (live.attributes().get(name) instanceof HttpSessionActivationListener listener) {
                    notification.accept(listener, new HttpSessionEvent(getSession()));
                }
            }
        } catch (RuntimeException e) { // the application's: as Tomcat, which logs and goes on
            context.getLogger().error("Session " + SessionId.parse(id) + ": " + eventType + " listener failed", e);
        } finally {
            context.unbind(false, before);
        }
    }

    /** Ended elsewhere: unusable here, not announced a second time. */
    @Override
    public void gone() {
        setValid(false);
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
            for (String name : names) {
                removeAttributeInternal(name, true);
            }
        } catch (RuntimeException e) { // the application's: as Tomcat, which logs and goes on
            context.getLogger().error("Session " + SessionId.parse(id) + ": a binding listener failed", e);
        } finally {
            context.unbind(false, before);
        }
    }

    @Override
    public void leaving() {
        if (passive.compareAndSet(false, true)) {
            notifyActivation(SESSION_PASSIVATED_EVENT, HttpSessionActivationListener::sessionWillPassivate);
        }
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
        clowder.tellSignOn(this);
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
                announce(true, false);
            }
        }
    }

    @Override
    public void expire(boolean notify) {
        synchronized (this) {
            if (isValid && !expiring && clowder.end(this)) {
                announce(notify, true);
            }
        }
    }

    private void announce(boolean notify, boolean asked) {
        try {
            super.expire(notify);
            if (asked) {
                clowder.leaveSignOn(this); // a logout that other sessions do not hear of must not be answered
            } else {
                clowder.tellSignOn(this);
            }
        } finally {
            clowder.announced(this);
        }
    }

    /** The id of the single sign-on that it belongs to, also when that has ended; null when there is none. */
    @Nullable
    String signOn() {
        return (String) read(SIGN_ON);
    }

    /** Belongs to a single sign-on from now on. */
    void signedOn(String signOnId) {
        live.container().put(SIGN_ON, signOnId);
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
