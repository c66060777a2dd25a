/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** What the platform's MBeans and the JVM of this node say. It does not touch the session. */
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

    private static String text(Object value) {
        return value instanceof Object[] many ? String.join("\n", Arrays.asList(many).stream().map(String::valueOf).toList()) : String.valueOf(value);
    }
}
