/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos.app;

import com.hazelcast.core.DistributedObject;
import com.hazelcast.core.EntryView;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.util.Set;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * What this node, or its member, says of its cluster; with {@code reload=<app>} it first reloads that application, with {@code maps}
 * it tells what it keeps.
 */
public final class NodeServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        String app = request.getParameter("reload");
        if (app != null) {
            try {
                ManagementFactory.getPlatformMBeanServer()
                        .invoke(
                                new ObjectName("Catalina:j2eeType=WebModule,name=//localhost/" + app
                                        + ",J2EEApplication=none,J2EEServer=none"),
                                "reload",
                                new Object[0],
                                new String[0]);
            } catch (JMException e) {
                throw new ServletException(e);
            }
        }
        response.setContentType("text/plain;charset=UTF-8");
        Set<HazelcastInstance> members = Hazelcast.getAllHazelcastInstances();
        if (members.isEmpty()) {
            response.getWriter().print(client());
            return;
        }
        HazelcastInstance member = members.iterator().next();
        if (request.getParameter("maps") != null) {
            serialize();
            for (DistributedObject object : member.getDistributedObjects()) {
                if (object instanceof IMap<?, ?> map && object.getName().startsWith("clowder")) {
                    response.getWriter().println(kept(map));
                }
            }
            return;
        }
        response.getWriter()
                .print(member.getCluster().getMembers().size() + " members, "
                        + (member.getPartitionService().isClusterSafe() ? "safe" : "not safe"));
    }

    /** What a node says that is a client of the cluster. */
    private static String client() throws ServletException {
        try {
            MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
            ObjectName name = new ObjectName("Catalina:type=Clowder");
            String[] members = (String[]) beans.getAttribute(name, "members");
            return members.length + " members, " + beans.getAttribute(name, "state");
        } catch (JMException e) {
            throw new ServletException(e);
        }
    }

    /** The JDK's caches of serialized classes let go of a class that is not used any more when they are asked for another. */
    private static void serialize() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(new Basket());
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            in.readObject();
        } catch (ClassNotFoundException e) {
            throw new IOException(e);
        }
    }

    /**
     * {@code name live ended endless seconds}: how many entries there are of something that lives, and of sessions that have
     * ended; how many of the latter never go, and when the last of the others goes.
     */
    private static <K, V> String kept(IMap<K, V> map) {
        int live = 0;
        int ended = 0;
        int endless = 0;
        long last = System.currentTimeMillis();
        for (K key : map.localKeySet()) {
            EntryView<K, V> entry = map.getEntryView(key);
            if (entry == null) {
                continue;
            }
            if (!String.valueOf(entry.getValue()).startsWith("Tombstone[")) {
                live++;
                continue;
            }
            ended++;
            if (entry.getExpirationTime() == Long.MAX_VALUE) {
                endless++;
            } else {
                last = Math.max(last, entry.getExpirationTime());
            }
        }
        return map.getName() + " " + live + " " + ended + " " + endless + " "
                + (last - System.currentTimeMillis()) / 1_000;
    }
}
