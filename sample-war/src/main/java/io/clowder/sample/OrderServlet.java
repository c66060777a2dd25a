/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.sample;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;

/** Empties the cart of a customer who is logged in, and says thank you. Nothing is sent, nobody pays. */
@WebServlet("/account/order")
public final class OrderServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        HttpSession session = request.getSession();
        Cart cart = Visit.cart(session);
        if (cart.isFilled()) {
            session.removeAttribute(Visit.CART);
            session.setAttribute(Visit.NOTICE, "Thank you! " + cart.getTotal() + ", and the cat wraps it herself.");
        }
        response.sendRedirect(request.getContextPath() + "/account");
    }
}
