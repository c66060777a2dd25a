/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.sample;

import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;

/** Shows a page, and counts it: the shop at the root, the cart, and the account, which asks for a login. */
@WebServlet({"", "/cart", "/account"})
public final class PageServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        Visit visit = Visit.count(request);
        HttpSession session = request.getSession();
        request.setAttribute("visit", visit);
        request.setAttribute("products", Catalogue.PRODUCTS);
        request.setAttribute("notice", session.getAttribute(Visit.NOTICE));
        session.removeAttribute(Visit.NOTICE);
        response.setHeader("Cache-Control", "no-store");
        String page = request.getServletPath().isEmpty() ? "/shop" : request.getServletPath();
        request.getRequestDispatcher("/WEB-INF/pages" + page + ".jsp").forward(request, response);
    }
}
