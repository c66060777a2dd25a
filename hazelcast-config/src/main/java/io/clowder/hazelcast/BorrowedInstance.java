/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import java.util.UUID;
import java.util.stream.Collectors;

/** A Hazelcast member that somebody else has started in this process: found by its name, checked, and never ended by us. */
final class BorrowedInstance {

    /** Where it is noted that a Tomcat uses it. */
    private static final String USED = "io.clowder.used";

    private static final String REMEDY =
            "; start it with a Config that went through ClusterMember.prepare of the Clowder in Tomcat's lib";

    private BorrowedInstance() {}

    /**
     * The instance.
     *
     * @throws IllegalStateException if there is none
     */
    static HazelcastInstance named(String name) {
        HazelcastInstance instance = Hazelcast.getHazelcastInstanceByName(name);
        if (instance == null) {
            String others = Hazelcast.getAllHazelcastInstances().stream()
                    .map(HazelcastInstance::getName)
                    .sorted()
                    .collect(Collectors.joining(", "));
            throw new IllegalStateException(
                    "instanceName '" + name + "': the Hazelcast in Tomcat's lib has no such member"
                            + (others.isEmpty() ? ", and no other" : "; it has " + others)
                            + ". Start it before Clowder, from a class that is in Tomcat's lib, too; a Hazelcast of an application is"
                            + " another one");
        }
        return instance;
    }

    /**
     * The node that this member is.
     *
     * @throws IllegalArgumentException if it was not prepared for us
     */
    static UUID nodeId(HazelcastInstance instance) {
        Config config = instance.getConfig();
        String start = "instanceName '" + instance.getName() + "': ";
        String node = instance.getCluster().getLocalMember().getAttribute(MemberConfig.NODE_ATTRIBUTE);
        if (node == null) {
            throw new IllegalArgumentException(
                    start + "that member has no attribute " + MemberConfig.NODE_ATTRIBUTE + REMEDY);
        }
        var factories = config.getSerializationConfig().getDataSerializableFactories();
        if (!(factories.get(ClowderSerialization.FACTORY_ID) instanceof ClowderSerialization)
                || !factories.containsKey(Ping.FACTORY_ID)) {
            throw new IllegalArgumentException(
                    start + "that member does not know the classes of this Clowder" + REMEDY);
        }
        if (new HazelcastProperties(config).getBoolean(ClusterProperty.SHUTDOWNHOOK_ENABLED)) {
            throw new IllegalArgumentException(
                    start + "hazelcast.shutdownhook.enabled must be false, was true: that member"
                            + " would end while Tomcat's applications still save; end it after Tomcat, as at the Server's AFTER_DESTROY");
        }
        return UUID.fromString(node);
    }

    /**
     * From now on it is this Tomcat's node.
     *
     * @throws IllegalStateException if it is another one's of this process
     */
    static void take(HazelcastInstance instance) {
        if (instance.getUserContext().putIfAbsent(USED, true) != null) {
            throw new IllegalStateException("instanceName '" + instance.getName()
                    + "': another Tomcat of this process uses that member; give each its own");
        }
    }

    /** It is free for another Tomcat of this process. */
    static void giveBack(HazelcastInstance instance) {
        instance.getUserContext().remove(USED);
    }
}
