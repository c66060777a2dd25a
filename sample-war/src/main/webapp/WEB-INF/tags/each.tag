<%@ tag description="Writes its body for each item, which the body knows as item." pageEncoding="UTF-8" trimDirectiveWhitespaces="true" %>
<%@ attribute name="items" required="true" type="java.lang.Iterable" %>
<%@ variable name-given="item" scope="NESTED" variable-class="java.lang.Object" %>
<% for (Object one : items) { jspContext.setAttribute("item", one); %><jsp:doBody/><% } %>
