/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.spring;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;

/** Spring Security's own filter, made when the first request comes: most tests have no use for it, and starts cost seconds. */
public class SecurityFilter implements Filter {
    private ServletContext application;
    private AnnotationConfigWebApplicationContext beans;

    @Override
    public void init(FilterConfig config) {
        application = config.getServletContext();
    }

    @Override
    public void destroy() {
        if (beans != null) {
            beans.close();
        }
    }

    private synchronized Filter springs() {
        if (beans == null) {
            AnnotationConfigWebApplicationContext fresh = new AnnotationConfigWebApplicationContext();
            fresh.setServletContext(application);
            fresh.register(Security.class);
            fresh.refresh();
            beans = fresh;
        }
        return beans.getBean("springSecurityFilterChain", Filter.class);
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        springs().doFilter(request, response, chain);
    }
}
