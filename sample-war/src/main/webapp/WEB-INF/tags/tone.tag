<%@ tag description="The colour of a node: a letter gives one of six, so that a change of node is seen." pageEncoding="UTF-8" trimDirectiveWhitespaces="true" %>
<%@ attribute name="node" required="true" type="java.lang.String" %>tone-<%= node.isEmpty() ? 0 : Math.floorMod(node.charAt(node.length() - 1) - 'a', 6) %>
