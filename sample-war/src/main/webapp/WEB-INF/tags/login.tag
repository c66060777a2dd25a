<%@ tag description="The login form." pageEncoding="UTF-8" trimDirectiveWhitespaces="true" %>
<%@ taglib prefix="s" tagdir="/WEB-INF/tags" %>
<%@ taglib prefix="h" uri="/WEB-INF/html.tld" %>
<%@ attribute name="problem" %>
<s:page title="Sign in" here="account">
  <section class="sheet narrow">
    <h1>Sign in</h1>
    <s:when test="${!empty problem}"><p class="notice problem" role="alert">${h:text(problem)}</p></s:when>
    <form class="login" method="post" action="${pageContext.request.contextPath}/j_security_check">
      <label>Name <input name="j_username" autocomplete="username" autocapitalize="none" required autofocus></label>
      <label>Password <input name="j_password" type="password" autocomplete="current-password" required></label>
      <button>Sign in</button>
    </form>
    <p class="quiet">In the demo: <code>alice</code> with the password <code>wonderland</code>.</p>
  </section>
</s:page>
