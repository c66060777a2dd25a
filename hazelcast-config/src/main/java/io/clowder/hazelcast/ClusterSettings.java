/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an operator says about the cluster, in the names of {@code context.xml}. Two applications of one Tomcat agree on
 * their cluster exactly if their settings are equal.
 *
 * <p>Nothing said means: the Tomcats of this machine find each other, and nobody else can reach them. A member is
 * opened on another interface only if both the interface and a cluster name other than
 * {@value #DEFAULT_CLUSTER_NAME} are named. With {@code config} the Hazelcast file says everything, and the other
 * settings must be left alone.
 *
 * @param clusterName name that all nodes of a cluster share, at most 255 characters; not a secret
 * @param members where other nodes may be, as {@code host}, {@code host:port} or {@code [v6]:port}; empty means this
 *     machine
 * @param networkInterface ({@code interface} in {@code context.xml}) the IP address to listen on, or a pattern such as
 *     {@code 10.0.0.*}; null means 127.0.0.1
 * @param port first port to try, from 1024 to 65516; {@value #PORTS} ports are tried from there
 * @param config absolute path of a Hazelcast member configuration ({@code .xml}, {@code .yaml}, {@code .yml}), or null
 * @param topology with {@link Topology#CLIENT} there is no member here: {@code members} say where those of a cluster elsewhere wait
 *     for clients, and the three settings before must be left alone
 * @param minimumClusterSize from 1 to {@value #MAX_SIZE}, of a member: with fewer members in the cluster, itself among them, it
 *     uses none of them; the smaller side of a split then does not go on beside the larger one
 * @param failFast whether a node does not start when there is no cluster that it could use: of a client, no member lets it in; of a
 *     member, the cluster is below its minimum size. Else it starts, and goes on alone until there is one
 * @param instanceName name of a Hazelcast member of this process that somebody else starts and ends, or null; it says everything
 *     about the cluster but its minimum size, and the other settings must be left alone
 */
public record ClusterSettings(
        String clusterName,
        List<String> members,
        @Nullable String networkInterface,
        int port,
        @Nullable Path config,
        Topology topology,
        int minimumClusterSize,
        boolean failFast,
        @Nullable String instanceName) {

    /** Largest size of a cluster that may be asked for. */
    public static final int MAX_SIZE = 1_000;

    /** Cluster name when none is given; good for one machine only. */
    public static final String DEFAULT_CLUSTER_NAME = "clowder";

    /** First port when none is given. */
    public static final int DEFAULT_PORT = 5701;

    /** How many ports a member tries, from {@link #port()} upwards. */
    public static final int PORTS = 20;

    private static final int MAX_PORT = 65_535;
    private static final Pattern MEMBER =
            Pattern.compile("(?<host>[A-Za-z0-9][A-Za-z0-9._-]*|\\[(?<v6>[0-9A-Fa-f:.%]+)])(?::(?<port>\\d{1,5}))?");

    /**
     * Checks everything that can be said without the network.
     *
     * @throws IllegalArgumentException naming the attribute, its value and what is allowed
     */
    public ClusterSettings {
        if (clusterName.isBlank() || !clusterName.equals(clusterName.strip()) || clusterName.length() > 255) {
            throw new IllegalArgumentException(
                    "clusterName must be 1 to 255 characters without blanks around them, was '" + clusterName + "'");
        }
        members = members.stream().map(ClusterSettings::member).toList();
        if (networkInterface != null && !new InterfacePattern(networkInterface).isValid()) {
            throw new IllegalArgumentException("interface must be one IP address of this machine or a pattern such as"
                    + " 10.0.0.*, not a name and not the address that stands for all, was '" + networkInterface + "'");
        }
        checkPort("port", port);
        if (minimumClusterSize < 1 || minimumClusterSize > MAX_SIZE) {
            throw badSize(String.valueOf(minimumClusterSize));
        }
        if (instanceName != null) {
            checkAlone(instanceName, clusterName, members, networkInterface, port, config, topology);
        } else if (topology == Topology.CLIENT) {
            if (minimumClusterSize > 1) {
                throw noMember("minimumClusterSize");
            }
            if (networkInterface != null || port != DEFAULT_PORT || config != null) {
                throw noMember("interface, port and config");
            }
        } else if (config != null) {
            config = config.toAbsolutePath().normalize();
            checkAlone(clusterName, members, networkInterface, port, config);
            checkFile(config);
        } else {
            checkReach(clusterName, members, networkInterface);
        }
    }

    /** Of a node that starts without the cluster, too. */
    public ClusterSettings(
            String clusterName,
            List<String> members,
            @Nullable String networkInterface,
            int port,
            @Nullable Path config,
            Topology topology,
            int minimumClusterSize) {
        this(clusterName, members, networkInterface, port, config, topology, minimumClusterSize, false, null);
    }

    /**
     * The settings of an operator who names a Hazelcast member of this process.
     *
     * @param others the names of the attributes that were given, too, and must not be
     * @param minimumClusterSize as it stands in the XML; null means not given
     * @throws IllegalArgumentException naming the attribute, its value and what is allowed
     */
    public static ClusterSettings ofInstance(
            String instanceName, List<String> others, @Nullable String minimumClusterSize) {
        if (!others.isEmpty()) {
            throw beside(instanceName, String.join(", ", others));
        }
        return new ClusterSettings(
                DEFAULT_CLUSTER_NAME,
                List.of(),
                null,
                DEFAULT_PORT,
                null,
                Topology.EMBEDDED,
                minimumClusterSize == null ? 1 : parseSize(minimumClusterSize.strip()),
                false,
                instanceName);
    }

    /** Of a member. */
    public ClusterSettings(
            String clusterName,
            List<String> members,
            @Nullable String networkInterface,
            int port,
            @Nullable Path config) {
        this(clusterName, members, networkInterface, port, config, Topology.EMBEDDED, 1);
    }

    /** Of a node that serves sessions alone, too. */
    public ClusterSettings(
            String clusterName,
            List<String> members,
            @Nullable String networkInterface,
            int port,
            @Nullable Path config,
            Topology topology) {
        this(clusterName, members, networkInterface, port, config, topology, 1);
    }

    /** The settings of an operator who says nothing: Tomcats on this machine find each other. */
    public static ClusterSettings defaults() {
        return new ClusterSettings(DEFAULT_CLUSTER_NAME, List.of(), null, DEFAULT_PORT, null);
    }

    /** As the other, of a member that serves sessions alone, too. */
    public static ClusterSettings parse(
            @Nullable String clusterName,
            @Nullable String members,
            @Nullable String networkInterface,
            @Nullable String port,
            @Nullable String config,
            Path base) {
        return parse(Topology.EMBEDDED, clusterName, members, networkInterface, port, config, null, base);
    }

    /**
     * Reads the attributes as they stand in the XML; null means not given.
     *
     * @param members hosts separated by commas or blanks
     * @param networkInterface the attribute {@code interface}
     * @param base what a relative {@code config} is resolved against, as a rule {@code catalina.base}
     * @throws IllegalArgumentException naming the attribute, its value and what is allowed
     */
    public static ClusterSettings parse(
            Topology topology,
            @Nullable String clusterName,
            @Nullable String members,
            @Nullable String networkInterface,
            @Nullable String port,
            @Nullable String config,
            @Nullable String minimumClusterSize,
            Path base) {
        if (topology == Topology.CLIENT) {
            List<String> ofMembers = new ArrayList<>();
            addIfGiven(ofMembers, "interface", networkInterface);
            addIfGiven(ofMembers, "port", port);
            addIfGiven(ofMembers, "config", config);
            addIfGiven(ofMembers, "minimumClusterSize", minimumClusterSize);
            if (!ofMembers.isEmpty()) {
                throw noMember(String.join(", ", ofMembers));
            }
        }
        if (config != null) {
            List<String> others = new ArrayList<>();
            addIfGiven(others, "clusterName", clusterName);
            addIfGiven(others, "members", members);
            addIfGiven(others, "interface", networkInterface);
            addIfGiven(others, "port", port);
            if (!others.isEmpty()) {
                throw notAlone(String.join(", ", others), config);
            }
        }
        return new ClusterSettings(
                clusterName == null ? DEFAULT_CLUSTER_NAME : clusterName,
                members == null ? List.of() : split(members),
                networkInterface == null ? null : networkInterface.strip(),
                port == null ? DEFAULT_PORT : parsePort("port", port.strip()),
                config == null ? null : resolve(base, config.strip()),
                topology,
                minimumClusterSize == null ? 1 : parseSize(minimumClusterSize.strip()));
    }

    /** These, for a node that does not start without the cluster. */
    public ClusterSettings failingFast() {
        return new ClusterSettings(
                clusterName, members, networkInterface, port, config, topology, minimumClusterSize, true, instanceName);
    }

    /** Whether only this machine can reach the member, as far as these settings (and no {@code config}) say. */
    boolean isLoopback() {
        return networkInterface == null || new InterfacePattern(networkInterface).isLoopback();
    }

    private static void addIfGiven(List<String> names, String name, @Nullable String value) {
        if (value != null) {
            names.add(name);
        }
    }

    private static List<String> split(String members) {
        return Pattern.compile("[,\\s]+")
                .splitAsStream(members.strip())
                .filter(member -> !member.isEmpty())
                .toList();
    }

    static int parsePort(String name, String port) {
        try {
            return Integer.parseInt(port);
        } catch (NumberFormatException e) {
            throw badPort(name, port);
        }
    }

    /** Throws if it is not the first of so many ports that anybody may use. */
    static void checkPort(String name, int port) {
        if (port < 1024 || port > MAX_PORT - PORTS + 1) {
            throw badPort(name, String.valueOf(port));
        }
    }

    private static int parseSize(String size) {
        try {
            return Integer.parseInt(size);
        } catch (NumberFormatException e) {
            throw badSize(size);
        }
    }

    private static IllegalArgumentException badSize(String size) {
        return new IllegalArgumentException("minimumClusterSize must be between 1 and " + MAX_SIZE + ", was " + size);
    }

    private static Path resolve(Path base, String config) {
        try {
            return base.resolve(config);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("config must be the path of a file, was '" + config + "'", e);
        }
    }

    /** The member in the form that Hazelcast understands: a v6 address without a port stands without brackets. */
    private static String member(String member) {
        String v6 =
                member.indexOf(':') != member.lastIndexOf(':') && !member.startsWith("[") ? "[" + member + "]" : member;
        Matcher matcher = MEMBER.matcher(v6);
        if (!matcher.matches()) {
            throw badMember(member);
        }
        String port = matcher.group("port");
        if (port != null && (Integer.parseInt(port) < 1 || Integer.parseInt(port) > MAX_PORT)) {
            throw badMember(member);
        }
        if (matcher.group("v6") != null && !new InterfacePattern(matcher.group("v6")).isValid()) {
            throw badMember(member);
        }
        return matcher.group("v6") != null && port == null ? matcher.group("v6") : v6;
    }

    /** A member without its port, and a v6 address without brackets. */
    static String host(String member) {
        if (member.startsWith("[")) {
            return member.substring(1, member.indexOf(']'));
        }
        int colon = member.indexOf(':');
        return colon < 0 || colon != member.lastIndexOf(':') ? member : member.substring(0, colon);
    }

    /** Whether a member is named as one that only this machine can reach. */
    static boolean isLoopbackHost(String member) {
        String host = host(member);
        return host.equalsIgnoreCase("localhost") || new InterfacePattern(host).isLoopback();
    }

    private static void checkReach(String clusterName, List<String> members, @Nullable String networkInterface) {
        boolean loopback = networkInterface == null || new InterfacePattern(networkInterface).isLoopback();
        if (!loopback) {
            if (MemberRules.isDefaultName(clusterName)) {
                throw new IllegalArgumentException(
                        "interface '" + networkInterface + "' opens the member to the network;"
                                + " clusterName must then be a name of your own, was '" + clusterName + "'");
            }
            if (members.isEmpty()) {
                throw new IllegalArgumentException(
                        "interface '" + networkInterface + "' opens the member to the network;"
                                + " members must then list the hosts of the cluster, such as \"tomcat-a tomcat-b\", was"
                                + " empty");
            }
            return;
        }
        List<String> remote =
                members.stream().filter(member -> !isLoopbackHost(member)).toList();
        if (!remote.isEmpty()) {
            throw new IllegalArgumentException("members names other machines (" + String.join(", ", remote)
                    + ") but the member listens on "
                    + (networkInterface == null ? "127.0.0.1" : networkInterface)
                    + " only; set interface to this machine's address in the cluster's network, such as 10.0.0.*,"
                    + " and clusterName to a name of your own");
        }
    }

    private static void checkAlone(
            String instanceName,
            String clusterName,
            List<String> members,
            @Nullable String networkInterface,
            int port,
            @Nullable Path config,
            Topology topology) {
        if (instanceName.isBlank()) {
            throw new IllegalArgumentException(
                    "instanceName must name a Hazelcast instance, was '" + instanceName + "'");
        }
        if (topology != Topology.EMBEDDED
                || !clusterName.equals(DEFAULT_CLUSTER_NAME)
                || !members.isEmpty()
                || networkInterface != null
                || port != DEFAULT_PORT
                || config != null) {
            throw beside(instanceName, "topology, clusterName, members, interface, port and config");
        }
    }

    private static IllegalArgumentException beside(String instanceName, String others) {
        return new IllegalArgumentException("instanceName '" + instanceName
                + "' is a Hazelcast member that somebody else has configured; leave out " + others);
    }

    private static void checkAlone(
            String clusterName, List<String> members, @Nullable String networkInterface, int port, Path config) {
        if (!clusterName.equals(DEFAULT_CLUSTER_NAME)
                || !members.isEmpty()
                || networkInterface != null
                || port != DEFAULT_PORT) {
            throw notAlone("clusterName, members, interface and port", config.toString());
        }
    }

    private static void checkFile(Path config) {
        String name = String.valueOf(config.getFileName()).toLowerCase(Locale.ROOT);
        if (!name.endsWith(".xml") && !name.endsWith(".yaml") && !name.endsWith(".yml")) {
            throw new IllegalArgumentException(
                    "config must be a Hazelcast configuration ending in .xml, .yaml or .yml, was " + config);
        }
        if (!Files.isRegularFile(config) || !Files.isReadable(config)) {
            throw new IllegalArgumentException("config must be a file that this process can read, was " + config);
        }
    }

    private static IllegalArgumentException notAlone(String others, String config) {
        return new IllegalArgumentException(
                "config '" + config + "' says everything about the cluster; leave out " + others);
    }

    private static IllegalArgumentException noMember(String others) {
        return new IllegalArgumentException(
                "with topology=\"client\" this Tomcat has no member of its own, and members says"
                        + " where those of the cluster are; leave out " + others);
    }

    private static IllegalArgumentException badPort(String name, String port) {
        return new IllegalArgumentException(name + " must be between 1024 and " + (MAX_PORT - PORTS + 1) + " (" + PORTS
                + " ports are tried from there), was " + port);
    }

    private static IllegalArgumentException badMember(String member) {
        return new IllegalArgumentException(
                "members must be host, host:port or [v6]:port, separated by commas or blanks,"
                        + " ports from 1 to 65535, was '" + member + "'");
    }
}
