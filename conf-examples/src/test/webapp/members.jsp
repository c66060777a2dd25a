<%@ page session="false" contentType="text/plain" trimDirectiveWhitespaces="true" import="com.hazelcast.core.*" %>
<%
    // How many members there are, once everything has its backup; else none.
    HazelcastInstance member = Hazelcast.getAllHazelcastInstances().iterator().next();
    boolean safe = member.getPartitionService().isClusterSafe();
    out.print(safe ? member.getCluster().getMembers().size() : 0);
%>
