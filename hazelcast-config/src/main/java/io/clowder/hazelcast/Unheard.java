/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.Config;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The addresses of other members where a process listened, and did not answer, when this member started: it may stand still, and
 * have sessions that this one knows nothing of. Until none listens there any more, or another member is here. One thread looks, any may ask.
 */
final class Unheard {

    private static final Logger log = System.getLogger(Unheard.class.getName());

    /** A connection is made or refused by then; else a machine does not answer, and Hazelcast does not wait for that. */
    private static final Duration CONNECTED = Duration.ofSeconds(1);

    /** A process that is at work has answered by then, also one that is just starting on a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration LOOK = Duration.ofMillis(5);

    /** A process that stands still keeps every connection that was begun until it goes on. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Map<Address, Knock> knocks = new ConcurrentHashMap<>();
    private long began = System.nanoTime();

    /** There are none. */
    Unheard() {
        this(List.of());
    }

    private Unheard(Collection<Address> addresses) {
        addresses.forEach(address -> knocks.put(address, new Knock(address)));
    }

    /**
     * Those of a member that is about to start; none if a process answers at one of its addresses, which tells of the others then.
     * Takes as long as it takes them to answer: a moment, or 5 s if a process does not.
     */
    static Unheard of(Config config) {
        Unheard unheard = new Unheard(addresses(config));
        while (unheard.isAny() && System.nanoTime() - unheard.began < PATIENCE.toNanos()) {
            LockSupport.parkNanos(LOOK.toNanos());
            boolean late = System.nanoTime() - unheard.began > CONNECTED.toNanos();
            if (unheard.knocks.values().stream().anyMatch(Knock::isAnswered)) {
                unheard.forget(knock -> true);
            }
            unheard.forget(knock -> knock.hasFailed() || (late && !knock.isAccepted()));
        }
        return unheard;
    }

    boolean isAny() {
        return !knocks.isEmpty();
    }

    /** Drops those where nobody listens any more, and all when another member is here. Does not block. */
    void look(boolean others) {
        if (!isAny()) {
            return;
        }
        if (others) {
            forget(knock -> true);
        } else if (System.nanoTime() - began >= PAUSE.toNanos()) {
            forget(Knock::hasFailed);
            began = System.nanoTime();
            knocks.replaceAll((address, knock) -> {
                knock.close();
                return new Knock(address);
            });
        }
    }

    private void forget(Predicate<Knock> which) {
        knocks.values().removeIf(knock -> {
            boolean forgotten = which.test(knock);
            if (forgotten) {
                knock.close();
            }
            return forgotten;
        });
    }

    /** Of patterns for addresses, which a Hazelcast file may have, it is not known who is meant. */
    private static List<Address> addresses(Config config) {
        ServerSocketEndpointConfig endpoint = MemberEndpoint.of(config);
        if (!MemberRules.join(config).getTcpIpConfig().isEnabled() || isEncrypted(endpoint)) {
            return List.of();
        }
        int ports = endpoint.isPortAutoIncrement()
                ? new HazelcastProperties(config).getInteger(ClusterProperty.TCP_JOIN_PORT_TRY_COUNT)
                : 1;
        List<Address> addresses = new ArrayList<>();
        for (String member : MemberRules.join(config).getTcpIpConfig().getMembers()) {
            String host = ClusterSettings.host(member);
            boolean named = !member.equals(host) && !member.equals("[" + host + "]");
            int first = named ? Integer.parseInt(member.substring(member.lastIndexOf(':') + 1)) : endpoint.getPort();
            try {
                for (int port = first; port < first + (named ? 1 : ports); port++) {
                    addresses.add(new Address(host, port));
                }
            } catch (UnknownHostException e) {
                log.log(Level.DEBUG, "A member that cannot be resolved is nobody's address", e);
            }
        }
        return addresses;
    }

    /** A greeting in the clear is not answered then. */
    private static boolean isEncrypted(ServerSocketEndpointConfig endpoint) {
        return endpoint.getSSLConfig() != null && endpoint.getSSLConfig().isEnabled();
    }

    @Override
    public String toString() {
        return knocks.keySet().stream().map(ClusterMember::address).sorted().collect(Collectors.joining(", "));
    }
}
