/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.sample;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Puts one piece of a product ({@code product}) into the cart, or takes it out ({@code quantity=-1}). */
@WebServlet("/cart/change")
public final class CartServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Product product = Catalogue.find(request.getParameter("product"));
        if (product == null) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST, "No such product");
            return;
        }
        HttpSession session = request.getSession();
        int quantity = "-1".equals(request.getParameter("quantity")) ? -1 : 1;
        session.setAttribute(Visit.CART, Visit.cart(session).plus(product, quantity));
        session.setAttribute(
                Visit.NOTICE, product.getName() + (quantity > 0 ? " is in your basket." : ": one taken out."));
        response.sendRedirect(request.getContextPath() + target(request.getParameter("back")));
    }

    // Never a redirect to where a parameter says.
    private static String target(@Nullable String back) {
        return "cart".equals(back) ? "/cart" : "/";
    }
}
