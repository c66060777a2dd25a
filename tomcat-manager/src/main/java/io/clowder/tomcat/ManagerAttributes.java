/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.codec.Immutables;
import io.clowder.hazelcast.Topology;
import io.clowder.session.Detection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the Manager element says about the sessions of its application: collected as Tomcat sets it, with the defaults of what
 * it leaves out. A value that is not allowed is remembered, and stops the start. Used by the thread that starts the Manager.
 */
final class ManagerAttributes {

    private static final int DEFAULT_OPERATION_TIMEOUT = 5_000;
    private static final int MIN_OPERATION_TIMEOUT = 500;

    /** Below the heartbeat limit after which the cluster drops a silent node: that node must have noticed before. */
    private static final int MAX_OPERATION_TIMEOUT = 9_000;

    /** Above what one node serves within a timeout as a rule; 10,000 sessions of 20 KB are 200 MB. */
    private static final int DEFAULT_LOCAL_SESSIONS = 10_000;

    /** What {@link #isTimeout} allows. */
    static final String TIMEOUTS =
            "allowed is " + MIN_OPERATION_TIMEOUT + " to " + MAX_OPERATION_TIMEOUT + " (milliseconds)";

    private static final String COUNT = "allowed is -1 (no limit) or 1 and more";
    private static final Map<String, String> NUMBERS = Map.of(
            "operationTimeout", TIMEOUTS,
            "maxLocalSessions", COUNT,
            "localIdleTimeout", COUNT + " (seconds)");

    private static final String NAMES =
            ClusterAttributes.NAMES + ", namespace, operationTimeout, strict, dirty, immutable,"
                    + " onOutage, onUnreadable, persistAuthentication, affinity, reads, maxLocalSessions, localIdleTimeout,"
                    + " storeEmptySessions, webSocketKeepAlive and those of every Tomcat Manager";

    private static final Set<String> AFFINITIES = Set.of("auto", "sticky", "roaming");
    private static final Set<String> READS = Set.of("validated", "near");

    private final ClusterAttributes cluster = new ClusterAttributes();
    private String namespace = "";
    private int operationTimeout = DEFAULT_OPERATION_TIMEOUT;
    private String affinity = "auto";
    private String reads = "validated";
    private int maxLocalSessions = DEFAULT_LOCAL_SESSIONS;
    private int localIdleTimeout = -1;
    private boolean storesEmpty = true;
    private boolean strict;
    private Detection detection = Detection.ON_READ;
    private OnOutage onOutage = OnOutage.LOCAL;
    private OnUnreadable onUnreadable = OnUnreadable.DROP_SESSION;
    private Immutables immutables = new Immutables(List.of());
    private boolean socketsKeepAlive;

    /** Those that say where the cluster is. */
    ClusterAttributes cluster() {
        return cluster;
    }

    String namespace() {
        return namespace;
    }

    void setNamespace(String text) {
        if (text.contains(":")) {
            cluster.wrong("namespace", text, "allowed is any text without a colon");
        }
        namespace = text;
    }

    Duration operationTimeout() {
        return Duration.ofMillis(operationTimeout);
    }

    void setOperationTimeout(int millis) {
        checkNumber("operationTimeout", millis, isTimeout(millis));
        operationTimeout = millis;
    }

    /** Whether a call to the cluster may take that long, in milliseconds. */
    static boolean isTimeout(int millis) {
        return millis >= MIN_OPERATION_TIMEOUT && millis <= MAX_OPERATION_TIMEOUT;
    }

    /** Whether sessions are roaming although there may be a jvmRoute. */
    boolean isRoaming() {
        return affinity.equals("roaming");
    }

    void setAffinity(String value) {
        if (!AFFINITIES.contains(value)) {
            cluster.wrong("affinity", value, "allowed is auto, sticky or roaming");
        }
        affinity = value;
    }

    /** Whether a roaming session may be served without asking the cluster. */
    boolean readsNear() {
        return reads.equals("near");
    }

    void setReads(String value) {
        if (!READS.contains(value)) {
            cluster.wrong("reads", value, "allowed is validated or near");
        }
        reads = value;
    }

    /** Not positive: no limit. */
    int maxLocalSessions() {
        return maxLocalSessions;
    }

    void setMaxLocalSessions(int sessions) {
        checkNumber("maxLocalSessions", sessions, isCount(sessions));
        maxLocalSessions = sessions;
    }

    /** Null: never. */
    @Nullable
    Duration localIdleTimeout() {
        return localIdleTimeout > 0 ? Duration.ofSeconds(localIdleTimeout) : null;
    }

    void setLocalIdleTimeout(int seconds) {
        checkNumber("localIdleTimeout", seconds, isCount(seconds));
        localIdleTimeout = seconds;
    }

    private static boolean isCount(int value) {
        return value > 0 || value == -1;
    }

    private void checkNumber(String name, int value, boolean allowed) {
        if (!allowed) {
            cluster.wrong(name, String.valueOf(value), Objects.requireNonNull(NUMBERS.get(name)));
        }
    }

    /** Whether a session is stored before it has an attribute or a user. */
    boolean storesEmpty() {
        return storesEmpty;
    }

    void setStoreEmptySessions(String value) {
        storesEmpty = truth("storeEmptySessions", value);
    }

    /** Whether {@code setAttribute} throws for what cannot be serialized. */
    boolean isStrict() {
        return strict;
    }

    void setStrict(String value) {
        strict = truth("strict", value);
    }

    Detection detection() {
        return detection;
    }

    void setDirty(String value) {
        switch (value) {
            case "onRead" -> detection = Detection.ON_READ;
            case "onWrite" -> detection = Detection.ON_WRITE;
            default -> cluster.wrong("dirty", value, "allowed is onRead or onWrite");
        }
    }

    OnOutage onOutage() {
        return onOutage;
    }

    void setOnOutage(String value) {
        OnOutage named = OnOutage.named(value);
        if (named == null) {
            cluster.wrong("onOutage", value, "allowed is local or fail");
        } else {
            onOutage = named;
        }
    }

    OnUnreadable onUnreadable() {
        return onUnreadable;
    }

    void setOnUnreadable(String value) {
        OnUnreadable named = OnUnreadable.named(value);
        if (named == null) {
            cluster.wrong("onUnreadable", value, "allowed is dropSession, dropAttribute or fail");
        } else {
            onUnreadable = named;
        }
    }

    Immutables immutables() {
        return immutables;
    }

    void setImmutable(String names) {
        try {
            immutables = new Immutables(List.of(names.strip().split("[,\\s]+")));
        } catch (IllegalArgumentException e) {
            cluster.wrong(
                    "immutable",
                    names,
                    e.getMessage()
                            + "; allowed are names of classes, com.acme.* and com.acme.**, separated by commas or"
                            + " blanks");
        }
    }

    /** Whether what a WebSocket receives keeps its session alive. */
    boolean socketsKeepAlive() {
        return socketsKeepAlive;
    }

    void setWebSocketKeepAlive(String value) {
        socketsKeepAlive = truth("webSocketKeepAlive", value);
    }

    /** See {@link ClusterAttributes#truth}. */
    boolean truth(String name, String value) {
        return cluster.truth(name, value);
    }

    /** There is no such attribute, or its value is of another kind. */
    void unknown(String name, String value) {
        cluster.wrong(
                name,
                value,
                NUMBERS.getOrDefault(
                        name, "there is no such attribute, or it does not take this value; allowed are " + NAMES));
    }

    /**
     * Whether sessions have holders: with the jvmRoute that the Engine has, and where the members are.
     *
     * @throws IllegalArgumentException with all that is not allowed
     */
    boolean checkSticky(@Nullable String route, Topology topology) {
        boolean client = topology == Topology.CLIENT;
        boolean wanted = affinity.equals("sticky");
        boolean sticky = route != null && (wanted || !client);
        if (wanted && route == null) {
            cluster.wrong(
                    "affinity", affinity, "needs a jvmRoute on the Engine; without one, allowed is auto or roaming");
        }
        if (readsNear() && client) {
            cluster.wrong(
                    "reads",
                    reads,
                    "there is no near cache with topology=\"client\"; allowed is validated, or topology=\"embedded\" with it");
        } else if (readsNear() && sticky) {
            cluster.wrong(
                    "reads",
                    reads,
                    "a sticky session is read from its holder's copy; allowed is validated, or affinity=\"roaming\" with it");
        }
        cluster.checkNoneWrong("Manager");
        return sticky;
    }
}
