/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.codec.AttributeCodec;
import io.clowder.codec.NotSerializableAttributeException;
import io.clowder.codec.UnreadableAttributeException;
import io.clowder.hazelcast.ClusterMember;
import io.clowder.hazelcast.ClusterNode;
import io.clowder.hazelcast.ClusterSettings;
import io.clowder.hazelcast.HazelcastSessionStore;
import io.clowder.hazelcast.Topology;
import io.clowder.session.LiveSession;
import io.clowder.session.SessionStatistics;
import io.clowder.session.Sessions;
import io.clowder.store.ClusterClock;
import io.clowder.store.SessionTimes;
import io.clowder.store.StoreUnavailableException;
import io.clowder.store.Trace;
import jakarta.servlet.http.HttpSessionActivationListener;
import java.io.IOException;
import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.apache.catalina.Context;
import org.apache.catalina.DistributedManager;
import org.apache.catalina.Host;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Pipeline;
import org.apache.catalina.Server;
import org.apache.catalina.Session;
import org.apache.catalina.authenticator.SingleSignOn;
import org.apache.catalina.connector.CoyoteAdapter;
import org.apache.catalina.connector.Request;
import org.apache.catalina.session.ManagerBase;
import org.apache.catalina.session.StandardSession;
import org.apache.tomcat.util.scan.StandardJarScanFilter;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's Manager over the cluster: the sessions of one web application, on whichever node a request lands.
 *
 * <p>{@code <Manager className="io.clowder.tomcat.ClowderManager"/>} in a {@code context.xml} is a complete configuration. The
 * setters are the attributes of that element; they are read once, at start, and a wrong one stops the start. With a
 * {@code jvmRoute} on the Engine a session is held by the node that serves it (sticky); without one, and as a client of a
 * dedicated cluster, each request asks the cluster for the newest state (roaming).
 */
public class ClowderManager extends ManagerBase implements DistributedManager {

    private static final Logger log = System.getLogger(ClowderManager.class.getName());

    private static final String NAME = "ClowderManager";
    /** An id of Tomcat's own generator has twice as many characters as bytes, and a route. */
    private static final int MIN_LONGEST_ID = 255;

    /** A session that comes back to this node so often, with less than a minute between, shows a balancer that is not sticky. */
    private static final int MANY_BOUNCES = 5;

    /** How long a node that was killed a moment ago may stand in the way of its own restart. */
    private static final Duration ROUTE_PATIENCE = Duration.ofSeconds(15);

    /** Ids drawn at most until one is found whose session this node would keep: N members need N draws on average. */
    private static final int MAX_DRAWS = 100;

    private final ManagerAttributes attributes = new ManagerAttributes();
    private final OutageLog outages = new OutageLog(log, System::nanoTime);
    /** Ids drawn for sessions that are just being created: nobody can have had them before. */
    private final Set<String> fresh = ConcurrentHashMap.newKeySet();

    private final OutsideUse outside = new OutsideUse(this);
    private final LongAdder drawn = new LongAdder();
    private final LongAdder atHome = new LongAdder();
    private @Nullable String route;
    private Topology topology = Topology.EMBEDDED;
    private boolean sticky;
    /** The start of the node that was begun before this manager's own; null when there was none, or after it. */
    private @Nullable CompletableFuture<Void> ahead;

    private final AtomicBoolean bounceReported = new AtomicBoolean();

    private @Nullable AttributeCodec codec;
    private volatile @Nullable TroubleLog troubles;
    private volatile @Nullable Sessions clustered;
    private volatile @Nullable Upkeep upkeep;
    private volatile @Nullable StandIns standIns;
    private ClusterMember.@Nullable Watch returns;
    private volatile @Nullable HazelcastSessionStore store;
    private volatile Sockets sockets = new Sockets(this, false);
    private volatile @Nullable ClusterClock clock;
    private @Nullable ClowderValve valve;
    private List<InnerFilter> filters = List.of();
    private @Nullable Crawlers crawlers;
    private @Nullable ClowderSingleSignOn singleSignOn;

    /** A manager with the defaults. */
    @SuppressWarnings("this-escape") // a setter of the superclass that only sets a field
    public ClowderManager() {
        setPersistAuthentication(true);
    }

    // ---- Attributes of the Manager element

    /**
     * {@code embedded}, the default: this Tomcat is a member of the cluster; {@code client}: it is a client of a dedicated one,
     * whose members have our jars, too.
     */
    public void setTopology(String topology) {
        attributes.cluster().setTopology(topology);
    }

    /** The name that all nodes of a cluster share; {@code clowder} by default, which is good for one machine only. */
    public void setClusterName(String clusterName) {
        attributes.cluster().clusterName = clusterName;
    }

    /** Where other nodes may be: hosts, separated by commas or blanks; none by default: this machine. */
    public void setMembers(String members) {
        attributes.cluster().members = members;
    }

    /** The IP address, or pattern such as {@code 10.0.0.*}, that the member listens on; 127.0.0.1 by default. */
    public void setInterface(String networkInterface) {
        attributes.cluster().networkInterface = networkInterface;
    }

    /** The first of 20 ports that the member tries; 5701 by default. */
    public void setPort(String port) {
        attributes.cluster().port = port;
    }

    /** A Hazelcast member configuration, XML or YAML, in place of the attributes above. */
    public void setConfig(String config) {
        attributes.cluster().config = config;
    }

    /**
     * Name of a Hazelcast member in this process that somebody else has started, and will end after Tomcat; instead of one of our
     * own. Its configuration went through {@link io.clowder.hazelcast.ClusterMember#prepare}.
     */
    public void setInstanceName(String instanceName) {
        attributes.cluster().instanceName = instanceName;
    }

    /**
     * With fewer members than that in the cluster, this one among them, each goes on alone. More than half of the nodes
     * keeps the smaller side of a split from going on beside the larger one; 1 by default, at most 1000.
     */
    public void setMinimumClusterSize(String minimumClusterSize) {
        attributes.cluster().minimumClusterSize = minimumClusterSize;
    }

    /** Whether the start fails without a cluster; false by default: this Tomcat then goes on alone until there is one. */
    public void setFailFast(String failFast) {
        attributes.cluster().setFailFast(failFast);
    }

    /** Keeps applications of the same name apart that share a cluster; empty by default. */
    public void setNamespace(String namespace) {
        attributes.setNamespace(namespace);
    }

    /** How long a request waits for the cluster, in milliseconds: 500 to 9000, by default 5000. */
    public void setOperationTimeout(int operationTimeout) {
        attributes.setOperationTimeout(operationTimeout);
    }

    /**
     * {@code sticky}: the node that serves a session holds it, and needs a jvmRoute; {@code roaming}: each request asks the
     * cluster, and ids have no route; {@code auto}, the default: sticky where a jvmRoute is set, else roaming, as always with
     * {@code topology="client"}.
     */
    public void setAffinity(String affinity) {
        attributes.setAffinity(affinity);
    }

    /**
     * {@code validated}, the default: a roaming session is served when the cluster says that it is the newest state; {@code
     * near}: it is served without asking as long as the near cache has heard of no change. With {@code near} it must be roaming.
     */
    public void setReads(String reads) {
        attributes.setReads(reads);
    }

    /** How many copies of sessions this node keeps ready, those used last; by default 10000, -1 for no limit. */
    public void setMaxLocalSessions(int maxLocalSessions) {
        attributes.setMaxLocalSessions(maxLocalSessions);
    }

    /** After how many seconds without a request this node drops its copy of a session; by default -1: never. */
    public void setLocalIdleTimeout(int localIdleTimeout) {
        attributes.setLocalIdleTimeout(localIdleTimeout);
    }

    /** Whether a session is stored before it has an attribute or a user; true by default. If not, other nodes lack it until then. */
    public void setStoreEmptySessions(String storeEmptySessions) {
        attributes.setStoreEmptySessions(storeEmptySessions);
    }

    /** Whether {@code setAttribute} throws for what cannot be serialized; by default that attribute stays on its node. */
    public void setStrict(String strict) {
        attributes.setStrict(strict);
    }

    /** Whether objects changed in place are looked for among attributes read ({@code onRead}, default) or only set. */
    public void setDirty(String dirty) {
        attributes.setDirty(dirty);
    }

    /**
     * What becomes of a session of which something stored cannot be read here: it is ended ({@code dropSession}, default), only
     * that attribute is removed ({@code dropAttribute}), or who asks for it gets an exception ({@code fail}).
     */
    public void setOnUnreadable(String onUnreadable) {
        attributes.setOnUnreadable(onUnreadable);
    }

    /**
     * What a client gets, while the cluster is away, whose session this node lacks: {@code local}, the default: no session, and if
     * the application makes one, that stands in until the cluster is back; {@code fail}: 503.
     */
    public void setOnOutage(String onOutage) {
        attributes.setOnOutage(onOutage);
    }

    /** Classes, besides those known, that nobody can change in place: names, {@code com.acme.*} or {@code com.acme.**}. */
    public void setImmutable(String immutable) {
        attributes.setImmutable(immutable);
    }

    /** Whether what a WebSocket receives keeps the session alive under which it was opened; false by default, as Tomcat's. */
    public void setWebSocketKeepAlive(String webSocketKeepAlive) {
        attributes.setWebSocketKeepAlive(webSocketKeepAlive);
    }

    /** Whether the principal and the authentication type travel with the session; true by default. Never the password. */
    public void setPersistAuthentication(String persistAuthentication) {
        setPersistAuthentication(attributes.truth("persistAuthentication", persistAuthentication));
    }

    /**
     * Where Tomcat brings an attribute that there is no setter for, or whose value the setter's type does not take.
     *
     * @return true: the start reports it
     */
    public boolean setProperty(String name, String value) {
        attributes.unknown(name, value);
        return true;
    }

    // ---- Life cycle

    @Override
    public String getName() {
        return NAME;
    }

    /**
     * As Tomcat's; spares the application the search of our jars for tag libraries and fragments, which have none. The node starts
     * while Tomcat looks through the rest of it.
     */
    @Override
    public void setContext(@Nullable Context context) {
        super.setContext(context);
        if (context == null) {
            return;
        }
        context.addLifecycleListener(event -> {
            if (event.getType().equals(Lifecycle.BEFORE_START_EVENT) && context.getManager() == this) {
                startAhead();
            }
        });
        if (context.getJarScanner().getJarScanFilter() instanceof StandardJarScanFilter filter) {
            String ours = String.join(",", ClusterNode.jarNames());
            filter.setTldSkip(filter.getTldSkip() + "," + ours);
            filter.setPluggabilitySkip(filter.getPluggabilitySkip() + "," + ours);
        }
    }

    @Override
    protected void startInternal() throws LifecycleException {
        super.startInternal();
        try {
            join();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new LifecycleException(
                    "Clowder cannot start for " + getContext().getName() + ": " + e.getMessage(), e);
        }
        setState(LifecycleState.STARTING);
    }

    private void startAhead() {
        if (ServerListener.of(getContext()).running() == null) {
            ahead = CompletableFuture.runAsync(this::node, task -> {
                Thread starting = new Thread(task, "clowder-start");
                starting.setDaemon(true);
                starting.start();
            });
        }
    }

    /** The node of this Tomcat, started if need be. Decides about topology and stickiness, too. */
    private ClusterNode node() {
        route = getJvmRoute();
        Server server = getEngine().getService().getServer();
        ServerListener listener = ServerListener.of(server);
        attributes.cluster().checkNoneWrong("Manager");
        ClusterSettings wanted = attributes.cluster().settings(server);
        topology = listener.topology(wanted);
        sticky = attributes.checkSticky(route, topology);
        return listener.node(server, wanted);
    }

    private void join() {
        if (ahead != null) {
            ahead.handle((nothing, failure) -> failure == null).join(); // what failed is tried again, and then told
            ahead = null;
        }
        ClusterNode node = node();
        Context context = getContext();
        clock = node.clock();
        if (route != null) {
            node.claimRoute(route, ROUTE_PATIENCE);
        }
        codec = new AttributeCodec(
                context.getLoader().getClassLoader(),
                null,
                value -> value instanceof HttpSessionActivationListener,
                attributes.immutables(),
                value -> Crawlers.isMark(value.getClass().getName()));
        Duration patience = attributes.operationTimeout();
        TroubleLog said = new TroubleLog(log, describeContext(), attributes.onUnreadable());
        troubles = said;
        if (attributes.readsNear()) {
            node.keepNear(mapName());
        }
        Sessions opened = new Sessions(
                copies -> store = sticky
                        ? node.heldSessions(mapName(), copies, patience)
                        : node.sessions(mapName(), copies, patience),
                codec,
                attributes.detection(),
                sticky,
                patience,
                this::loaded,
                said::trouble,
                node.clock());
        clustered = opened;
        upkeep = new Upkeep(this, opened);
        standIns = new StandIns(this, opened);
        if (attributes.onOutage() == OnOutage.FAIL) {
            opened.refuseStrangers();
        }
        if (topology == Topology.CLIENT) {
            opened.rememberEnds(); // its cluster may come back without them
        }
        returns = node.onReturn(new Returning(opened));
        if (attributes.maxLocalSessions() > 0) {
            opened.limit(attributes.maxLocalSessions());
        }
        if (attributes.readsNear()) {
            readNear(opened);
        }
        if (!attributes.storesEmpty()) {
            opened.keepEmpty();
        }
        crawlers = Crawlers.of(context);
        signOnWith(ClowderSingleSignOn.of(context));
        sockets = new Sockets(this, attributes.socketsKeepAlive());
        Pipeline pipeline = host().getPipeline();
        ClowderValve bracket = new ClowderValve(this, pipeline.getBasic());
        synchronized (pipeline) { // which Tomcat itself does not guard, and applications may start at the same time
            pipeline.addValve(bracket);
        }
        valve = bracket;
        filters = InnerFilter.all(context);
        filters.forEach(filter -> filter.addTo(context));
        log.log(
                Level.INFO,
                "Sessions of {0}: {1}, map {2}, {3}",
                describeContext(),
                describeMode(),
                mapName(),
                node.describe());
    }

    /** The cluster is back: it is told what has ended first, and then what has changed. */
    private final class Returning implements ClusterNode.Return {

        private final Sessions opened;

        Returning(Sessions opened) {
            this.opened = opened;
        }

        @Override
        public void replay(boolean forgotten) {
            opened.replay(forgotten);
        }

        @Override
        public boolean back() {
            Upkeep running = upkeep;
            if (running == null) {
                return true;
            }
            ClassLoader before = getContext().bind(false, null);
            try {
                return running.tidy();
            } finally {
                getContext().unbind(false, before);
            }
        }
    }

    private void signOnWith(@Nullable SingleSignOn valve) {
        if (valve instanceof ClowderSingleSignOn clustered) {
            singleSignOn = clustered;
        } else if (valve != null) {
            log.log(
                    Level.WARNING,
                    "{0}: the valve {1} keeps sign-ons on this node: users have to log in again on another one, and a logout"
                            + " there does not end the sessions that it knows; use {2}",
                    describeContext(),
                    valve.getClass().getName(),
                    ClowderSingleSignOn.class.getName());
        }
    }

    /** As Tomcat's, but a roaming session's id has no route. */
    @Override
    public @Nullable String getJvmRoute() {
        return attributes.isRoaming() ? null : super.getJvmRoute();
    }

    private void readNear(Sessions opened) {
        HazelcastSessionStore of = store;
        if (of != null && of.hasNearCache()) {
            opened.readNear();
        } else {
            log.log(
                    Level.WARNING,
                    "{0}: reads=\"near\" has no effect: map {1} has been used without a near cache; each request asks the"
                            + " cluster, until all nodes have been started anew",
                    describeContext(),
                    mapName());
        }
    }

    private String describeContext() {
        return getContext().getName().isEmpty() ? "/" : getContext().getName();
    }

    private String describeMode() {
        if (sticky) {
            return "sticky, route " + route;
        }
        String reason = attributes.isRoaming() ? "affinity" : "no jvmRoute is set on the Engine";
        return "roaming ("
                + (topology == Topology.CLIENT ? "topology" : reason)
                + (attributes.readsNear()
                        ? ": requests read what is near, reads=\"near\")"
                        : ": each request asks the cluster)")
                + (route == null ? "" : ", route " + route);
    }

    private String mapName() {
        Context context = getContext();
        String version = context.getWebappVersion();
        String path = context.getPath() + (version.isEmpty() ? "" : "##" + version);
        return "clowder:" + attributes.namespace() + ":" + host().getName() + ":" + path;
    }

    private Host host() {
        return (Host) getContext().getParent();
    }

    @Override
    protected void stopInternal() throws LifecycleException {
        setState(LifecycleState.STOPPING);
        if (valve != null) {
            Pipeline pipeline = host().getPipeline();
            synchronized (pipeline) {
                pipeline.removeValve(valve);
            }
        }
        filters.forEach(filter -> filter.removeFrom(getContext()));
        sockets.stop();
        if (returns != null) {
            returns.close();
        }
        Sessions leaving = clustered;
        if (leaving != null) {
            tellRest(leaving);
            for (Session session : findSessions()) {
                leave((ClowderSession) session);
            }
            leaving.close();
            clustered = null;
            upkeep = null;
            standIns = null;
        }
        super.stopInternal();
    }

    /** A session that the cluster does not know, because it has no attribute, ends here. */
    private static void leave(ClowderSession session) {
        if (session.live().isLocal()) {
            session.expire();
        } else {
            session.leaving();
            session.left();
        }
    }

    /** The sessions stay in the cluster; what this node has not told it yet, it tells now, unless nobody listens. */
    private void tellRest(Sessions leaving) {
        try {
            for (Session session : findSessions()) {
                leaving.save(((ClowderSession) session).live(), leaving.deadline());
            }
        } catch (StoreUnavailableException e) {
            log.log(
                    Level.WARNING,
                    "{0}: the cluster may lack the last changes of this node: {1}",
                    describeContext(),
                    e.getMessage());
        }
        long untold = leaving.copies().stream().filter(LiveSession::isUnsaved).count();
        if (untold > 0 && leaving.isAway()) {
            log.log(
                    Level.WARNING,
                    "{0}: stopped while the cluster is away; what this node changed in {1} sessions is lost",
                    describeContext(),
                    untold);
        }
    }

    /** Nothing to do: sessions come from the cluster one by one. */
    @Override
    public void load() {}

    /** Nothing to do: sessions are in the cluster. */
    @Override
    public void unload() {}

    /** A request that is under way while its application stops learns that, and not that its session does not exist. */
    private Sessions clustered() {
        Sessions running = clustered;
        if (running == null) {
            throw stopped();
        }
        return running;
    }

    private StoreUnavailableException stopped() {
        return new StoreUnavailableException("The web application " + describeContext() + " is stopped", null);
    }

    // ---- Sessions

    @Override
    protected StandardSession getNewSession() {
        return new ClowderSession(this, clustered().blank());
    }

    /** An id whose session this node keeps itself, so that a save needs no hop before the backup. */
    @Override
    protected String generateSessionId() {
        Sessions sessions = clustered();
        drawn.increment();
        String id = super.generateSessionId();
        for (int draws = 1; draws < MAX_DRAWS; draws++) {
            if (sessions.isHome(SessionId.baseOf(id))) {
                atHome.increment();
                return id;
            }
            id = super.generateSessionId();
        }
        return id;
    }

    /** As Tomcat's; an id that the client brought gets the route of this node. */
    @Override
    public Session createSession(@Nullable String sessionId) {
        Exchange exchange = Exchange.current();
        StandIns missing = standIns;
        SessionId standsFor = missing == null ? null : missing.missing(sessionId, exchange);
        SessionId wanted = standsFor == null && sessionId != null ? SessionId.parse(sessionId) : standsFor;
        String id = wanted == null ? generateSessionId() : wanted.at(route).full();
        ClowderSession session;
        if (wanted == null) {
            fresh.add(id);
        }
        try {
            session = (ClowderSession) super.createSession(id);
            if (standsFor != null) {
                clustered().standsIn(session.live());
            }
        } catch (IllegalStateException e) {
            // Under the id that the client brought, another request may have created one a moment ago.
            ClowderSession present = wanted == null ? null : open(SessionId.parse(id), exchange);
            if (present == null) {
                throw e;
            }
            session = present;
        } finally {
            fresh.remove(id);
        }
        if (exchange != null) {
            exchange.created(this, session);
        } else {
            session.live().leave();
        }
        return session;
    }

    @Override
    public void add(Session session) {
        ClowderSession added = (ClowderSession) session;
        String base = SessionId.baseOf(session.getIdInternal());
        if (!added.live().id().equals(base)) {
            clustered().add(added.live(), base, !fresh.contains(session.getIdInternal()));
        }
        super.add(session);
    }

    @Override
    public @Nullable Session findSession(@Nullable String id) throws IOException {
        if (id == null || !SessionId.isPossible(id, longestId())) {
            return null;
        }
        SessionId presented = SessionId.parse(id);
        Exchange exchange = Exchange.current();
        if (exchange == null || exchange.request().getContext() != getContext()) {
            StackFrame caller = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE)
                    .walk(frames -> frames.skip(1).findFirst())
                    .orElseThrow();
            if (isOnlyAsking(caller, exchange)) {
                return (exchange == null ? isMappedHere(presented) : isKnown(clustered(), presented)) ? some() : null;
            }
        }
        if (exchange != null) {
            return exchange.find(this, presented);
        }
        ClowderSession session = open(presented, null);
        if (session != null) {
            session.live().leave();
        }
        return session;
    }

    /**
     * Whether Tomcat asks no more than whether there is such a session: to find the version of the application that gets the
     * request; to choose among several cookies; or to see whether another application of the host has it, before it gives the
     * id to a new session of one.
     */
    private static boolean isOnlyAsking(StackFrame caller, @Nullable Exchange exchange) {
        return caller.getDeclaringClass() == CoyoteAdapter.class
                || (caller.getDeclaringClass() == Request.class
                        && (exchange != null || caller.getMethodName().equals("isRequestedSessionIdValid")));
    }

    /** Says that there is one, and is not used. */
    private Session some() {
        StandardSession some = new StandardSession(this);
        some.setValid(true);
        return some;
    }

    /** For a request that Tomcat has not given to an application yet. */
    private boolean isMappedHere(SessionId presented) {
        Exchange.mapped();
        Sessions running = clustered;
        if (running == null) {
            return getContext().getPaused(); // being reloaded: Tomcat waits for it, and asks again
        }
        try {
            return isKnown(running, presented);
        } catch (StoreUnavailableException e) {
            Exchange.unmapped(presented, e);
            return true;
        }
    }

    private boolean isKnown(Sessions running, SessionId presented) {
        return running.isKnown(presented.base(), Objects.equals(route, presented.route()), running.deadline());
    }

    /** The id that the client has, if it can be one of ours; null if not. */
    @Nullable
    String requestedId(Request request) {
        String id = request.getContext() == getContext() ? request.getRequestedSessionId() : null;
        return id != null && SessionId.isPossible(id, longestId()) ? id : null;
    }

    private int longestId() {
        return Math.max(MIN_LONGEST_ID, 4 * getSessionIdGenerator().getSessionIdLength());
    }

    /**
     * The session that a client names, entered: the caller leaves its live copy when it is through. A route of another node
     * is replaced by our own, in the response's cookie too.
     */
    @Nullable
    ClowderSession open(SessionId named, @Nullable Exchange exchange) {
        Sessions sessions = clustered();
        StandIns standing = standIns;
        SessionId presented = standing == null ? named : standing.settle(named, exchange);
        boolean ownRoute = Objects.equals(route, presented.route());
        LiveSession live = sessions.open(presented.base(), ownRoute, exchange != null, sessions.deadline());
        if (live == null) {
            if (crawlers != null) {
                crawlers.forget(presented.full());
            }
            return null;
        }
        ClowderSession session = (ClowderSession) live.face();
        session.arrived();
        boolean readable = false;
        try {
            readable = isReadable(session);
        } finally {
            if (!readable) {
                live.leave();
            }
        }
        if (!readable) {
            return null;
        }
        if (live.bounces() >= MANY_BOUNCES && bounceReported.compareAndSet(false, true)) {
            log.log(
                    Level.WARNING,
                    "{0}: a session alternates between nodes ({1} came back here {2} times); each time costs a write with its"
                            + " backup. Make the load balancer follow the route in the session id (here .{3}), or set"
                            + " affinity=\"roaming\" on the Manager. This is said once, the counter bounces goes on",
                    describeContext(),
                    presented,
                    live.bounces(),
                    route);
        }
        if (!ownRoute && route != null && exchange != null) {
            reroute(session, presented, exchange.request());
        }
        return session;
    }

    /** Whether the session may be used: nothing of it is known to be unreadable, or what is was dropped. */
    private boolean isReadable(ClowderSession session) {
        UnreadableAttributeException login = session.unreadableLogin();
        return switch (attributes.onUnreadable()) {
            case FAIL -> {
                if (login != null) {
                    throw login.of(session.toString());
                }
                yield true;
            }
            case DROP_ATTRIBUTE -> {
                if (login != null) {
                    session.forgetLogin();
                }
                yield true;
            }
            case DROP_SESSION -> {
                if (login != null || Objects.requireNonNull(troubles).isSuspect(session)) {
                    session.drop();
                    yield false;
                }
                yield true;
            }
        };
    }

    OnUnreadable onUnreadable() {
        return attributes.onUnreadable();
    }

    /** A valve before ours has asked for the session: if the client's id names another node, the route is replaced now. */
    void reroute(ClowderSession session, Request request) {
        String id = request.getRequestedSessionId();
        if (id == null || route == null) {
            return;
        }
        SessionId presented = SessionId.parse(id);
        if (presented.base().equals(session.live().id()) && !route.equals(presented.route())) {
            reroute(session, presented, request);
        }
    }

    /** Does what Tomcat's JvmRouteBinderValve does when a session has come from another node. */
    private void reroute(ClowderSession session, SessionId presented, Request request) {
        if (request.getContext() != getContext() || !presented.full().equals(request.getRequestedSessionId())) {
            return;
        }
        String newId = session.getIdInternal();
        session.tellChangedSessionId(newId, presented.full(), true, true);
        request.changeSessionId(newId);
    }

    /** Makes Tomcat's object for a session that came from the store. */
    private ClowderSession loaded(LiveSession live, SessionTimes times) {
        ClowderSession session = new ClowderSession(this, live);
        session.load(new SessionId(live.id(), route).full(), times);
        super.add(session);
        return session;
    }

    /**
     * Gives the session its new id, in the cluster first. Called with the session still under its old id.
     *
     * @return false when its single sign-on has ended meanwhile, and the session is to end, too
     */
    boolean move(ClowderSession session, String newId) {
        String oldId = session.getIdInternal();
        String base = SessionId.baseOf(newId);
        boolean moves = !base.equals(session.live().id());
        boolean stays = !moves || rename(session, session.live().id(), base);
        if (moves) {
            sockets.moved(session, SessionId.baseOf(oldId));
        }
        if (session.isUsable()) { // else it has ended elsewhere, and Tomcat shall not keep it
            sessions.put(newId, session);
        }
        sessions.remove(oldId, session);
        return stays;
    }

    private boolean rename(ClowderSession session, String oldBase, String newBase) {
        Sessions running = clustered();
        ClowderSingleSignOn valve = singleSignOn;
        String signOn = session.signOn();
        if (valve == null || signOn == null || !valve.changing(signOn, session, newBase)) {
            running.rename(session.live(), newBase, running.deadline());
            return true;
        }
        running.rename(session.live(), newBase, running.deadline());
        return valve.changed(signOn, session, oldBase);
    }

    /** A session has ended that may belong to a single sign-on. */
    void leaveSignOn(ClowderSession session) {
        ClowderSingleSignOn valve = singleSignOn;
        String signOn = session.signOn();
        if (valve != null && signOn != null) {
            valve.left(signOn, session);
        }
    }

    /** As {@link #leaveSignOn}, where no request can be told of a failure. */
    void tellSignOn(ClowderSession session) {
        try {
            leaveSignOn(session);
        } catch (StoreUnavailableException e) {
            Objects.requireNonNull(singleSignOn).notLeft(e);
        }
    }

    /** The session under this id without route, null when there is none. */
    @Nullable
    Session named(String base) throws IOException {
        return findSession(new SessionId(base, route).full());
    }

    /** As {@link #named}, but only whether there is one, which is no use of it. */
    boolean exists(String id) {
        Sessions running = clustered();
        return running.isKnown(id, false, running.deadline());
    }

    /** Saves what the session's requests changed; see {@link Sessions#save}. */
    void save(ClowderSession session) {
        if (session.isUsable() && (clustered != null || session.live().isUnsaved())) {
            Sessions running = clustered();
            running.save(session.live(), running.deadline());
        }
    }

    /**
     * Saves where no response can tell of a failure any more: it is logged, and the next save carries the change.
     *
     * @return whether it is saved
     */
    boolean saveLate(ClowderSession session) {
        try {
            save(session);
            return true;
        } catch (StoreUnavailableException e) {
            outages.warn(
                    session + ": a change made after the response is not in the cluster yet: " + e.getMessage(), null);
            return false;
        }
    }

    /** Somebody outside of a request uses the session: what it changes is saved in a moment. */
    void usedOutside(ClowderSession session) {
        outside.of(session);
    }

    /** The object that Tomcat has for the session now, when the one that somebody holds was dropped; null when it is gone. */
    @Nullable
    ClowderSession again(ClowderSession dropped) {
        SessionId id = new SessionId(dropped.live().id(), route);
        Exchange exchange = Exchange.current();
        if (exchange != null) {
            return exchange.find(this, id);
        }
        ClowderSession session = open(id, null);
        if (session != null) {
            usedOutside(session);
            session.live().leave();
        }
        return session;
    }

    @Override
    public void backgroundProcess() {
        Upkeep running = upkeep;
        if (running != null) {
            running.tidy();
        }
        super.backgroundProcess();
        if (running != null) {
            running.look(getProcessExpiresFrequency());
        }
    }

    /** As Tomcat's; ends in the cluster what is idle, and evicts copies. */
    @Override
    public void processExpires() {
        super.processExpires();
        Upkeep running = upkeep;
        if (running != null) {
            running.evict(attributes.localIdleTimeout());
        }
    }

    /** Milliseconds since the epoch, the same on all nodes. */
    long now() {
        return clock().millis();
    }

    ClusterClock clock() {
        return Objects.requireNonNull(clock);
    }

    OutageLog outages() {
        return outages;
    }

    /** Ends the session in the cluster; whether this node announces it. */
    boolean end(ClowderSession session) {
        Sessions running = clustered();
        return running.end(session.live(), null, running.deadline());
    }

    /** As {@link #end}, if nobody can use the session any more; see {@link Upkeep#endIdle}. */
    boolean endIdle(ClowderSession session) {
        Upkeep running = upkeep;
        if (running == null) {
            throw stopped();
        }
        return running.endIdle(session);
    }

    /** Tomcat's object is not to be used any more. */
    void dropped(ClowderSession session) {
        sessions.remove(session.getIdInternal(), session);
    }

    /** Runs work for the application off the cluster's threads; a Tomcat that is stopping runs it no more. */
    void later(Runnable work) {
        later(work, 0);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the work logs its failures
    void later(Runnable work, long millis) {
        try {
            getEngine().getService().getServer().getUtilityExecutor().schedule(work, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            log.log(Level.DEBUG, "Tomcat is stopping", e);
        }
    }

    boolean isRoaming() {
        return !sticky;
    }

    /** The application was told of the end of a session that this node had claimed. */
    void announced(ClowderSession session) {
        Sessions running = clustered;
        if (running != null) {
            running.announced(session.live());
        }
        sockets.ended(session);
    }

    /** See {@link Upkeep#isClusterSilent}. */
    boolean isClusterSilent() {
        Upkeep running = upkeep;
        return running == null || running.isClusterSilent();
    }

    /** See {@link Upkeep#unanswered}. */
    void unanswered(String what, StoreUnavailableException reason) {
        Upkeep running = upkeep;
        if (running != null) {
            running.unanswered(what, reason);
        }
    }

    // ---- WebSockets

    Sockets sockets() {
        return sockets;
    }

    /** What became of these sessions; those that have ended are missing. See {@link Sessions#trace}. */
    Map<String, Trace> trace(Set<String> bases, boolean all) {
        Sessions running = clustered();
        return running.trace(bases, all, running.deadline());
    }

    /** Something that is no request uses the session: its copy on this node is told, if there is one. */
    void noteUse(String base, long millis) {
        Sessions running = clustered;
        if (running != null) {
            running.noteUse(base, millis);
        }
    }

    /** As {@link #noteUse}, and the other nodes hear of it, if what they know lies behind by that many milliseconds. */
    void tellUse(String base, long millis, long share) {
        Sessions running = clustered();
        Context context = getContext();
        ClassLoader before = context.bind(false, null);
        try {
            running.tellUse(base, millis, share, running.deadline());
        } finally {
            context.unbind(false, before);
        }
    }

    // ---- All sessions of the cluster

    /** Tomcat undeploys an old version of an application when this is 0; a cluster that does not answer may have some. */
    @Override
    public int getActiveSessionsFull() {
        HazelcastSessionStore opened = store;
        try {
            return opened == null ? 0 : (int) opened.sessionCount();
        } catch (StoreUnavailableException e) {
            return Math.max(1, getActiveSessions());
        }
    }

    @Override
    public Set<String> getSessionIdsFull() {
        HazelcastSessionStore opened = store;
        return opened == null ? Set.of() : opened.sessionIds();
    }

    /** Throws when {@code strict} is set and the value could not be stored. */
    void checkAttribute(String name, Object value) {
        if (attributes.isStrict()
                && codec != null
                && !Crawlers.isMark(value.getClass().getName())) {
            try {
                codec.encode(name, value);
            } catch (NotSerializableAttributeException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        }
    }

    // ---- Counters, for JMX

    private SessionStatistics statistics() {
        return clustered().statistics();
    }

    /** Attribute values turned from bytes into objects since the start. */
    public long getDecodedAttributes() {
        return statistics().decoded();
    }

    /** Attribute values turned from objects into bytes since the start. */
    public long getEncodedAttributes() {
        return statistics().encoded();
    }

    /** Stored attribute values since the start that could not be read here. */
    public long getUnreadable() {
        return statistics().unreadable();
    }

    /** Deltas saved since the start. */
    public long getSaves() {
        return statistics().saves();
    }

    /** Sessions taken over from other nodes, or asked for as such, since the start. */
    public long getTakeovers() {
        return statistics().takeovers();
    }

    /** Sessions loaded without taking them over since the start. */
    public long getLoads() {
        return statistics().loads();
    }

    /** Sessions that other nodes took over since the start. */
    public long getReleased() {
        return statistics().released();
    }

    /** Attributes saved over a value that another node had saved meanwhile, since the start. */
    public long getConflicts() {
        return statistics().conflicts();
    }

    /** Times since the start that a value was encoded again, or left to the next save, because others were changing it. */
    public long getSerializationRetries() {
        return statistics().serializationRetries();
    }

    /** Sessions since the start that came back to this node after another had taken them over. */
    public long getBounces() {
        return statistics().bounces();
    }

    /** Copies that this node has evicted since the start; their sessions live on. */
    public long getEvictions() {
        return statistics().evictions();
    }

    /** Sessions since the start that this node ended because nobody looked after them any more. */
    public long getReaped() {
        return statistics().reaped();
    }

    /** How many milliseconds this node's clock is ahead of the cluster's now; negative when it is behind. */
    public long getClockSkew() {
        ClusterClock running = clock;
        return running == null ? 0 : running.skew();
    }

    /** Times since the start that a session was served from what is near, without asking the cluster. */
    public long getNearReads() {
        return statistics().nearReads();
    }

    /** Times since the start that the near cache had a session's record. */
    public long getNearHits() {
        HazelcastSessionStore opened = store;
        return opened == null ? 0 : opened.nearHits();
    }

    /** Records since the start that the near cache had to get whole. */
    public long getNearMisses() {
        HazelcastSessionStore opened = store;
        return opened == null ? 0 : opened.nearMisses();
    }

    /** Sessions, of all applications, that this member put together since its start, because a split cluster became one. */
    public long getMergedSessions() {
        HazelcastSessionStore opened = store;
        return opened == null ? 0 : opened.merged();
    }

    /** Attributes of {@link #getMergedSessions} that both sides had changed: the later write has won. */
    public long getMergeConflicts() {
        HazelcastSessionStore opened = store;
        return opened == null ? 0 : opened.mergeConflicts();
    }

    /** Commands sent to the entries of sessions since the start. */
    public long getStoreOperations() {
        HazelcastSessionStore opened = store;
        return opened == null ? 0 : opened.operations();
    }

    /** Bytes in the commands that may change a session, since the start, without Hazelcast's framing. */
    public long getStoreBytes() {
        HazelcastSessionStore opened = store;
        return opened == null ? 0 : opened.bytes();
    }

    /** Times since the start that a session was served while the cluster was away. */
    public long getServedAlone() {
        return statistics().alone();
    }

    /** Sessions since the start that this node had changed while the cluster was away, and that were put together afterwards. */
    public long getRejoined() {
        return statistics().joined();
    }

    /** Session ids drawn since the start. */
    public long getSessionsDrawn() {
        return drawn.sum();
    }

    /** Session ids drawn since the start whose sessions this node keeps itself. */
    public long getSessionsAtHome() {
        return atHome.sum();
    }
}
