<%@ page contentType="text/html; charset=UTF-8" session="false" %>
<%@ taglib prefix="s" tagdir="/WEB-INF/tags" %>
<%@ taglib prefix="h" uri="/WEB-INF/html.tld" %>
<s:page title="Shop" here="shop">
  <section class="hero">
    <div>
      <h1>Something warm.<br>Something to read.<br>Somebody on your lap.</h1>
      <p>We bring the first two.</p>
    </div>
    <img src="${root}/cat.svg" alt="A cat, reading" width="220" height="220">
  </section>
  <ul class="shelf">
    <s:each items="${products}">
      <li class="card ${item.kind}">
        <div class="picture p-${item.id}" aria-hidden="true"><span>${h:text(item.name)}</span></div>
        <div class="words">
          <h2>${h:text(item.name)}</h2>
          <p>${h:text(item.text)}</p>
          <form method="post" action="${root}/cart/change">
            <input type="hidden" name="product" value="${h:text(item.id)}">
            <strong>${item.price}</strong>
            <button>Add<span class="hidden"> ${h:text(item.name)} to the basket</span></button>
          </form>
        </div>
      </li>
    </s:each>
  </ul>
</s:page>
