/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench.app;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import javax.management.JMException;
import javax.management.ObjectName;

/** What this node's JVM says: the heap in use after collections, or an attribute of an MBean. It touches no session. */
public class NodeServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    /** The first collections only queue what later ones free. */
    private static final int COLLECTIONS = 4;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        response.setContentType("text/plain");
        String bean = request.getParameter("bean");
        response.getWriter().print(bean == null ? heap() : attribute(bean, request.getParameter("attribute")));
    }

    private static long heap() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        for (int i = 0; i < COLLECTIONS; i++) {
            memory.gc();
        }
        return memory.getHeapMemoryUsage().getUsed();
    }

    private static Object attribute(String bean, String attribute) throws ServletException {
        try {
            return ManagementFactory.getPlatformMBeanServer().getAttribute(new ObjectName(bean), attribute);
        } catch (JMException e) {
            throw new ServletException(e);
        }
    }
}
