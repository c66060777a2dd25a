/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.spring;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.web.csrf.CsrfToken;

/** The page of Spring Security's form login: the CSRF token that a form must carry, which is kept in the session. */
public class TokenServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        CsrfToken token = (CsrfToken) request.getAttribute(CsrfToken.class.getName());
        response.setContentType("text/plain");
        response.getWriter().print(token.getToken());
    }
}
