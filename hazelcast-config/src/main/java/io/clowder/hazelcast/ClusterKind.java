/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import io.clowder.store.Deadline;
import io.clowder.store.StoreUnavailableException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the members of a client's cluster have our jars, so that they run our commands, or are Hazelcast as it comes. They say so
 * by an attribute, which every member has that we have started. Thread-safe.
 */
final class ClusterKind {

    private final Supplier<Collection<Member>> members;
    private final Runnable configure;

    /** The members of the cluster whose maps are configured. */
    private volatile Set<UUID> configured = Set.of();

    /**
     * That of the cluster that a client is connected to.
     *
     * @param configure makes the maps of stock members what they have to be
     */
    ClusterKind(Cluster cluster, Runnable configure) {
        this(cluster::getMembers, configure);
    }

    ClusterKind(Supplier<Collection<Member>> members, Runnable configure) {
        this.members = members;
        this.configure = configure;
    }

    /**
     * Whether the members have nothing of ours, as far as is known now.
     *
     * @throws StoreUnavailableException if some have and some have not, or none is known
     */
    boolean isStock() {
        Collection<Member> all = members.get();
        String mixture = all.isEmpty() ? "no member of the cluster is known yet" : mixture(all);
        if (mixture != null) {
            throw new StoreUnavailableException(mixture, null);
        }
        return !isOurs(all.iterator().next());
    }

    /**
     * As above. Stock members are ready when that is answered.
     *
     * @throws StoreUnavailableException also if they are not by the deadline
     */
    boolean isStock(Deadline deadline) {
        while (isStock()) {
            if (isConfigured()) {
                return true;
            }
            if (deadline.isOver()) {
                throw new StoreUnavailableException("The maps of the cluster are not configured yet", null);
            }
            Calls.pause(deadline);
        }
        return false;
    }

    /** Whether they are all stock members, for a reader. */
    boolean isAllStock() {
        Collection<Member> all = members.get();
        return !all.isEmpty() && all.stream().noneMatch(ClusterKind::isOurs);
    }

    /**
     * Configures stock members that are not: at the start, and when all have gone and others have come. Whether the cluster can be
     * used then. One thread calls it.
     */
    boolean prepare() {
        if (!isAllStock()) {
            return mixture() == null;
        }
        if (!isConfigured()) {
            configure.run();
        }
        // Who joins the cluster is told its configuration by the others.
        Set<UUID> now = new HashSet<>();
        members.get().forEach(member -> now.add(member.getUuid()));
        configured = Set.copyOf(now);
        return true;
    }

    private boolean isConfigured() {
        return members.get().stream().anyMatch(member -> configured.contains(member.getUuid()));
    }

    /** What is wrong with the cluster, and the remedy; null for nothing. */
    @Nullable
    String mixture() {
        return mixture(members.get());
    }

    private static @Nullable String mixture(Collection<Member> all) {
        List<String> ours = addresses(all, true);
        List<String> stock = addresses(all, false);
        return ours.isEmpty() || stock.isEmpty()
                ? null
                : "members " + String.join(", ", ours) + " of the cluster have Clowder's jars, and "
                        + String.join(", ", stock) + " have not; start all of them with the jars, or none";
    }

    private static List<String> addresses(Collection<Member> all, boolean ours) {
        return all.stream()
                .filter(member -> isOurs(member) == ours)
                .map(ClusterMember::address)
                .toList();
    }

    private static boolean isOurs(Member member) {
        return member.getAttribute(MemberConfig.NODE_ATTRIBUTE) != null;
    }
}
