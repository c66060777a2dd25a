/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.hazelcast.ClusterNode;
import io.clowder.store.ProtocolStore;
import io.clowder.store.StoreUnavailableException;
import io.clowder.tomcat.SignOn.SignedSession;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.Principal;
import java.time.Duration;
import java.util.AbstractMap;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.catalina.Container;
import org.apache.catalina.Context;
import org.apache.catalina.Engine;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Manager;
import org.apache.catalina.Session;
import org.apache.catalina.authenticator.SingleSignOn;
import org.apache.catalina.authenticator.SingleSignOnEntry;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's SingleSignOn for a group of Tomcats: who has logged in to one web application of a virtual host is logged in to the
 * others, on every node, and a logout ends the sessions of all of them, wherever they are. {@code <Valve
 * className="io.clowder.tomcat.ClowderSingleSignOn"/>} in the Host element of each node's {@code server.xml}.
 *
 * <p>The web applications have a {@link ClowderManager}, which says where the cluster is. Sessions of other managers take part
 * on their own node. Passwords are not kept, so {@code requireReauthentication} is refused.
 */
/*
 * A session carries the id of its sign-on as container state. So whichever node ends a session, by whatever way, knows which
 * sign-on is to hear of it; listeners of a session, which Tomcat's own valve relies upon, do not travel. The other way round, a
 * sign-on knows a session before that is stored with its id, and before the session gets a new id: it may know of sessions
 * that never came to be, and never lacks one. See docs/decisions/0018.
 */
public final class ClowderSingleSignOn extends SingleSignOn {

    private static final Logger log = System.getLogger(ClowderSingleSignOn.class.getName());

    private static final int DEFAULT_TIMEOUT = 5_000;
    private static final int LONGEST_ID = 255;

    /** Background runs between two looks for sign-ons that nobody looks after; as a manager looks for idle sessions. */
    private static final int LOOKS_EACH = 6;

    private static final Set<String> WITH_PASSWORD =
            Set.of(HttpServletRequest.BASIC_AUTH, HttpServletRequest.FORM_AUTH);

    private final ClusterAttributes attributes = new ClusterAttributes();
    private final OutageLog outages = new OutageLog(log, System::nanoTime);
    private final Set<String> reported = ConcurrentHashMap.newKeySet();
    private String namespace = "";
    private int operationTimeout = DEFAULT_TIMEOUT;
    private int runs;
    private @Nullable ClusterNode node;
    private @Nullable SignOns opened;

    /** A valve with the defaults. */
    public ClowderSingleSignOn() {
        cache = new Found();
    }

    // ---- Attributes of the Valve element, besides those of Tomcat's

    /** As {@link ClowderManager#setNamespace}. */
    public void setNamespace(String namespace) {
        if (namespace.contains(":")) {
            attributes.wrong("namespace", namespace, "allowed is any text without a colon");
        }
        this.namespace = namespace;
    }

    /** As {@link ClowderManager#setOperationTimeout}. */
    public void setOperationTimeout(int operationTimeout) {
        if (!ManagerAttributes.isTimeout(operationTimeout)) {
            attributes.wrong("operationTimeout", String.valueOf(operationTimeout), ManagerAttributes.TIMEOUTS);
        }
        this.operationTimeout = operationTimeout;
    }

    /** Must be false: to authenticate again, Tomcat would have to keep the password. */
    @Override
    public void setRequireReauthentication(boolean required) {
        if (required) {
            attributes.wrong(
                    "requireReauthentication",
                    "true",
                    "it needs the user's password, which is not kept; allowed is false");
        }
    }

    /**
     * Where Tomcat brings an attribute that there is no setter for, or whose value the setter's type does not take.
     *
     * @return true: the start reports it
     */
    public boolean setProperty(String name, String value) {
        attributes.wrong(
                name,
                value,
                name.equals("operationTimeout")
                        ? ManagerAttributes.TIMEOUTS
                        : "there is no such attribute; allowed are namespace, operationTimeout, cookieName, cookieDomain");
        return true;
    }

    // ---- Life cycle

    @Override
    protected void startInternal() throws LifecycleException {
        try {
            attributes.checkNoneWrong("ClowderSingleSignOn");
        } catch (IllegalArgumentException e) {
            throw new LifecycleException("Clowder cannot start: " + e.getMessage(), e);
        }
        super.startInternal();
    }

    @Override
    protected synchronized void stopInternal() throws LifecycleException {
        super.stopInternal();
        opened = null;
        node = null;
    }

    /** The one that the authenticators of a web application use, as they look for it; null when there is none. */
    static @Nullable SingleSignOn of(Context context) {
        return Stream.<Container>iterate(context.getParent(), container -> container != null, Container::getParent)
                .flatMap(container -> Stream.of(container.getPipeline().getValves()))
                .filter(SingleSignOn.class::isInstance)
                .map(SingleSignOn.class::cast)
                .findFirst()
                .orElse(null);
    }

    /** Null before the first web application has made this Tomcat a node of the cluster: then nobody is signed on, or can be. */
    private synchronized @Nullable SignOns signOns() {
        if (opened == null) {
            Container at = getContainer();
            ClusterNode running = ServerListener.of(at).running();
            if (running != null) {
                String host = at instanceof Engine ? "" : at.getName();
                node = running;
                opened = new SignOns(
                        running.values("clowder-sso:" + namespace + ":" + host), Duration.ofMillis(operationTimeout));
            }
        }
        return opened;
    }

    /** While the cluster is away nobody is signed on: who has logged in at one application is known there. */
    private boolean isAlone() {
        ClusterNode running = ServerListener.of(getContainer()).running();
        return running != null && running.isAlone();
    }

    // ---- What requests and authenticators ask for

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        try {
            if (signOns() == null || isAlone()) {
                getNext().invoke(request, response); // Tomcat's would tell the client to forget its cookie
            } else {
                super.invoke(request, response);
            }
        } catch (StoreUnavailableException e) {
            if (response.isCommitted()) {
                throw e;
            }
            outages.warn("A request was refused: " + e.getMessage(), e.getCause());
            ClowderValve.refuse(response);
        }
    }

    /** What Tomcat's valve looks into for the cookie of a request. */
    private final class Found extends AbstractMap<String, SingleSignOnEntry> {

        @Override
        public @Nullable SingleSignOnEntry get(Object id) {
            return present((String) id);
        }

        @Override
        public boolean containsKey(Object id) {
            return get(id) != null;
        }

        @Override
        public Set<Entry<String, SingleSignOnEntry>> entrySet() {
            return Set.of();
        }
    }

    private @Nullable SingleSignOnEntry present(String id) {
        SignOns all = signOns();
        if (all == null || !SessionId.isPossible(id, LONGEST_ID)) {
            return null;
        }
        SignOn found = all.find(id);
        if (found == null || found.over()) {
            return null;
        }
        long now = System.currentTimeMillis();
        if (found.isToNoteAt(now)) {
            SignOns.Change used = all.change(id, signOn -> signOn.over() ? signOn : signOn.usedAt(now));
            if (used == null || !used.isAlive()) {
                return null;
            }
        }
        Principal principal = all.principal(found);
        return principal == null && found.authType() != null
                ? null
                : new SingleSignOnEntry(principal, found.authType(), null, null);
    }

    @Override
    protected void register(
            String ssoId,
            @Nullable Principal principal,
            @Nullable String authType,
            @Nullable String username,
            @Nullable String password) {
        SignOns all = isAlone() ? null : signOns();
        byte[] encoded = all == null ? null : all.encode(principal);
        if (all != null && encoded != null) {
            all.add(ssoId, SignOn.of(authType, encoded, System.currentTimeMillis()));
        }
    }

    /** As Tomcat's: a sign-on by name and password stays what it is. */
    @Override
    protected boolean update(
            String ssoId,
            @Nullable Principal principal,
            @Nullable String authType,
            @Nullable String username,
            @Nullable String password) {
        SignOns all = signOns();
        byte[] encoded = all == null ? null : all.encode(principal);
        if (all == null || encoded == null) {
            return false;
        }
        SignOns.Change change = all.change(
                ssoId,
                signOn -> signOn.over() || isWithPassword(signOn.authType()) ? signOn : signOn.as(authType, encoded));
        return change != null
                && change.isAlive()
                && !isWithPassword(change.before().authType());
    }

    private static boolean isWithPassword(@Nullable String authType) {
        return authType != null && WITH_PASSWORD.contains(authType);
    }

    @Override
    protected boolean associate(String ssoId, Session session) {
        SignOns all = isAlone() ? null : signOns();
        if (all == null) {
            return false;
        }
        ClowderSession clustered = session instanceof ClowderSession ours ? ours : null;
        String former = clustered == null ? null : clustered.signOn();
        if (ssoId.equals(former)) {
            return true;
        }
        SignedSession signed = signed(session);
        SignOns.Change change = all.change(ssoId, signOn -> signOn.with(signed, session.getMaxInactiveInterval()));
        if (change == null || !change.isAlive()) {
            return false;
        }
        if (clustered != null) {
            clustered.signedOn(ssoId);
        } else if (!change.before().sessions().contains(signed)) {
            session.addSessionListener(getSessionListener(ssoId));
            warnOfOther(session.getManager().getContext());
        }
        if (former != null) {
            all.change(former, signOn -> signOn.without(signed));
        }
        return true;
    }

    private void warnOfOther(Context context) {
        if (reported.add(context.getName())) {
            log.log(
                    Level.WARNING,
                    "{0} has no ClowderManager: its sessions are on this node only, and a logout on another node does not end"
                            + " them",
                    context.getName());
        }
    }

    private SignedSession signed(Session session) {
        Context context = session.getManager().getContext();
        String host = context.getParent().getName();
        return session instanceof ClowderSession ours
                ? new SignedSession(host, context.getName(), ours.live().id(), "")
                : new SignedSession(host, context.getName(), session.getIdInternal(), nodeId());
    }

    private synchronized String nodeId() {
        return Objects.requireNonNull(node).nodeId().toString();
    }

    // ---- Ends, and changes of an id

    /** Ends all sessions of the sign-on. Where that does not succeed now, the node that keeps the sign-on goes on with it. */
    @Override
    protected void deregister(String ssoId) {
        SignOns all = signOns();
        SignOns.Change change = all == null ? null : all.change(ssoId, SignOn::ended);
        if (all == null || change == null) {
            return;
        }
        StoreUnavailableException failure = null;
        for (SignedSession signed : change.before().sessions()) {
            try {
                end(all, ssoId, signed);
            } catch (StoreUnavailableException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void end(SignOns all, String ssoId, SignedSession signed) {
        if (!signed.node().isEmpty() && !signed.node().equals(nodeId())) {
            all.change(ssoId, signOn -> signOn.without(signed)); // nothing reaches it
            return;
        }
        Manager manager = manager(signed);
        if (manager == null) {
            log.log(
                    Level.WARNING,
                    "A session of {0} cannot be ended with its sign-on {1}: the web application does not run on this node;"
                            + " deploy it on all nodes",
                    signed.context(),
                    ProtocolStore.shortened(ssoId));
            return;
        }
        Session session = session(manager, signed);
        if (session == null) {
            all.change(ssoId, signOn -> signOn.without(signed));
        } else {
            session.expire(); // which tells the sign-on
        }
    }

    private @Nullable Manager manager(SignedSession signed) {
        Container host = ServerListener.engine(getContainer()).findChild(signed.host());
        return host != null
                        && host.findChild(signed.context()) instanceof Context context
                        && context.getState().isAvailable()
                ? context.getManager()
                : null;
    }

    private static @Nullable Session session(Manager manager, SignedSession signed) {
        try {
            return manager instanceof ClowderManager clustered
                    ? clustered.named(signed.id())
                    : manager.findSession(signed.id());
        } catch (IOException e) { // of a manager that keeps sessions in files
            throw new StoreUnavailableException("A session of " + signed.context() + " cannot be read", e);
        }
    }

    /** A session of another manager has ended; see {@link #left}. */
    @Override
    public void sessionDestroyed(String ssoId, Session session) {
        try {
            left(ssoId, session);
        } catch (StoreUnavailableException e) {
            notLeft(e);
        }
    }

    /** Says that a sign-on has not heard of an end, where no request can be told. */
    void notLeft(StoreUnavailableException reason) {
        outages.warn("A sign-on has not heard of the end of a session: " + reason.getMessage(), reason.getCause());
    }

    /** A session has ended: by a logout, and then all others end, too, or by its timeout, and then they do not. */
    void left(String ssoId, Session session) {
        SignOns all = getState().isAvailable() ? signOns() : null;
        if (all == null) {
            return;
        }
        SignedSession signed = signed(session);
        boolean loggedOut = !isTimedOut(session)
                && session.getManager().getContext().getState().isAvailable();
        SignOns.Change change = all.change(ssoId, signOn -> signOn.without(signed));
        log.log(
                Level.DEBUG,
                () -> "Sign-on " + ProtocolStore.shortened(ssoId) + ": " + session + " of " + signed.context()
                        + (loggedOut ? " was logged out: " : " has ended: ")
                        + change);
        if (loggedOut && change != null && change.isAlive()) {
            deregister(ssoId);
        }
    }

    private static boolean isTimedOut(Session session) {
        int allowed = session.getMaxInactiveInterval();
        return allowed > 0 && session.getIdleTimeInternal() >= allowed * 1000L;
    }

    @Override
    protected void removeSession(String ssoId, Session session) {
        SignOns all = signOns();
        if (all != null) {
            SignedSession signed = signed(session);
            all.change(ssoId, signOn -> signOn.without(signed));
        }
    }

    /** A session of another manager has a new id. */
    @Override
    protected void sessionChangedId(String ssoId, Session session, String oldSessionId) {
        SignedSession now = signed(session);
        SignedSession before = new SignedSession(now.host(), now.context(), oldSessionId, now.node());
        try {
            change(ssoId, signOn -> signOn.with(now, session.getMaxInactiveInterval()));
            change(ssoId, signOn -> signOn.without(before));
        } catch (StoreUnavailableException e) {
            outages.warn("A sign-on has not heard of a session's new id: " + e.getMessage(), e.getCause());
        }
    }

    private SignOns.@Nullable Change change(String ssoId, Function<SignOn, @Nullable SignOn> how) {
        SignOns all = signOns();
        return all == null ? null : all.change(ssoId, how);
    }

    /**
     * A session is about to get a new id, which the sign-on knows from now on, besides the one it has.
     *
     * @return whether the sign-on is there, and is to be told when the old id is gone
     */
    boolean changing(String ssoId, ClowderSession session, String newId) {
        SignedSession now = signed(session);
        SignedSession next = new SignedSession(now.host(), now.context(), newId, "");
        SignOns.Change change = change(ssoId, signOn -> signOn.with(next, session.getMaxInactiveInterval()));
        return change != null && change.isAlive();
    }

    /**
     * A session has its new id.
     *
     * @return whether the sign-on is still there; if not, who ended it may not have found the session
     */
    boolean changed(String ssoId, ClowderSession session, String oldId) {
        SignedSession now = signed(session);
        SignedSession before = new SignedSession(now.host(), now.context(), oldId, "");
        SignOns.Change change = change(ssoId, signOn -> signOn.without(before));
        return change != null && change.isAlive();
    }

    // ---- What nobody looks after

    @Override
    public void backgroundProcess() {
        super.backgroundProcess();
        runs = (runs + 1) % LOOKS_EACH;
        if (runs == 0 && getState().isAvailable()) {
            try {
                lookAfter(System.currentTimeMillis());
            } catch (StoreUnavailableException e) {
                log.log(Level.DEBUG, () -> "Sign-ons could not be looked through: " + e.getMessage());
            }
        }
    }

    /** Of the sign-ons that this node keeps: finishes ends, and forgets sessions whose ends the sign-on has not heard of. */
    void lookAfter(long now) {
        SignOns all = signOns();
        if (all == null) {
            return;
        }
        all.here().forEach((id, signOn) -> {
            if (signOn.over()) {
                signOn.sessions().forEach(signed -> finish(all, id, signed));
            } else if (signOn.isDueAt(now)) {
                check(all, id, signOn, now);
            }
        });
    }

    private void finish(SignOns all, String ssoId, SignedSession signed) {
        if (manager(signed) != null) { // else it was said at the logout
            end(all, ssoId, signed);
        }
    }

    private void check(SignOns all, String ssoId, SignOn signOn, long now) {
        for (SignedSession signed : signOn.sessions()) {
            if (isGone(signed)) {
                all.change(ssoId, present -> present.without(signed));
            }
        }
        all.change(ssoId, present -> present.sessions().isEmpty() ? null : present.usedAt(now));
    }

    private boolean isGone(SignedSession signed) {
        if (!signed.node().isEmpty() && !signed.node().equals(nodeId())) {
            return !isAlive(signed.node());
        }
        Manager manager = manager(signed);
        return manager instanceof ClowderManager clustered
                ? !clustered.exists(signed.id())
                : manager != null && session(manager, signed) == null;
    }

    private synchronized boolean isAlive(String id) {
        return Objects.requireNonNull(node).isAlive(UUID.fromString(id));
    }
}
