/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.codec.UnreadableAttributeException;
import io.clowder.session.ContainerSession;
import io.clowder.session.LiveSession;
import io.clowder.session.Sessions;
import io.clowder.store.SessionTimes;
import jakarta.servlet.http.HttpSessionActivationListener;
import jakarta.servlet.http.HttpSessionEvent;
import java.io.Serializable;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Enumeration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
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

    /** What travels in place of a principal that does not: by it a node knows that its own login is still the session's. */
    private static final String LOGIN = "login";

    private static final String NOTE = "note:";
    private static final String SIGN_ON = "signOn";

    /** What FormAuthenticator keeps between its steps. The user's name and password, which it may keep too, never travel. */
    private static final Set<String> TRAVELLING_NOTES = Set.of(Constants.FORM_REQUEST_NOTE, Constants.SESSION_ID_NOTE);

    private static final AtomicIntegerFieldUpdater<ClowderSession> ENTERED =
            AtomicIntegerFieldUpdater.newUpdater(ClowderSession.class, "entered");

    private final transient ClowderManager clowder;
    private final transient LiveSession live;
    private final transient Presence presence = new Presence();

    @SuppressWarnings("unused") // by ENTERED
    private transient volatile int entered;

    private transient volatile boolean accessedHere;

    private transient volatile @Nullable OwnLogin ownLogin;

    /**
     * A login whose principal only this node has, because it shall not travel or cannot.
     *
     * @param name what travels as {@link #LOGIN}
     */
    private record OwnLogin(String name, Principal principal) {}

    /** Whether it was ended because it could not be read. */
    private transient volatile boolean dropped;

    /** Who is announcing that end. */
    private transient volatile @Nullable Thread dropper;

    /** When a request began to use it last, and when it was used last, in the time of the cluster. */
    private transient volatile long usedAt;

    private transient volatile long lastUsedAt;

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

    /** Whether other nodes may have it, too. */
    boolean isShared() {
        return live.isShared();
    }

    /** Becomes the session that came from the store. */
    void load(String fullId, SessionTimes times) {
        this.id = fullId;
        this.isValid = true;
        this.maxInactiveInterval = times.maxInactiveSeconds();
        this.creationTime = times.createdAt();
        this.usedAt = times.accessedAt();
        this.lastUsedAt = times.accessedAt();
        presence.beginsAway();
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
        return new SessionTimes(creationTime, Math.max(lastUsedAt, usedAt), maxInactiveInterval);
    }

    @Override
    public void refresh(SessionTimes times) {
        creationTime = times.createdAt();
        maxInactiveInterval = times.maxInactiveSeconds();
        if (times.accessedAt() > usedAt) {
            usedAt = times.accessedAt();
            lastUsedAt = times.accessedAt();
        }
    }

    // Tomcat's own fields have the time of this node's clock: nobody reads them.

    /** As Tomcat's, given a time of this node's clock. */
    @Override
    public void setCreationTime(long time) {
        long shared = clowder.clock().ofWall(time);
        super.setCreationTime(shared);
        usedAt = shared;
        lastUsedAt = shared;
    }

    @Override
    public long getThisAccessedTime() {
        super.getThisAccessedTime(); // throws when it has ended
        return usedAt;
    }

    @Override
    public long getThisAccessedTimeInternal() {
        return usedAt;
    }

    @Override
    public long getLastAccessedTime() {
        ClowderSession now = current();
        if (now != this) {
            return now.getLastAccessedTime();
        }
        super.getLastAccessedTime(); // throws when it has ended
        return lastUsedAt;
    }

    @Override
    public long getLastAccessedTimeInternal() {
        return lastUsedAt;
    }

    @Override
    public long getIdleTimeInternal() {
        return clowder.now() - (lastAccessAtStart ? lastUsedAt : usedAt);
    }

    @Override
    public void accessedAt(long millis) {
        if (millis > usedAt) {
            usedAt = millis;
            lastUsedAt = millis;
        }
    }

    @Override
    public void refreshState() {
        OwnLogin own = ownLogin;
        if (own != null && own.name().equals(read(LOGIN))) {
            return;
        }
        Principal stored = (Principal) read(PRINCIPAL);
        authType = (String) read(AUTH_TYPE);
        principal = own != null && own.principal() == stored ? null : stored; // null: logged out on another node
    }

    private @Nullable Object read(String name) {
        return live.container().unreadable(name) == null ? live.container().get(name) : null;
    }

    /** Why the login cannot be read, as when the class of the realm's principals was exchanged; null when it can. */
    @Nullable
    UnreadableAttributeException unreadableLogin() {
        UnreadableAttributeException reason = live.container().unreadable(PRINCIPAL);
        return reason != null ? reason : live.container().unreadable(AUTH_TYPE);
    }

    /** The user has to log in again. */
    void forgetLogin() {
        super.setAuthType(null);
        super.setPrincipal(null);
        live.container().remove(AUTH_TYPE);
        live.container().remove(PRINCIPAL);
    }

    /** Whether it has an attribute of this name whose value cannot be read. */
    boolean isUnreadable(String name) {
        return live.attributes().unreadable(name) != null;
    }

    /** Ends it, because it cannot be read. Requests that have it already go on with a new one. */
    void drop() {
        synchronized (this) {
            if (isValid && !expiring) {
                dropper = Thread.currentThread();
                dropped = true;
                try {
                    expire(true);
                } finally {
                    dropper = null;
                }
            }
        }
    }

    private boolean isDropped() {
        return dropped && !isValid && dropper != Thread.currentThread();
    }

    /** The session that the request has in place of a dropped one; this one when there can be none. */
    private ClowderSession current() {
        Exchange exchange = isDropped() ? Exchange.current() : null;
        ClowderSession next = exchange == null ? null : exchange.successor(clowder);
        return next == null ? this : next;
    }

    /** Of what is told later, the values are those of now: a request may bring newer ones before. */
    @Override
    public void released() {
        accessedHere = false;
        if (presence.isHere()) {
            Collection<Object> leaving = live.attributes().flaggedValues();
            if (presence.leaves(() -> passivate(() -> leaving))) {
                clowder.later(presence::tellFarewell);
            }
        }
    }

    /**
     * Tells the application that the session has come to this node, if it has not been told; else tells those values that have
     * come alone, from a node that shares the session.
     */
    void arrived() {
        if (!presence.isHere()) {
            presence.comes(this::activate);
            return;
        }
        Set<String> newcomers = live.attributes().newcomers();
        if (!newcomers.isEmpty()) {
            tell(() -> values(newcomers), HttpSessionActivationListener::sessionDidActivate);
        }
    }

    @Override
    public void activate() {
        fireSessionEvent(SESSION_ACTIVATED_EVENT, null);
        live.attributes().newcomers(); // those are among the others
        tell(this::listening, HttpSessionActivationListener::sessionDidActivate);
    }

    @Override
    public void passivate() {
        passivate(this::listening);
    }

    private void passivate(Supplier<Collection<Object>> values) {
        fireSessionEvent(SESSION_PASSIVATED_EVENT, null);
        tell(values, HttpSessionActivationListener::sessionWillPassivate);
    }

    private Collection<Object> listening() {
        return values(live.attributes().flagged());
    }

    private Collection<Object> values(Set<String> names) {
        List<Object> values = new ArrayList<>();
        for (String name : names) {
            Object value = isUnreadable(name) ? null : live.attributes().get(name);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    /** As StandardSession.activate and passivate, but without reading attributes that do not listen. */
    private void tell(
            Supplier<Collection<Object>> values,
            BiConsumer<HttpSessionActivationListener, HttpSessionEvent> notification) {
        Context context = manager.getContext();
        ClassLoader before = context.bind(false, null);
        try {
            HttpSessionEvent event = new HttpSessionEvent(getSession());
            for (Object value : values.get()) {
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
        clowder.sockets().doubted(this);
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
        presence.leaves(this::passivate);
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
        clowder.tellSignOn(this);
    }

    /** A request has asked for the session. It may use it until {@link #endAccess}, also on threads of its own. */
    @Override
    public void access() {
        super.access();
        usedAt = clowder.now();
        accessedHere = true;
        Exchange exchange = Exchange.current();
        if ((exchange != null && exchange.handOver(this)) || live.enter()) {
            ENTERED.incrementAndGet(this);
        }
    }

    @Override
    public void endAccess() {
        super.endAccess();
        long began = usedAt;
        usedAt = clowder.now();
        lastUsedAt = lastAccessAtStart ? began : usedAt;
        // Tomcat recycles the request: what async work or a late thread changed after the response goes now.
        if ((live.isDirty() || live.isUnchecked()) && isValid) {
            clowder.saveLate(this);
        }
        if (ENTERED.getAndUpdate(this, count -> Math.max(0, count - 1)) > 0) {
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
            if (isValid && !expiring && clowder.endIdle(this)) {
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
        live.ownContainer().put(SIGN_ON, signOnId);
    }

    /**
     * The object to act on: this one, unless its copy was evicted while somebody outside of a request kept it. Whoever uses it
     * from now on is known: what it changes will be saved.
     */
    private ClowderSession inUse() {
        if (isDropped()) {
            return current();
        }
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
        if (used != this) {
            return used.getAttribute(name);
        }
        if (isValid && Sockets.TRACKER.equals(name)) {
            return clowder.sockets().tracker(this);
        }
        try {
            return super.getAttribute(name);
        } catch (UnreadableAttributeException e) {
            return insteadOf(e);
        }
    }

    private @Nullable Object insteadOf(UnreadableAttributeException unreadable) {
        switch (clowder.onUnreadable()) {
            case FAIL -> throw unreadable.of(toString());
            case DROP_ATTRIBUTE -> live.attributes().dropUnreadable(unreadable.attribute());
            case DROP_SESSION -> {
                drop();
                ClowderSession next = current();
                if (next != this) { // its listeners may have put something in
                    return next.getAttribute(unreadable.attribute());
                }
            }
        }
        return null;
    }

    @Override
    public Enumeration<String> getAttributeNames() {
        ClowderSession now = current();
        return now == this ? super.getAttributeNames() : now.getAttributeNames();
    }

    @Override
    public String getId() {
        ClowderSession now = current();
        return now == this ? super.getId() : now.getId();
    }

    @Override
    public long getCreationTime() {
        ClowderSession now = current();
        return now == this ? super.getCreationTime() : now.getCreationTime();
    }

    @Override
    public boolean isNew() {
        ClowderSession now = current();
        return now == this ? super.isNew() : now.isNew();
    }

    @Override
    public int getMaxInactiveInterval() {
        ClowderSession now = current();
        return now == this ? super.getMaxInactiveInterval() : now.getMaxInactiveInterval();
    }

    @Override
    public void setMaxInactiveInterval(int seconds) {
        ClowderSession now = current();
        if (now == this) {
            super.setMaxInactiveInterval(seconds);
        } else {
            now.setMaxInactiveInterval(seconds);
        }
    }

    @Override
    public void setAttribute(String name, Object value, boolean notify) {
        ClowderSession used = inUse();
        if (used != this) {
            used.setAttribute(name, value, notify);
            return;
        }
        if (isValid && value != null && Sockets.TRACKER.equals(name)) {
            clowder.sockets().track(this, value);
            return;
        }
        if (name != null && value != null) {
            clowder.checkAttribute(name, value);
            if (isUnreadable(name)) {
                live.attributes().dropUnreadable(name); // Tomcat asks for what is replaced
            }
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
        if (isDropped()) {
            Exchange exchange = Exchange.current();
            if (exchange != null && exchange.request().getSessionInternal(false) instanceof ClowderSession now) {
                now.invalidate();
            }
            return;
        }
        ClowderSession used = inUse();
        if (used == this) {
            super.invalidate();
        } else {
            used.invalidate();
        }
    }

    // Stored first: refreshState, which another request may cause meanwhile, takes what is stored.

    @Override
    public void setAuthType(@Nullable String authType) {
        keep(AUTH_TYPE, authType);
        super.setAuthType(authType);
    }

    @Override
    public void setPrincipal(@Nullable Principal principal) {
        boolean travels = clowder.getPersistAuthentication() && principal instanceof Serializable;
        OwnLogin own = principal == null || travels
                ? null
                : new OwnLogin(UUID.randomUUID().toString(), principal);
        store(LOGIN, own == null ? null : own.name());
        ownLogin = own;
        keep(PRINCIPAL, principal);
        super.setPrincipal(principal);
    }

    private void keep(String name, @Nullable Object value) {
        store(name, clowder.getPersistAuthentication() ? value : null);
    }

    private void store(String name, @Nullable Object value) {
        if (value != null) {
            live.ownContainer().put(name, value);
        } else {
            live.container().remove(name);
        }
    }

    @Override
    public @Nullable Object getNote(String name) {
        if (!TRAVELLING_NOTES.contains(name)) {
            return super.getNote(name);
        }
        Object note = read(NOTE + name);
        if (note == null && live.container().containsKey(NOTE + name)) {
            live.container().remove(NOTE + name); // it cannot be read: said once, the login begins anew
        }
        // The id under which a login was begun; its route, which only steers the balancer, may have changed since.
        return note instanceof String begun && SessionId.baseOf(begun).equals(live.id()) ? getIdInternal() : note;
    }

    @Override
    public void setNote(String name, Object value) {
        if (TRAVELLING_NOTES.contains(name)) {
            live.ownContainer().put(NOTE + name, value);
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
