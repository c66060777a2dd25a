<%@ page contentType="text/html; charset=UTF-8" session="false" isErrorPage="true" %>
<%@ taglib prefix="s" tagdir="/WEB-INF/tags" %>
<%@ taglib prefix="h" uri="/WEB-INF/html.tld" %>
<s:page title="Not here">
  <section class="sheet narrow">
    <h1>${pageContext.errorData.statusCode == 404 ? 'Not on this shelf' : 'Something fell off the table'}</h1>
    <p class="quiet">Status ${pageContext.errorData.statusCode}. The cat looks the other way.</p>
    <p><a class="button" href="${root}/">Back to the shop</a></p>
  </section>
</s:page>
