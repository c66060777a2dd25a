<%@ page contentType="text/html; charset=UTF-8" session="false" %>
<%@ taglib prefix="s" tagdir="/WEB-INF/tags" %>
<s:login/>
