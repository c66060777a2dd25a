<%@ page contentType="text/html; charset=UTF-8" session="false" %>
<%@ taglib prefix="s" tagdir="/WEB-INF/tags" %>
<%@ taglib prefix="h" uri="/WEB-INF/html.tld" %>
<s:page title="Basket" here="cart">
  <section class="sheet">
    <h1>Your basket</h1>
    <s:when test="${!visit.cart.filled}">
      <p class="quiet">Nothing in it yet. A cat would sit in it.</p>
      <p><a class="button" href="${root}/">Look around</a></p>
    </s:when>
    <s:when test="${visit.cart.filled}">
      <table>
        <thead><tr><th scope="col">Product</th><th scope="col">Pieces</th><th scope="col" class="money">Price</th></tr></thead>
        <tbody>
        <s:each items="${visit.cart.lines}">
          <tr>
            <td><i class="swatch p-${item.product.id}"></i>${h:text(item.product.name)}</td>
            <td><form class="stepper" method="post" action="${root}/cart/change">
              <input type="hidden" name="product" value="${h:text(item.product.id)}"><input type="hidden" name="back" value="cart">
              <button name="quantity" value="-1" aria-label="One less">−</button><b>${item.quantity}</b><button name="quantity" value="1" aria-label="One more">+</button>
            </form></td>
            <td class="money">${item.price}</td>
          </tr>
        </s:each>
        </tbody>
        <tfoot><tr><th scope="row" colspan="2">Together</th><td class="money">${visit.cart.total}</td></tr></tfoot>
      </table>
      <p class="actions"><a href="${root}/">Go on shopping</a> <a class="button" href="${root}/account">To the till</a></p>
    </s:when>
  </section>
</s:page>
