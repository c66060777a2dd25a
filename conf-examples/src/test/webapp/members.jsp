<%@ page session="false" contentType="text/plain" trimDirectiveWhitespaces="true" import="com.hazelcast.core.*" %>
<%
    // How many members there are, once everything has its backup; else none, as where this Tomcat is no member.
    int members = 0;
    for (HazelcastInstance member : Hazelcast.getAllHazelcastInstances()) {
        members = member.getPartitionService().isClusterSafe() ? member.getCluster().getMembers().size() : 0;
    }
    out.print(members);
%>
