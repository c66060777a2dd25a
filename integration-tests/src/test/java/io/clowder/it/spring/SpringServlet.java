/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.spring;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;

/**
 * {@code add=item} puts something into the basket; either way the answer is how much is in it. Spring itself sets an
 * attribute that was used again at the end of the request; with {@code plainly} it does not get to it, as in a thread of
 * the application or behind a filter that forgets to.
 */
public class SpringServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private transient AnnotationConfigWebApplicationContext beans;

    @Override
    public void init() {
        beans = new AnnotationConfigWebApplicationContext();
        beans.setServletContext(getServletContext());
        beans.register(Shop.class);
        beans.refresh();
    }

    @Override
    public void destroy() {
        beans.close();
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ServletRequestAttributes attributes = new ServletRequestAttributes(request);
        RequestContextHolder.setRequestAttributes(attributes);
        try {
            Basket basket = beans.getBean(Basket.class);
            String item = request.getParameter("add");
            int size = item == null ? basket.size() : basket.add(item);
            response.setContentType("text/plain");
            response.getWriter().print(size);
        } finally {
            RequestContextHolder.resetRequestAttributes();
            if (request.getParameter("plainly") == null) {
                attributes.requestCompleted();
            }
        }
    }
}
