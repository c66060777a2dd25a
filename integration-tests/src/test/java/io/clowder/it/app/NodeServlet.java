/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import com.hazelcast.cluster.Address;
import com.hazelcast.core.EntryView;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.partition.InternalPartition;
import com.hazelcast.internal.serialization.SerializationService;
import com.hazelcast.map.IMap;
import com.hazelcast.spi.impl.SerializationServiceSupport;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** What the platform's MBeans, the JVM and the Hazelcast member of this node say. It does not touch the session. */
public class NodeServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        response.setContentType("text/plain;charset=UTF-8");
        try {
            response.getWriter().print(answer(request));
        } catch (JMException e) {
            throw new ServletException(e);
        }
    }

    private static String answer(HttpServletRequest request) throws JMException {
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        if (request.getParameter("threads") != null) {
            return Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .sorted()
                    .collect(Collectors.joining("\n"));
        }
        if (request.getParameter("bindings") != null) {
            return Events.bound() + " " + Events.unbound();
        }
        if (request.getParameter("cluster") != null) {
            return String.valueOf(cluster(request.getParameter("cluster"), request.getParameter("text")));
        }
        if (request.getParameter("objects") != null) {
            return String.valueOf(objects(beans, request.getParameter("objects")));
        }
        ObjectName name = new ObjectName(request.getParameter("name"));
        if (request.getParameter("call") != null) {
            return text(beans.invoke(name, request.getParameter("call"), new Object[0], new String[0]));
        }
        if (name.isPattern()) {
            return new TreeSet<>(beans.queryNames(name, null))
                    .stream().map(ObjectName::toString).collect(Collectors.joining("\n"));
        }
        return text(beans.getAttribute(name, request.getParameter("attribute")));
    }

    /** How many objects of the class, of whichever loader, are reachable. */
    private static long objects(MBeanServer beans, String className) throws JMException {
        String histogram = (String) beans.invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                new Object[] {new String[0]},
                new String[] {String[].class.getName()});
        return histogram
                .lines()
                .map(line -> line.strip().split("\\s+"))
                .filter(columns -> columns.length > 3 && columns[3].equals(className))
                .mapToLong(columns -> Long.parseLong(columns[1]))
                .sum();
    }

    private static Object cluster(String asked, String text) {
        HazelcastInstance member =
                Hazelcast.getAllHazelcastInstances().iterator().next();
        return switch (asked) {
            case "members" -> member.getCluster().getMembers().size();
            case "safe" -> member.getPartitionService().isClusterSafe();
            case "entries" -> sessionMaps(member).mapToInt(IMap::size).sum();
            case "owned" ->
                sessionMaps(member)
                        .filter(map -> map.getName().endsWith(text))
                        .mapToLong(map -> map.getLocalMapStats().getOwnedEntryCount())
                        .sum();
            case "entry" ->
                sessionMaps(member)
                        .filter(map -> map.getName().endsWith(text.substring(text.indexOf('/'))))
                        .map(map -> entry(map, text.substring(0, text.indexOf('/'))))
                        .collect(Collectors.joining());
            case "copy" ->
                sessionMaps(member)
                        .filter(map -> map.getName().endsWith(text.substring(text.indexOf('/'))))
                        .mapToInt(map -> copy(map, text.substring(0, text.indexOf('/'))))
                        .sum();
            case "oldest" ->
                member.getCluster().getMembers().iterator().next().getAddress().getHost();
            case "replicas" -> replicas(member, text);
            case "size" -> member.getMap(text).size();
            case "watch" -> EntryWatch.begin(sessionMaps(member), text);
            case "watched" -> EntryWatch.seen();
            case "stored" -> {
                SerializationService serialization = ((SerializationServiceSupport) member).getSerializationService();
                yield sessionMaps(member)
                        .flatMap(map -> map.values().stream())
                        .map(value ->
                                new String(serialization.toData(value).toByteArray(), StandardCharsets.ISO_8859_1))
                        .filter(bytes -> bytes.contains(text))
                        .count();
            }
            default -> throw new IllegalArgumentException(asked);
        };
    }

    /** The hosts of the members that keep what is under this key: the owner's, then that of the one backup. */
    private static String replicas(HazelcastInstance member, String key) {
        InternalPartition partition = ((HazelcastInstanceProxy) member)
                .getOriginal()
                .node
                .getPartitionService()
                .getPartition(member.getPartitionService().getPartition(key).getPartitionId());
        return IntStream.of(0, 1)
                .mapToObj(partition::getReplicaAddress)
                .filter(Objects::nonNull)
                .map(Address::getHost)
                .collect(Collectors.joining(" "));
    }

    /** What is kept, and whether the map would drop it by itself. */
    @SuppressWarnings("unchecked")
    private static String entry(IMap<?, ?> map, String key) {
        EntryView<String, ?> view = ((IMap<String, ?>) map).getEntryView(key);
        return view == null
                ? "nothing"
                : view.getValue() + (view.getExpirationTime() == Long.MAX_VALUE ? "" : ", expires by itself");
    }

    /** Puts the same under a hundred thousand other keys. */
    @SuppressWarnings("unchecked")
    private static int copy(IMap<?, ?> map, String key) {
        IMap<String, Object> sessions = (IMap<String, Object>) map;
        Object one = sessions.get(key);
        for (int chunk = 0; chunk < 100; chunk++) {
            Map<String, Object> copies = new HashMap<>();
            for (int i = 0; i < 1_000; i++) {
                copies.put("%032X".formatted(1_000 * chunk + i), one);
            }
            sessions.putAll(copies);
        }
        return sessions.size();
    }

    private static Stream<IMap<?, ?>> sessionMaps(HazelcastInstance member) {
        return member.getDistributedObjects().stream()
                .filter(object -> object.getName().matches("clowder(-sso)?:.*") && object instanceof IMap)
                .map(object -> (IMap<?, ?>) object);
    }

    private static String text(Object value) {
        return value instanceof Object[] many
                ? Arrays.stream(many).map(String::valueOf).collect(Collectors.joining("\n"))
                : String.valueOf(value);
    }
}
