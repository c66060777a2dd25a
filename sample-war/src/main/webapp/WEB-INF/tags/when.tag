<%@ tag description="Writes its body if the test holds." pageEncoding="UTF-8" trimDirectiveWhitespaces="true" %>
<%@ attribute name="test" required="true" type="java.lang.Boolean" %>
<% if (test) { %><jsp:doBody/><% } %>
