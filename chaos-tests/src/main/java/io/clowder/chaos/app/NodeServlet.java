/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos.app;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** What this node's member says of its cluster; with {@code reload=<app>} it first reloads that application. */
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
        HazelcastInstance member =
                Hazelcast.getAllHazelcastInstances().iterator().next();
        response.setContentType("text/plain;charset=UTF-8");
        response.getWriter()
                .print(member.getCluster().getMembers().size() + " members, "
                        + (member.getPartitionService().isClusterSafe() ? "safe" : "not safe"));
    }
}
