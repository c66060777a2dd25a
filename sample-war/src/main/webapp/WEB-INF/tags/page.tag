<%@ tag description="The frame of each page: head, navigation, body, and the strip that tells about the session." pageEncoding="UTF-8" trimDirectiveWhitespaces="true" %>
<%@ taglib prefix="s" tagdir="/WEB-INF/tags" %>
<%@ taglib prefix="h" uri="/WEB-INF/html.tld" %>
<%@ attribute name="title" required="true" %>
<%@ attribute name="here" %>
<%@ tag import="io.clowder.sample.Visit" %>
<%
    request.setAttribute("root", request.getContextPath());
    // The pages for login and errors are not counted: no servlet of ours has seen their requests.
    if (request.getAttribute("visit") == null) {
        request.setAttribute("visit", Visit.of(request));
    }
%>
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${h:text(title)} · The Reading Cat</title>
  <link rel="stylesheet" href="${root}/shop.css">
  <link rel="icon" href="${root}/cat.svg" type="image/svg+xml">
</head>
<body>
<header class="top">
  <a class="brand" href="${root}/"><img src="${root}/cat.svg" alt="" width="44" height="44"><span>The Reading Cat<small>tea &amp; books</small></span></a>
  <nav>
    <a href="${root}/"${here == 'shop' ? ' aria-current="page"' : ''}>Shop</a>
    <a href="${root}/cart"${here == 'cart' ? ' aria-current="page"' : ''}>Basket<s:when test="${visit != null && visit.cart.filled}"> <b class="count">${visit.cart.count}</b></s:when></a>
    <s:when test="${pageContext.request.remoteUser == null}"><a class="sign" href="${root}/account"${here == 'account' ? ' aria-current="page"' : ''}>Sign in</a></s:when>
    <s:when test="${pageContext.request.remoteUser != null}">
      <a href="${root}/account"${here == 'account' ? ' aria-current="page"' : ''}>${h:text(pageContext.request.remoteUser)}</a>
      <form method="post" action="${root}/logout"><button class="sign">Sign out</button></form>
    </s:when>
  </nav>
</header>
<main>
  <s:when test="${visit != null && visit.movedFrom != null}">
    <p class="notice moved" role="status"><span class="node <s:tone node="${visit.movedFrom}"/>">${h:text(visit.movedFrom)}</span> <span aria-hidden="true">→</span> <span class="node <s:tone node="${visit.node}"/>">${h:text(visit.node)}</span>
      <span>Node <b>${h:text(visit.node)}</b> has taken over from node <b>${h:text(visit.movedFrom)}</b>. Your session came along.</span></p>
  </s:when>
  <s:when test="${notice != null}"><p class="notice" role="status">${h:text(notice)}</p></s:when>
  <jsp:doBody/>
</main>
<footer>
  <s:when test="${visit != null}">
    <dl class="strip">
      <div><dt>Served by</dt><dd><span class="node <s:tone node="${visit.node}"/>">${h:text(visit.node)}</span></dd></div>
      <div><dt>Session</dt><dd><code>${h:text(visit.id)}</code></dd></div>
      <div><dt>Since</dt><dd>${visit.since} <small>${visit.age}</small></dd></div>
      <div><dt>Visits</dt><dd>${visit.visits}</dd></div>
      <div class="wide"><dt>Last pages</dt><dd class="trail"><s:each items="${visit.trail.nodes}"><i class="dot <s:tone node="${item}"/>" title="${h:text(item)}"></i></s:each></dd></div>
    </dl>
  </s:when>
</footer>
</body>
</html>
