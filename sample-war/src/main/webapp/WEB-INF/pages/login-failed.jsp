<%@ page contentType="text/html; charset=UTF-8" session="false" %>
<%@ taglib prefix="s" tagdir="/WEB-INF/tags" %>
<s:login problem="Name and password do not belong together."/>
