/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.bundled;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** An application that runs a Hazelcast member and a client of its own, from a jar of its own. */
public class BundledServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private transient HazelcastInstance member;
    private transient HazelcastInstance client;

    @Override
    public void init() {
        String cluster = getInitParameter("cluster");
        int port = Integer.parseInt(getInitParameter("port"));
        Config config = new Config();
        config.setClusterName(cluster);
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.logging.type", "jdk");
        config.setProperty("hazelcast.jmx", "true");
        config.getNetworkConfig().setPort(port).setPortCount(2);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:" + port).addMember("127.0.0.1:" + (port + 1));
        member = Hazelcast.newHazelcastInstance(config);
        ClientConfig of = new ClientConfig();
        of.setClusterName(cluster);
        of.setProperty("hazelcast.logging.type", "jdk");
        of.getNetworkConfig()
                .addAddress("127.0.0.1:"
                        + member.getCluster().getLocalMember().getAddress().getPort());
        client = HazelcastClient.newHazelcastClient(of);
    }

    @Override
    public void destroy() {
        client.shutdown();
        member.shutdown();
    }

    /** Puts by the member, or gets by the client; then what they are. */
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String value = request.getParameter("value");
        if (value != null) {
            member.getMap("things").put("thing", value);
        }
        response.setContentType("text/plain");
        response.getWriter()
                .print(String.join(
                        "\n",
                        "" + client.getMap("things").get("thing"),
                        "" + member.getCluster().getMembers().size(),
                        member.getConfig().getClusterName(),
                        "" + member.getCluster().getLocalMember().getAddress().getPort(),
                        "" + (member.getClass().getClassLoader() == getClass().getClassLoader()),
                        "" + Hazelcast.getAllHazelcastInstances().size(),
                        member.getName()));
    }
}
