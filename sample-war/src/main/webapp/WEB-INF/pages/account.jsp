<%@ page contentType="text/html; charset=UTF-8" session="false" %>
<%@ taglib prefix="s" tagdir="/WEB-INF/tags" %>
<%@ taglib prefix="h" uri="/WEB-INF/html.tld" %>
<s:page title="Account" here="account">
  <section class="sheet">
    <h1>Hello, ${h:text(pageContext.request.remoteUser)}</h1>
    <s:when test="${!visit.cart.filled}">
      <p class="quiet">You are signed in. There is nothing to pay: your basket is empty.</p>
      <p><a class="button" href="${root}/">To the shop</a></p>
    </s:when>
    <s:when test="${visit.cart.filled}">
      <p>Your basket holds ${visit.cart.count} ${visit.cart.count == 1 ? 'piece' : 'pieces'} for <strong>${visit.cart.total}</strong>.</p>
      <form class="actions" method="post" action="${root}/account/order"><a href="${root}/cart">Look again</a> <button>Order</button></form>
    </s:when>
  </section>
</s:page>
