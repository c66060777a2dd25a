/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench.app;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** What this node's Hazelcast member sees: {@code 2 safe} says that no partition moves, and all have their backups. */
public class MembersServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        HazelcastInstance member =
                Hazelcast.getAllHazelcastInstances().iterator().next();
        boolean safe = member.getPartitionService().isClusterSafe();
        response.setContentType("text/plain");
        response.getWriter().print(member.getCluster().getMembers().size() + (safe ? " safe" : ""));
    }
}
