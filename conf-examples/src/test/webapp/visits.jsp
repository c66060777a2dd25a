<%@ page contentType="text/plain" trimDirectiveWhitespaces="true" %>
<%
    Integer visits = (Integer) session.getAttribute("visits");
    visits = visits == null ? 1 : visits + 1;
    session.setAttribute("visits", visits);
    out.print(visits);
%>
